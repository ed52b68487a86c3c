import { hasPart, type WorkbookPackage } from './xlsx-package.ts'
import { readPart } from './xlsx-xml.ts'

/** Cells refer to these by number, so all of them are held, and may take a quarter of what a workbook may unpack to. */
export async function readStrings(book: WorkbookPackage, part: string | undefined): Promise<string[]> {
  const strings: string[] = []
  let runs = ''
  const close = (tag: string, text: string) => {
    if (tag === 't') runs += text
    if (tag !== 'si') return
    strings.push(decodeControls(runs))
    runs = ''
  }
  if (part && hasPart(book, part)) await readPart(book, part, { close }, book.bytesMax / 4)
  return strings
}

/** Characters that XML can't hold are written `_x000D_`, and a text that looks like it `_x005F_x000D_`. */
export function decodeControls(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}
