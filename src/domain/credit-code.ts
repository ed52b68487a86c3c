import { dropInvisible, foldFullWidth } from './cells.ts'

/** A unified social credit code (统一社会信用代码), `91350100M000100Y43`, whose checks hold (R5, GB 32100-2015). */
declare const creditCodeBrand: unique symbol
export type CreditCode = string & { readonly [creditCodeBrand]: 'CreditCode' }

/**
 * `position` counts from 1 in `normalised`; for a wrong length it is that of the first character missing or too many.
 * `expected` is the character that a check calls for, null where none can be named.
 */
export type CreditCodeFailure = {
  ok: false
  code:
    | 'credit_code_length'
    | 'credit_code_character'
    | 'credit_code_region'
    | 'credit_code_organisation_check'
    | 'credit_code_check'
  position: number
  expected: string | null
  normalised: string
}

export type CreditCodeCheck = { ok: true; code: CreditCode } | CreditCodeFailure

const length = 18

/** GB 32100-2015: the letters without I, O, S, V, Z; a character's value is its place here. */
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

/** GB 11714 counts every letter, so from J on a letter is worth more in the organisation's code. */
const organisationAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2]

function weightedSum(text: string, of: { weights: readonly number[]; alphabet: string }): number {
  return of.weights.reduce((sum, weight, index) => sum + weight * of.alphabet.indexOf(text.charAt(index)), 0)
}

/** GB 11714: 11 − Σ mod 11, where 10 is X and 11 is 0. */
function organisationCheckOf(organisation8: string): string {
  const sum = weightedSum(organisation8, { weights: organisationWeights, alphabet: organisationAlphabet })
  return '0123456789X'.charAt((11 - (sum % 11)) % 11)
}

/** GB 32100-2015: 31 − Σ mod 31, where 31 is 0. */
function checkOf(first17: string): string {
  return alphabet.charAt((31 - (weightedSum(first17, { weights, alphabet }) % 31)) % 31)
}

/** Full-width forms folded, spaces and invisible characters dropped, upper case. */
function normaliseCreditCode(text: string): string {
  return dropInvisible(foldFullWidth(text)).replace(/\s/g, '').toUpperCase()
}

/**
 * 1-based position of the first character of the region part (3–8) that is wrong, 0 when none is. No look-up: abolished
 * counties stay valid (R5). But 000000 is no place, and eighteen zeros, typed to fill a cell, satisfy both checks.
 */
function wrongRegionAt(code: string): number {
  const region = code.slice(2, 8)
  if (region === '000000') return 3
  const index = region.search(/[^0-9]/)
  return index < 0 ? 0 : index + 3
}

/** Reads a code as people type it, and says where it is wrong and what was expected there (R5). */
export function checkCreditCode(text: string): CreditCodeCheck {
  const normalised = normaliseCreditCode(text)
  const characters = [...normalised]
  const refuse = (code: CreditCodeFailure['code'], position: number, expected: string | null = null) =>
    ({ ok: false, code, position, expected, normalised }) as const

  if (characters.length !== length) return refuse('credit_code_length', Math.min(characters.length, length) + 1)
  const strangerIndex = characters.findIndex((character) => !alphabet.includes(character))
  if (strangerIndex >= 0) return refuse('credit_code_character', strangerIndex + 1)
  const regionAt = wrongRegionAt(normalised)
  if (regionAt > 0) return refuse('credit_code_region', regionAt)
  const organisationCheck = organisationCheckOf(normalised.slice(8, 16))
  if (normalised.charAt(16) !== organisationCheck)
    return refuse('credit_code_organisation_check', 17, organisationCheck)
  const check = checkOf(normalised.slice(0, 17))
  if (normalised.charAt(17) !== check) return refuse('credit_code_check', 18, check)
  return { ok: true, code: normalised as CreditCode }
}

/**
 * For tests and demonstration data: the code with these parts and both check characters.
 * `registrar` is two characters (`91` for a firm), `region` six digits, `organisation8` the body of a GB 11714 code.
 * @throws RangeError when the parts can't make a code.
 */
export function makeCreditCode(registrar: string, region: string, organisation8: string): CreditCode {
  const first17 = `${registrar}${region}${organisation8}${organisationCheckOf(organisation8)}`
  const made = checkCreditCode(`${first17}${checkOf(first17)}`)
  if (!made.ok || registrar.length !== 2 || region.length !== 6)
    throw new RangeError(`not the parts of a credit code: ${registrar} ${region} ${organisation8}`)
  return made.code
}
