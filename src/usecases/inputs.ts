import { z } from 'zod'
import { parseApprovalNumber } from '../domain/approval-number.ts'
import { codeHoldsIdentityNumber, holdsIdentityNumber } from '../domain/cells.ts'
import { checkCertificateNumber } from '../domain/certificate-number.ts'
import { cityOfDivision } from '../domain/cities.ts'
import { familyOrder } from '../domain/families.ts'
import { isIndustryCode, normaliseIndustryCode } from '../domain/industries.ts'
import { type PlainDate, parsePlainDate } from '../domain/plain-date.ts'
import { type Problem, problem, type RefusalCode, refusalSentences } from '../domain/refusals.ts'
import { normaliseStandardNumber } from '../domain/standard-number.ts'

/**
 * The pieces that inputs are made of. One schema checks what a face receives, types what a use case works with and
 * describes itself in the OpenAPI document. A custom refusal travels as `params.problem`.
 */

/** Also those that turn the direction of writing: a name must read as it is stored. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being looked for
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

/** Half of a pair is no character, and the database can't hold it. */
const loneSurrogate = /\p{Cs}/u

function isUnfit(text: string): boolean {
  return controlCharacters.test(text) || loneSurrogate.test(text)
}

/** What a person writes, a name or a sentence: no identity numbers of natural persons in any of them (R6). */
export function textInput(charactersMax: number) {
  return plainInput(charactersMax).superRefine((text, context) => {
    if (holdsIdentityNumber(text)) context.addIssue(fault('identity_card_refused'))
  })
}

/** A number or code of somebody else's making, which may be as long as an identity number by chance: refused only where its check digit is right, too. */
export function codeInput(charactersMax: number) {
  return plainInput(charactersMax).superRefine((text, context) => {
    if (codeHoldsIdentityNumber(text)) context.addIssue(fault('identity_card_refused'))
  })
}

function plainInput(charactersMax: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .superRefine((text, context) => {
      if (isUnfit(text)) context.addIssue(fault('text_control_character'))
    })
}

/** As it was typed: the domain judges it (R5). */
export const creditCodeInput = z
  .string()
  .max(60)
  .superRefine((text, context) => {
    if (isUnfit(text)) context.addIssue(fault('text_control_character'))
  })

/** In lower case, as ids are written everywhere. */
export const idInput = z.uuid().toLowerCase()

/** A question about one member. */
export const memberQuery = z.strictObject({ memberId: idInput })

export const dayInput = z
  .string()
  .max(40)
  .transform((text, context): PlainDate => {
    const day = parsePlainDate(text)
    if (day && day >= '1900-01-01' && day <= '2999-12-31') return day
    context.issues.push({ ...fault('date_does_not_exist'), input: text })
    return z.NEVER
  })
  .meta({ format: 'date', examples: ['2026-11-20'] })

export const certificateNumberInput = z
  .string()
  .max(200)
  .superRefine((text, context) => {
    const checked = checkCertificateNumber(text)
    if (!checked.ok)
      context.addIssue(fault(checked.code, { character: checked.character ?? '', position: checked.position ?? 0 }))
  })

export const approvalNumberInput = z
  .string()
  .max(100)
  .transform((text, context) => {
    const number = parseApprovalNumber(text)
    if (number) return number
    context.issues.push({ ...fault('approval_number_invalid'), input: text })
    return z.NEVER
  })

export const standardsInput = z
  .array(
    z
      .string()
      .max(100)
      .transform((text, context) => {
        const number = isUnfit(text) ? undefined : normaliseStandardNumber(text)
        if (number) return number
        context.issues.push({ ...fault('standard_number_invalid'), input: text })
        return z.NEVER
      }),
  )
  .max(100)

export const familyInput = z.enum(familyOrder as [string, ...string[]])

export const industryInput = z
  .string()
  .max(10)
  .transform((text, context) => {
    const code = normaliseIndustryCode(text)
    if (code && isIndustryCode(code)) return code as string
    context.issues.push({ ...fault('industry_unknown'), input: text })
    return z.NEVER
  })

/** A city, or a county which stands for its city (GB/T 2260). */
export const cityInput = z
  .string()
  .max(12)
  .transform((text, context) => {
    const city = cityOfDivision(text.trim())
    if (city) return city as string
    context.issues.push({ ...fault('city_unknown'), input: text })
    return z.NEVER
  })

/** Evidence that lets the secretariat override a failed check (R5). */
export const evidenceInput = textInput(2_000)

type Fault = {
  code: 'custom'
  params: { problem: RefusalCode; values: Record<string, string | number> }
  message: string
}

function fault(code: RefusalCode, values: Record<string, string | number> = {}): Fault {
  return { code: 'custom', params: { problem: code, values }, message: refusalSentences[code][1] }
}

/** However much is wrong, so many problems are told: an answer must not outgrow the question. */
export const problemsMax = 200

/** The issues of a schema as problems of the registry, each with its path and the value that stands there. */
export function problemsOfIssues(issues: readonly z.core.$ZodIssue[], input: unknown): Problem[] {
  return issues
    .slice(0, problemsMax)
    .flatMap((issue) => problemsOfIssue(issue, input))
    .slice(0, problemsMax)
}

function problemsOfIssue(issue: z.core.$ZodIssue, input: unknown): Problem[] {
  const path = cut(issue.path.map(String).join('.'))
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, problemsMax).map(cut)
    return names.map((name) =>
      problem('field_unknown', [path, name].filter(Boolean).join('.'), { values: { field: name } }),
    )
  }
  if (issue.code === 'invalid_union' && issue.errors?.[0]?.length) {
    return issue.errors[0].flatMap((inner) =>
      problemsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }, input),
    )
  }
  const sent = valueAt(input, issue.path)
  const named = namedProblem(issue)
  const value = isSecret(path) || named?.problem === 'identity_card_refused' ? undefined : short(sent)
  if (named) return [problem(named.problem, path, { value, values: named.values })]
  if (path === '' && (sent === undefined || sent === null)) return [problem('body_malformed', '', { values: nothing })]
  if (sent === undefined && issue.code !== 'custom') return [problem('field_missing', path)]
  const whole = path === '' ? { field: ['请求正文', 'the body'] as const } : {}
  return [problem('field_invalid', path, { value, values: { detail: detailOf(issue, sent), ...whole } })]
}

const nothing = { detail: ['没有内容', 'there is none'] } as const

const inChinese = z.locales.zhCN().localeError

/** What the schema says of it, in both languages. */
function detailOf(issue: z.core.$ZodIssue, sent: unknown): readonly [string, string] {
  const zh = inChinese({ ...issue, input: sent } as z.core.$ZodRawIssue)
  return [(typeof zh === 'string' ? zh : zh?.message) ?? issue.message, issue.message]
}

/** What is secret is never shown back, nor who complained (R6). */
function isSecret(path: string): boolean {
  return /(password|secret|token)$|^complainant\./i.test(path)
}

function namedProblem(issue: z.core.$ZodIssue): Fault['params'] | undefined {
  if (issue.code !== 'custom') return undefined
  const params = issue.params as Partial<Fault['params']> | undefined
  return params?.problem === undefined ? undefined : { problem: params.problem, values: params.values ?? {} }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return value
}

/** Values are shown back, but not by the megabyte. */
function short(value: unknown): unknown {
  if (typeof value === 'string') return holdsIdentityNumber(value) ? undefined : cut(value)
  return typeof value === 'object' && value !== null ? undefined : value
}

function cut(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
