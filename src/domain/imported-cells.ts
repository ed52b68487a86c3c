import { cleanCell, isUnstorable, looksLikeIdentityCard } from './cells.ts'
import { type CityCode, cities, cityOfDivision } from './cities.ts'
import { type PlainDate, parsePlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'

/** What the cells of a bulk file have in common, whatever they are about (R6). Cells come cleaned; an empty one is absent. */

/** A name without what spellings differ in: `Sp. z o. o.` is `Sp. z o.o.`. Empty where it has no letter or digit. */
export function foldName(text: string): string {
  return cleanCell(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '')
}

const writtenDay = /^(\d{4})(?:-|\/|\.|年)(\d{1,2})(?:-|\/|\.|月)(\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?)?$/

/** The day in a cell: 2026-01-05, and as spreadsheets show it: 2026/1/5, 2026.1.5, 2026年1月5日, with midnight behind it. */
export function dayOfCell(text: string): PlainDate | undefined {
  const [, year = '', month = '', dayOfMonth = ''] = writtenDay.exec(text) ?? []
  if (year < '1900' || year > '2999') return undefined
  return parsePlainDate(`${year}-${month.padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}`)
}

export function cityOfCell(text: string): CityCode | undefined {
  return cityOfDivision(text) ?? cities.find(({ zh }) => zh === text || zh === `${text}市`)?.code
}

/** `;` and `；` stand between the entries of a list, and so do line breaks. */
export function listOfCell(text: string | undefined, separators = /[;；\n]/): string[] {
  return (text ?? '')
    .split(separators)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

const nothingWrong: readonly Problem[] = []

/** Whatever the column: text that cannot be stored, and text that must not be, the number of an identity card (R6). */
export function problemsOfCell(text: string, path: string, mayLookLikeIdentityCard: boolean): readonly Problem[] {
  if (isUnstorable(text)) return [problem('text_control_character', path)]
  if (mayLookLikeIdentityCard || !looksLikeIdentityCard(text)) return nothingWrong
  return [problem('identity_card_refused', path, { value: shownValue(text) })]
}

/** A cell as a report may show it: in short, and with the digits of an identity card struck out (R6). */
export function shownValue(text: string): string {
  const safe = looksLikeIdentityCard(text) ? text.replace(/\d/g, '*') : text
  const short = safe.length > 100 ? `${safe.slice(0, 100)}…` : safe
  return short.replace(/(?!\n)[\p{Cc}\p{Cs}]/gu, '�')
}
