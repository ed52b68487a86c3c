import { dropInvisible, foldDashes } from './cells.ts'

/** A certificate's number in the one form that is stored and compared (R4), `苏精品(2024)-001/A`. */
declare const certificateNumberBrand: unique symbol
export type CertificateNumber = string & { readonly [certificateNumberBrand]: 'CertificateNumber' }

/** `character` and its `position`, from 1, are those of the first character refused, in `normalised`. */
export type CertificateNumberFailure = {
  ok: false
  code: 'certificate_number_empty' | 'certificate_number_too_long' | 'certificate_number_character'
  character?: string
  position?: number
  normalised: string
}

export type CertificateNumberCheck = { ok: true; number: CertificateNumber } | CertificateNumberFailure

const charactersMax = 64

/** R4. Letters of any script, and 〇, which Chinese writes as a digit (二〇二四) and Unicode doesn't count as a letter. */
const allowedCharacter = String.raw`[\p{L}〇0-9/\-._()]`
const allowed = new RegExp(`^${allowedCharacter}$`, 'u')
const allAllowed = new RegExp(`^${allowedCharacter}{1,${charactersMax}}$`, 'u')
const letterOrDigit = /[\p{L}〇0-9]/u

/**
 * R4: upper case, no spaces, full-width forms folded (NFKC), every kind of dash as `-`. Control characters stay, to be
 * refused. NFKC comes twice: dropping a character may bring a letter and its accent together.
 */
export function normaliseCertificateNumber(text: string): string {
  const folded = dropInvisible(text.normalize('NFKC').toUpperCase()).replace(/\p{Z}/gu, '').trim()
  return foldDashes(folded).normalize('NFKC')
}

/** Whether `text` can be a certificate's number at all, which is less than being one that was issued (R4, malformed). */
export function checkCertificateNumber(text: string): CertificateNumberCheck {
  const normalised = normaliseCertificateNumber(text)
  if (allAllowed.test(normalised) && letterOrDigit.test(normalised))
    return { ok: true, number: normalised as CertificateNumber }
  const characters = [...normalised]
  if (characters.length === 0) return { ok: false, code: 'certificate_number_empty', normalised }
  if (characters.length > charactersMax) return { ok: false, code: 'certificate_number_too_long', normalised }
  const index = characters.findIndex((character) => !allowed.test(character))
  const character = characters[index]
  if (character !== undefined)
    return { ok: false, code: 'certificate_number_character', character, position: index + 1, normalised }
  // A lone "-" or "/" is how people write "none" in a table.
  return { ok: false, code: 'certificate_number_empty', normalised }
}
