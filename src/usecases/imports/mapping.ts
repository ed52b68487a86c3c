import { z } from 'zod'
import { cleanCell } from '../../domain/cells.ts'
import { historicalColumns } from '../../domain/historical-row.ts'
import { listColumns } from '../../domain/listed-row.ts'
import { problem, Refusal, refuse } from '../../domain/refusals.ts'
import { problemsOfIssues, textInput } from '../inputs.ts'

/** How the columns of a file fit ours (R6): names, words that stand for ours, and values that no column gives. */

/**
 * Columns of a file of results: the paths of what `POST /v1/results` takes, so that NDJSON of the same shape fits as it is.
 * `productName` is also the product of the certificate, where there is one.
 */
export const resultColumns = [
  'kind',
  'memberId',
  'memberReference',
  'scheme',
  'assignmentId',
  'endingId',
  'enterprise.creditCode',
  'enterprise.name',
  'enterprise.cityCode',
  'enterprise.family',
  'enterprise.industryCode',
  'enterprise.address',
  'enterprise.creditCodeEvidence',
  'family',
  'industryCode',
  'productName',
  'decidedOn',
  'reasonCode',
  'reasonText',
  'earlierCertificateId',
  'earlierCertificateNumber',
  'certificate.number',
  'certificate.issuedOn',
  'certificate.validFrom',
  'certificate.validUntil',
  'certificate.client.name',
  'certificate.client.address',
  'certificate.product.models',
  'certificate.product.trademark',
  'certificate.product.maker',
  'certificate.product.makerAddress',
  'certificate.factory.name',
  'certificate.factory.address',
  'certificate.standards',
  'certificate.requirements',
  'certificate.certificationMode',
] as const
export type ResultColumn = (typeof resultColumns)[number]

const columnName = textInput(200)
const cellSource = z.union([
  columnName,
  z.strictObject({
    column: z
      .union([columnName, z.array(columnName).min(1).max(20)])
      .meta({ description: 'Of several names, the first with something in its cell.' }),
    values: z
      .record(z.string(), textInput(200))
      .optional()
      .meta({ description: 'Words of the file and what they stand for; others stay.' }),
    otherwise: textInput(200).optional().meta({ description: 'Stands in for an empty cell.' }),
    mayBeMissing: z.boolean().default(false).meta({ description: 'The file may lack the column.' }),
  }),
  z.strictObject({ value: textInput(200) }),
])

export type CellSource = z.infer<typeof cellSource>

const schemeNeeded = z.strictObject({
  code: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  nameZh: textInput(100),
  nameEn: textInput(100),
  validityMonths: z.number().int().min(1).max(600),
})

const historicalMapping = z.strictObject({
  kind: z.literal('historical'),
  columns: z.partialRecord(z.enum(historicalColumns), cellSource),
  further: z
    .record(textInput(100), columnName)
    .default({})
    .meta({ description: 'What the certificate states besides: our name, the file’s column.' }),
  schemes: z
    .array(schemeNeeded)
    .max(20)
    .default([])
    .meta({ description: 'Schemes that are made where they are not there.' }),
})

const resultsMapping = z.strictObject({
  kind: z.literal('results'),
  columns: z.partialRecord(z.enum(resultColumns), cellSource),
})

const regulatorListMapping = z.strictObject({
  kind: z.literal('regulator_list'),
  columns: z.partialRecord(z.enum(listColumns), cellSource),
  order: z
    .array(z.enum(listColumns))
    .max(listColumns.length)
    .default([])
    .meta({ description: 'The columns of an export, in their order; all columns of the mapping where empty.' }),
})

export const mappingInput = z.discriminatedUnion('kind', [historicalMapping, resultsMapping, regulatorListMapping])
export type Mapping = z.infer<typeof mappingInput>
/** Of files that are taken in; a list of the regulator is only compared. */
export type ImportMapping = Exclude<Mapping, { kind: 'regulator_list' }>
export type ListMapping = Extract<Mapping, { kind: 'regulator_list' }>

/** @throws Refusal `mapping_unfit` for a mapping that says what another kind of file holds */
export function requireImportMapping(mapping: Mapping): ImportMapping {
  if (mapping.kind === 'regulator_list') throw unfit(mapping)
  return mapping
}

/** @throws Refusal `mapping_unfit` */
export function requireListMapping(mapping: Mapping): ListMapping {
  if (mapping.kind !== 'regulator_list') throw unfit(mapping)
  return mapping
}

function unfit({ kind }: Mapping): Refusal {
  return refuse('mapping_unfit', 'mapping', { values: { kind } })
}

/** @throws Refusal with everything that is wrong with the mapping */
export function readMapping(json: unknown): Mapping {
  const parsed = mappingInput.safeParse(json)
  if (!parsed.success) {
    const [first = problem('field_invalid', 'mapping', { values: { detail: '' } }), ...others] = problemsOfIssues(
      parsed.error.issues,
      json,
    )
    throw new Refusal(first, ...others)
  }
  fitMapping(parsed.data, null)
  return parsed.data
}

/** A row under our names, cleaned (R6); an empty cell is absent. */
export type OurCells = { readonly cells: Record<string, string>; readonly further: Record<string, string> }

export type FittedMapping = {
  /** What the file calls our columns, those of `further` as `further.<name>`. */
  readonly names: Readonly<Record<string, string>>
  read(row: Readonly<Record<string, string>>): OurCells
}

/**
 * Fits a mapping to the header of a file; null where there is none (NDJSON), so that each row must do.
 * @throws Refusal `columns_missing`, naming them
 */
export function fitMapping(mapping: Mapping, header: readonly string[] | null): FittedMapping {
  const find = finderIn(header)
  const picks = Object.entries(mapping.columns).map(([ours, source]) => pickOf(ours, source, find))
  const further = Object.entries(mapping.kind === 'historical' ? mapping.further : {}).map(([ours, source]) =>
    pickOf(ours, source, find),
  )
  const missing = [
    ...missingEssentials(mapping, picks),
    ...[...picks, ...further].flatMap((pick) => pick.missing ?? []),
  ]
  if (missing.length > 0) throw refuse('columns_missing', '', { values: { columns: [...new Set(missing)].join(', ') } })
  const names = [
    ...picks.map(({ ours, name }) => [ours, name]),
    ...further.map(({ ours, name }) => [`further.${ours}`, name]),
  ]
  const filled = picks.filter(isFilled)
  return {
    names: Object.fromEntries(names),
    read: (row) => ({ cells: readAll(filled, row), further: readAll(further, row) }),
  }
}

/** One of our columns in a file. `missing` names a column that must be there and is not. */
type Pick = {
  readonly ours: string
  readonly name: string
  readonly from: readonly string[]
  readonly values: ReadonlyMap<string, string>
  readonly otherwise: string | undefined
  readonly missing: string | null
}

/** Whether a row can have something there. */
function isFilled({ from, otherwise }: Pick): boolean {
  return from.length > 0 || otherwise !== undefined
}

type Finder = (name: string) => string | undefined

/** The file's own spelling of a name; upper and lower case are the same. */
function finderIn(header: readonly string[] | null): Finder {
  if (header === null) return (name) => name
  const spelt = new Map(header.map((name) => [foldHeader(name), name]))
  return (name) => spelt.get(foldHeader(name))
}

function foldHeader(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

function pickOf(ours: string, source: CellSource, find: Finder): Pick {
  if (typeof source === 'string') return pickOf(ours, { column: source, mayBeMissing: false }, find)
  if ('value' in source)
    return { ours, name: ours, from: [], values: new Map(), otherwise: source.value, missing: null }
  const candidates = typeof source.column === 'string' ? [source.column] : source.column
  const from = candidates.map(find).filter((name) => name !== undefined)
  const values = new Map(Object.entries(source.values ?? {}).map(([word, ours]) => [word.toLowerCase(), ours]))
  const missing = from.length > 0 || source.mayBeMissing ? null : candidates.join(' / ')
  return { ours, name: from[0] ?? candidates[0] ?? ours, from, values, otherwise: source.otherwise, missing }
}

function readAll(picks: readonly Pick[], row: Readonly<Record<string, string>>): Record<string, string> {
  const cells: Record<string, string> = {}
  for (const pick of picks) {
    const text = readOne(pick, row)
    if (text !== undefined) cells[pick.ours] = text
  }
  return cells
}

function readOne({ from, values, otherwise }: Pick, row: Readonly<Record<string, string>>): string | undefined {
  for (const name of from) {
    const text = cleanCell(row[name] ?? '')
    if (text !== '') return values.size === 0 ? text : (values.get(text.toLowerCase()) ?? text)
  }
  return otherwise
}

/** Without one of each of these no row could be taken, so the file is refused at once. */
const essentials: Readonly<Record<Mapping['kind'], readonly (readonly string[])[]>> = {
  historical: [['number'], ['bodyName', 'bodyCode'], ['holderName'], ['scheme'], ['validFrom'], ['validUntil']],
  regulator_list: [['number'], ['holderName', 'holderCreditCode']],
  results: [['kind'], ['memberReference'], ['enterprise.creditCode'], ['enterprise.name'], ['family'], ['decidedOn']],
}

function missingEssentials({ kind, columns }: Mapping, picks: readonly Pick[]): string[] {
  const there = new Set(picks.filter(isFilled).map(({ ours }) => ours))
  const lacking = essentials[kind].filter((choice) => !choice.some((ours) => there.has(ours)))
  return lacking.map((choice) => namesOf((columns as Record<string, CellSource>)[choice[0] ?? ''], choice[0] ?? ''))
}

function namesOf(source: CellSource | undefined, ours: string): string {
  if (source === undefined || (typeof source === 'object' && 'value' in source)) return ours
  if (typeof source === 'string') return source
  return typeof source.column === 'string' ? source.column : source.column.join(' / ')
}
