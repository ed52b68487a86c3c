import { parseApprovalNumber } from './approval-number.ts'
import type { CertificateContent } from './certificate-content.ts'
import { type CertificateNumber, checkCertificateNumber } from './certificate-number.ts'
import { checkCreditCode } from './credit-code.ts'
import { familyFromText } from './families.ts'
import { cityOfCell, dayOfCell, foldName, listOfCell, problemsOfCell, shownValue } from './imported-cells.ts'
import { isIndustryCode, normaliseIndustryCode } from './industries.ts'
import { earlierOf, type PlainDate } from './plain-date.ts'
import { type Problem, problem, type RefusalCode } from './refusals.ts'
import { normaliseStandardNumber } from './standard-number.ts'

/**
 * One row of the opening balance (R4): a certificate from before the registry. It is taken as printed: no admission
 * check, no obligations, no decision day unless the row gives one. What identifies and dates it must be there and true.
 */
export const historicalColumns = [
  'scheme',
  'number',
  'bodyName',
  'bodyCode',
  'bodyApprovalNumber',
  'holderName',
  'holderCreditCode',
  'holderAddress',
  'country',
  'cityCode',
  'family',
  'industryCode',
  'productName',
  'models',
  'trademark',
  'maker',
  'makerAddress',
  'factoryName',
  'factoryAddress',
  'standards',
  'requirements',
  'certificationMode',
  'decidedOn',
  'issuedOn',
  'validFrom',
  'validUntil',
  'status',
  'statusOn',
] as const
export type HistoricalColumn = (typeof historicalColumns)[number]

/** `further` holds what other schemes print besides, by name. `names` is what the file calls each column. */
export type HistoricalCells = {
  readonly cells: Readonly<Partial<Record<HistoricalColumn, string>>>
  readonly further: Readonly<Record<string, string>>
  readonly names: Readonly<Record<string, string>>
}

/** Which fields a scheme requires, by version (R4, configurable). */
export type SchemeTerms = { readonly effectiveOn: PlainDate; readonly requiredFields: readonly string[] }
export type HistoricalSurroundings = {
  readonly today: PlainDate
  readonly schemes: ReadonlyMap<string, readonly SchemeTerms[]>
}

/** A suspension or an ending that was seen on a day; when it was ordered is not known. */
export type HistoricalStatus = { readonly as: 'suspended' | 'withdrawn' | 'cancelled'; readonly onDay: PlainDate }

/** The keys hold together what spellings keep apart: a body within its scheme, a holder by code, else country and name. */
export type HistoricalCertificate = {
  readonly scheme: string
  readonly body: { readonly key: string; readonly name: string; readonly approvalNumber: string | null }
  readonly holder: {
    readonly key: string
    readonly name: string
    readonly country: string
    readonly creditCode: string | null
    readonly address: string | null
    readonly cityCode: string | null
    readonly family: string | null
    readonly industryCode: string | null
  }
  readonly number: CertificateNumber
  readonly content: CertificateContent
  readonly decidedOn: PlainDate | null
  readonly issuedOn: PlainDate | null
  readonly validFrom: PlainDate
  readonly validUntil: PlainDate
  readonly status: HistoricalStatus | null
}

export type HistoricalReading =
  | { readonly ok: true; readonly certificates: readonly HistoricalCertificate[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads a row; where it is refused, with everything that is wrong with it, under the file's own column names (R6). */
export function readHistoricalRow(row: HistoricalCells, around: HistoricalSurroundings): HistoricalReading {
  const look = lookInto(row)
  checkTexts(look, row)
  const body = bodyOf(look)
  const days = daysOf(look, around.today)
  const scheme = schemeOf(look, around, days?.validFrom)
  const numbers = numbersOf(look)
  const holder = holderOf(look)
  const standards = standardsOf(look)
  const status = statusOf(look, around.today, days)
  if (look.problems.length > 0 || !body || !days || !scheme || !holder || !standards || status === undefined) {
    return { ok: false, problems: look.problems }
  }
  const { name, approvalNumber } = body
  const named = { key: bodyKeyOf(scheme, body), name, approvalNumber }
  const { decidedOn, issuedOn, validFrom, validUntil } = days
  // Spelt out: to spread objects into one another costs more than all the rest, a million times.
  const certificates = numbers.map(({ number, printed }) => ({
    scheme,
    body: named,
    holder,
    number,
    content: contentOf(row, printed, name, standards),
    decidedOn,
    issuedOn,
    validFrom,
    validUntil,
    status,
  }))
  return { ok: true, certificates }
}

/** A row under examination: problems gather here, so that a clerk mends all of them in one go. */
type Look = {
  readonly problems: Problem[]
  cell(column: HistoricalColumn): string | undefined
  /** Notes what is wrong with a cell, and answers undefined for "no value". */
  wrong(code: RefusalCode, column: HistoricalColumn, values?: Record<string, string | number>): undefined
}

function lookInto({ cells, names }: HistoricalCells): Look {
  const problems: Problem[] = []
  return {
    problems,
    cell: (column) => cells[column],
    wrong(code, column, values) {
      const value = shownValue(cells[column] ?? '')
      problems.push(problem(code, names[column] ?? column, { value, ...(values ? { values } : {}) }))
    },
  }
}

/** Identity cards are looked for everywhere but where codes of 18 characters belong (R6). */
const columnsOfCodes: readonly string[] = ['number', 'holderCreditCode']
const namesCharactersMax = 300
const textCharactersMax = 4_000
const columnsOfNames: readonly string[] = ['bodyName', 'bodyCode', 'holderName', 'country']

function checkTexts({ problems }: Look, { cells, further, names }: HistoricalCells): void {
  for (const column in cells) {
    const text = cells[column as HistoricalColumn] ?? ''
    const limit = columnsOfNames.includes(column) ? namesCharactersMax : textCharactersMax
    for (const found of problemsOfText(text, names[column] ?? column, limit, columnsOfCodes.includes(column)))
      problems.push(found)
  }
  for (const [name, text] of Object.entries(further)) {
    problems.push(...problemsOfText(text, names[`further.${name}`] ?? name, textCharactersMax, false))
  }
}

function problemsOfText(
  text: string,
  path: string,
  charactersMax: number,
  mayLookLikeIdentityCard: boolean,
): readonly Problem[] {
  const problems = problemsOfCell(text, path, mayLookLikeIdentityCard)
  if (text.length <= charactersMax) return problems
  return [
    ...problems,
    problem('field_invalid', path, { value: shownValue(text), values: { detail: `> ${charactersMax}` } }),
  ]
}

function bodyOf(look: Look) {
  const code = look.cell('bodyCode')
  const name = look.cell('bodyName') ?? code
  const approvalNumber = approvalNumberOf(look)
  const identity = foldName(code ?? name ?? '')
  if (identity === '' || name === undefined) return look.wrong('body_missing', 'bodyName')
  return { identity, name, approvalNumber }
}

function approvalNumberOf(look: Look): string | null {
  const text = look.cell('bodyApprovalNumber')
  if (text === undefined) return null
  return parseApprovalNumber(text) ?? look.wrong('approval_number_invalid', 'bodyApprovalNumber') ?? null
}

function bodyKeyOf(scheme: string, body: { identity: string; approvalNumber: string | null }): string {
  return body.approvalNumber === null ? `${scheme}:${body.identity}` : `approval:${body.approvalNumber}`
}

/** The scheme must be known, and what it requires must be there: by the version in force on the first day (R4). */
function schemeOf(look: Look, { schemes }: HistoricalSurroundings, on: PlainDate | undefined): string | undefined {
  const scheme = look.cell('scheme')
  if (scheme === undefined) return look.wrong('field_missing', 'scheme')
  const versions = schemes.get(scheme)
  if (!versions) return look.wrong('scheme_unknown', 'scheme')
  for (const field of termsOn(versions, on)?.requiredFields ?? []) requireField(look, field)
  return scheme
}

function termsOn(versions: readonly SchemeTerms[], on: PlainDate | undefined): SchemeTerms | undefined {
  return versions.findLast(({ effectiveOn }) => on !== undefined && effectiveOn <= on) ?? versions[0]
}

/** Fields that a scheme may require, and where the opening balance has them; an assignment it has not. */
const columnsOfFields: Readonly<Record<string, HistoricalColumn>> = {
  industryCode: 'industryCode',
  'enterprise.cityCode': 'cityCode',
  'certificate.product.trademark': 'trademark',
  'certificate.certificationMode': 'certificationMode',
  'certificate.factory.address': 'factoryAddress',
}

function requireField(look: Look, field: string): void {
  const column = columnsOfFields[field]
  if (column !== undefined && look.cell(column) === undefined) look.wrong('scheme_field_missing', column)
}

/** A cell may name several numbers: each is a certificate, so that each can be verified. */
function numbersOf(look: Look): { number: CertificateNumber; printed: string }[] {
  const printed = listOfCell(look.cell('number'), /[;；、]/)
  if (printed.length === 0) look.wrong('certificate_number_empty', 'number')
  const numbers = new Map<CertificateNumber, string>()
  for (const text of printed) {
    const checked = checkCertificateNumber(text)
    if (checked.ok) numbers.set(checked.number, text)
    else look.wrong(checked.code, 'number', { character: checked.character ?? '', position: checked.position ?? 0 })
  }
  return [...numbers].map(([number, text]) => ({ number, printed: text }))
}

function holderOf(look: Look): HistoricalCertificate['holder'] | undefined {
  const name = look.cell('holderName')
  if (name === undefined) return look.wrong('field_missing', 'holderName')
  const country = look.cell('country') ?? 'CN'
  const creditCode = creditCodeOf(look)
  return {
    key: creditCode === null ? nameKeyOf(look, name, country) : `code:${creditCode}`,
    name,
    country,
    creditCode,
    address: look.cell('holderAddress') ?? null,
    ...classificationOf(look),
  }
}

/** Holders printed as mere dashes or strokes are kept apart: that they are the same firm is not known. */
function nameKeyOf(look: Look, name: string, country: string): string {
  const folded = foldName(name)
  if (folded !== '') return `name:${country.toLowerCase()}:${folded}`
  return `unnamed:${look.cell('scheme') ?? ''}:${foldName(look.cell('number') ?? '')}`
}

function creditCodeOf(look: Look): string | null {
  const text = look.cell('holderCreditCode')
  if (text === undefined) return null
  const checked = checkCreditCode(text)
  if (checked.ok) return checked.code
  look.wrong(checked.code, 'holderCreditCode', { position: checked.position, expected: checked.expected ?? '' })
  return null
}

function classificationOf(look: Look) {
  const read = <T>(column: HistoricalColumn, code: RefusalCode, reader: (text: string) => T | undefined): T | null => {
    const text = look.cell(column)
    return text === undefined
      ? null
      : (reader(text) ??
          look.wrong(code, column, { detail: 'agriculture, manufacturing, services, construction' }) ??
          null)
  }
  return {
    cityCode: read('cityCode', 'city_unknown', cityOfCell),
    family: read('family', 'field_invalid', familyFromText),
    industryCode: read('industryCode', 'industry_unknown', industryOf),
  }
}

function industryOf(text: string) {
  const code = normaliseIndustryCode(text)
  return code && isIndustryCode(code) ? code : undefined
}

function standardsOf(look: Look): string[] | undefined {
  const texts = listOfCell(look.cell('standards'), /[;；、\n]/)
  const standards = texts.map(normaliseStandardNumber).filter((number) => number !== undefined)
  return standards.length === texts.length ? standards : look.wrong('standard_number_invalid', 'standards')
}

type Days = Pick<HistoricalCertificate, 'decidedOn' | 'issuedOn' | 'validFrom' | 'validUntil'>

/** The days of validity must be there and in order; the others may be unknown, but not in the future (R4). */
function daysOf(look: Look, today: PlainDate): Days | undefined {
  const validFrom = dayOf(look, 'validFrom')
  const validUntil = dayOf(look, 'validUntil')
  const [decidedOn, issuedOn] = [pastDayOf(look, 'decidedOn', today), pastDayOf(look, 'issuedOn', today)]
  if (decidedOn && issuedOn && decidedOn > issuedOn) look.wrong('decided_after_issue', 'decidedOn')
  if (validFrom === null) look.wrong('field_missing', 'validFrom')
  if (validUntil === null) look.wrong('field_missing', 'validUntil')
  if (!validFrom || !validUntil) return undefined
  if (validUntil < validFrom) return look.wrong('validity_reversed', 'validUntil')
  return { decidedOn: decidedOn ?? null, issuedOn: issuedOn ?? null, validFrom, validUntil }
}

/** Null for an empty cell, undefined for one that is no day. */
function dayOf(look: Look, column: HistoricalColumn): PlainDate | null | undefined {
  const text = look.cell(column)
  if (text === undefined) return null
  return dayOfCell(text) ?? look.wrong('date_does_not_exist', column)
}

function pastDayOf(look: Look, column: HistoricalColumn, today: PlainDate): PlainDate | null | undefined {
  const day = dayOf(look, column)
  return day && day > today ? look.wrong('day_in_future', column) : day
}

/** Valid and expired follow from the days; the others are facts. */
const statusWords: ReadonlyMap<string, HistoricalStatus['as'] | 'by_its_days'> = new Map([
  ...['valid', 'active', 'expired', '有效', '正常', '过期', '失效', '已过期'].map(
    (word) => [word, 'by_its_days'] as const,
  ),
  ...['suspended', '暂停', '已暂停'].map((word) => [word, 'suspended'] as const),
  ...['withdrawn', 'revoked', '撤销', '已撤销'].map((word) => [word, 'withdrawn'] as const),
  ...['cancelled', 'canceled', 'terminated', '注销', '已注销'].map((word) => [word, 'cancelled'] as const),
])

/**
 * Null where nothing is to be recorded. The day is that on which the status was seen, and the last day of validity at
 * the latest: an expired certificate can be neither suspended nor ended. Without it a suspension counts from the first day.
 */
function statusOf(look: Look, today: PlainDate, days: Days | undefined): HistoricalStatus | null | undefined {
  const as = statusWords.get((look.cell('status') ?? 'valid').toLowerCase())
  if (as === undefined) return look.wrong('field_invalid', 'status', { detail: [...statusWords.keys()].join(', ') })
  const seenOn = pastDayOf(look, 'statusOn', today)
  if (as === 'by_its_days' || days === undefined || seenOn === undefined) return null
  if (seenOn === null && as !== 'suspended') return look.wrong('field_missing', 'statusOn')
  return { as, onDay: earlierOf(seenOn ?? days.validFrom, days.validUntil) }
}

function contentOf(
  { cells, further }: HistoricalCells,
  numberAsPrinted: string,
  issuingBody: string,
  standards: readonly string[],
): CertificateContent {
  return {
    numberAsPrinted,
    issuingBody,
    client: { name: cells.holderName ?? '', address: cells.holderAddress ?? null },
    product: {
      name: cells.productName ?? '',
      models: listOfCell(cells.models),
      trademark: cells.trademark ?? null,
      maker: cells.maker ?? null,
      makerAddress: cells.makerAddress ?? null,
    },
    factory: { name: cells.factoryName ?? null, address: cells.factoryAddress ?? null },
    standards,
    requirements: cells.requirements ?? null,
    certificationMode: cells.certificationMode ?? null,
    further,
  }
}
