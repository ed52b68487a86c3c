import { parsePlainDate } from './plain-date.ts'

/** Prints nothing: zero-width, BOM, soft hyphen, bidi marks, variation selectors, blank Hangul letters. */
const invisible = /[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu

const controlCharacter = /\p{Cc}/u
const controlCharacterInCell = /(?![\t\n\r])\p{Cc}/u
const loneSurrogate = /\p{Cs}/u

/**
 * Em dashes and the box lines drawn in their place. A Chinese keyboard types two at one stroke (——),
 * so a run of them is one dash.
 */
const longDashes = /[\u2014\u2015\u2500\u2501\u2E3A\u2E3B]+/gu

/**
 * Every other dash: hyphens, en dash, minus signs (also raised and lowered), hyphen bullet. Wave dashes stay,
 * because they mean a range (001〜005), and so does the katakana double hyphen, which reads as an equals sign.
 */
const dashes = /(?![\u301C\u3030\u30A0])[\p{Pd}\u2212\u02D7\u2043\u207B\u208B\u2796]/gu

/** The Japanese long-vowel mark is a letter after kana, and a mistyped dash anywhere else. 一 is always the number one. */
const strayLongVowels = /(?<![\p{Script=Katakana}\p{Script=Hiragana}])[\u30FC\uFF70]/gu

const fullWidthAlphanumerics = /[０-９Ａ-Ｚａ-ｚ]/g
const fullWidthInsideNumbers = /(?<=[0-9A-Za-z])[－／．](?=[0-9A-Za-z])/g

/** Printable ASCII and the common Chinese characters, as most cells are: none of the foldings below touches them. */
const ordinary = /^[\u0020-\u007e\u4e00-\u9fff]*$/

function narrow(fullWidth: string): string {
  return String.fromCharCode(fullWidth.charCodeAt(0) - 0xfee0)
}

export function dropInvisible(text: string): string {
  return ordinary.test(text) ? text : text.replace(invisible, '')
}

/** Full-width ASCII (`Ａ１／（` …) and the ideographic space in their ordinary forms. */
export function foldFullWidth(text: string): string {
  return ordinary.test(text) ? text : text.replace(/[\uFF01-\uFF5E]/g, narrow).replaceAll('\u3000', ' ')
}

/** Every kind of dash as `-` (R4). */
export function foldDashes(text: string): string {
  if (ordinary.test(text)) return text
  return text.replace(longDashes, '-').replace(dashes, '-').replace(strayLongVowels, '-')
}

/** Also true of tabs and line breaks: nothing of the kind belongs in an identifier. */
export function hasControlCharacter(text: string): boolean {
  return controlCharacter.test(text)
}

/** NUL and its like, and half a character, which no cell may carry; tabs and line breaks may stand in a long text. */
export function isUnstorable(text: string): boolean {
  return !ordinary.test(text) && (controlCharacterInCell.test(text) || loneSurrogate.test(text))
}

/**
 * A cell as R6 reads it: trimmed, without invisible characters, any space as an ordinary one, digits and Latin
 * letters in their ordinary width. `－／．` are folded only inside a number or a code (`２０２４－０１－０２`);
 * Chinese punctuation stays, as `（` in a company's name. Control characters stay too, for the reader to refuse.
 */
export function cleanCell(text: string): string {
  if (ordinary.test(text)) return text.trim()
  return dropInvisible(text)
    .replace(/\p{Zs}/gu, ' ')
    .replace(fullWidthAlphanumerics, narrow)
    .replace(fullWidthInsideNumbers, narrow)
    .trim()
}

/** Provinces of GB/T 2260, then 81–83 (Hong Kong, Macao, Taiwan) and 9 before a province (foreign residents). */
const identityRegion = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-6])/
const identityWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const identityRun = /(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])/g

/** GB 11643: the last character by a weighted sum modulo 11. */
function identityCheck(first17: string): string {
  const sum = identityWeights.reduce((total, weight, index) => total + weight * Number(first17.charAt(index)), 0)
  return '10X98765432'.charAt(sum % 11)
}

function isBirthDate(eightDigits: string): boolean {
  if (!/^(?:19|20)/.test(eightDigits)) return false
  return parsePlainDate(eightDigits.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')) !== undefined
}

/** 18 characters: region, birth date, serial, check; or the old 15 digits without century and check. */
function isIdentityNumber(run: string): boolean {
  if (!identityRegion.test(run)) return false
  if (run.length === 15) return isBirthDate(`19${run.slice(6, 12)}`)
  return isBirthDate(run.slice(6, 14)) && identityCheck(run.slice(0, 17)) === run.slice(17).toUpperCase()
}

/** Few texts have so many digits; only those are looked at closely. Full-width ones are digits, too. */
function hasManyDigits(text: string): boolean {
  if (text.length < 15) return false
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if ((unit >= 0x30 && unit <= 0x39) || (unit >= 0xff10 && unit <= 0xff19)) digits++
  }
  return digits >= 15
}

/**
 * True when the cell is, or contains, what reads as a resident identity number: the importer refuses it (R6).
 *
 * A column that is known to hold unified credit codes is exempt, and it is the caller who exempts it. Nearly every
 * credit code has a letter or a "birth date" that is no date, and so is never taken for one; but a code of digits alone
 * can be right as both, and to let those pass here would let about one identity number in 341 pass unseen.
 * The old form has no check digit: about one 15-digit number in 67 reads as one.
 */
export function looksLikeIdentityCard(text: string): boolean {
  if (!hasManyDigits(text)) return false
  const cell = foldDashes(cleanCell(text))
  return runsIn(cell).some(isIdentityNumber) || runsIn(glued(cell)).some(isIdentityNumber)
}

/**
 * The same of what a person writes by hand, a name or a sentence: of the old form only where it stands as one, for digits
 * of a sentence that are put together make fifteen by chance (R6).
 */
export function holdsIdentityNumber(text: string): boolean {
  if (!hasManyDigits(text)) return false
  const cell = foldDashes(cleanCell(text))
  return runsIn(cell).some(isIdentityNumber) || holdsPresentForm(glued(cell))
}

/** The same of a number or code of somebody else's making: the present form alone, which has a check digit. */
export function codeHoldsIdentityNumber(text: string): boolean {
  return hasManyDigits(text) && holdsPresentForm(foldDashes(cleanCell(text)))
}

const runsIn = (cell: string): readonly string[] => cell.match(identityRun) ?? []
const glued = (cell: string): string => cell.replace(/[\s-]/g, '')
const holdsPresentForm = (cell: string): boolean =>
  runsIn(cell).some((run) => run.length === 18 && isIdentityNumber(run))
