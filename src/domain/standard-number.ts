import { dropInvisible, foldDashes, foldFullWidth, hasControlCharacter } from './cells.ts'

const charactersMax = 64

/**
 * A prefix written against its number: GB/T9704, ISO9001, T/CSTM012, DB32/T1234. A digit belongs to the prefix only in a
 * local standard (DB32/T). Where a letter or a second number follows (Q/JS01A 001) the digits may be part of the
 * enterprise's own code, and the text stays as it is.
 */
const prefixAgainstNumber = /^(DBS?[0-9]{2,6}\/[A-Z]+|(?!DBS?[0-9])[A-Z]+(?:\/[A-Z]+)*)(?=[0-9]+(?![0-9A-Z ]))/

/**
 * A standard's number as it is printed, kept as text (R5): `gb/t9704—2012` is `GB/T 9704-2012`.
 * Undefined when it is empty, longer than 64 characters, or has control characters (a line break means two standards).
 */
export function normaliseStandardNumber(text: string): string | undefined {
  const trimmed = dropInvisible(foldFullWidth(text)).trim()
  if (trimmed === '' || hasControlCharacter(trimmed)) return undefined
  const number = withoutIdleSpaces(foldDashes(trimmed.toUpperCase())).replace(prefixAgainstNumber, '$1 ')
  return number.length > charactersMax && [...number].length > charactersMax ? undefined : number
}

/** One space where there are several, none around what joins the parts. */
function withoutIdleSpaces(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/ [-/:] ?|[-/:] /g, (joint) => joint.trim())
}
