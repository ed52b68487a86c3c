import type { WorkbookPackage } from './xlsx-package.ts'
import { type Attributes, readPart } from './xlsx-xml.ts'

export type DateKind = 'day' | 'day_and_time'

/** Which numbers are dates, by the number of the style that cells refer to. */
export async function readDateStyles(book: WorkbookPackage, part: string | undefined) {
  const codes = new Map<number, string>()
  const styles: (DateKind | undefined)[] = []
  let inCellStyles = false
  const visitor = {
    open(tag: string, { numFmtId = '0', formatCode = '' }: Attributes) {
      const id = Number(numFmtId)
      if (tag === 'cellXfs') inCellStyles = true
      else if (tag === 'numFmt') codes.set(id, formatCode)
      else if (tag === 'xf' && inCellStyles) styles.push(dateKind(id, codes.get(id)))
    },
    close(tag: string) {
      if (tag === 'cellXfs') inCellStyles = false
    },
  }
  if (part) await readPart(book, part, visitor)
  return styles
}

/** Formats that need no code in the file; 27–36 and 50–58 are the Chinese ones, such as 2024年3月15日. */
const builtInDays = [14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58]
const builtInTimes = [18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47, 55, 56]

function dateKind(formatId: number, code: string | undefined): DateKind | undefined {
  if (code === undefined) {
    if (builtInDays.includes(formatId)) return 'day'
    return builtInTimes.includes(formatId) ? 'day_and_time' : undefined
  }
  const letters = (code.split(';')[0] ?? '')
    .replace(/\[(?:h+|m+|s+)\]/gi, 'h')
    .replace(/"[^"]*"|\[[^\]]*\]|[\\_*]./g, '')
    .replace(/general/gi, '')
  if (/[hs]/i.test(letters)) return 'day_and_time'
  return /[ymd]/i.test(letters) ? 'day' : undefined
}

const daySeconds = 86_400
const serialMax = 2_958_465

/**
 * A sheet's day number is a calendar day, not an instant: no time zone comes in. The time is told only where the
 * cell's format shows it. Day 60 of the 1900 calendar is a 29 February that never was; the days before it are one off.
 */
export function dateText(serial: number, kind: DateKind, epoch1904: boolean): string | undefined {
  const seconds = Math.round(serial * daySeconds)
  const days = Math.floor(seconds / daySeconds) + (epoch1904 ? 1462 : 0)
  if (days < 0 || days > serialMax) return undefined
  const time = new Date((seconds % daySeconds) * 1000).toISOString().slice(11, 19)
  if (days === 0 && kind === 'day_and_time') return time
  const day = new Date(Date.UTC(1899, 11, days < 60 ? 31 + days : 30 + days)).toISOString().slice(0, 10)
  return kind === 'day' || time === '00:00:00' ? day : `${day} ${time}`
}
