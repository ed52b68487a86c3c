import type { z } from 'zod'
import { type ListColumn, listColumns } from '../../domain/listed-row.ts'
import { listedStateOf } from '../../domain/reconciliation.ts'
import { identifiersOfCertificates } from '../../store/reconciliations.ts'
import type { CertificateView } from '../certificates/certificate-view.ts'
import { type certificatesQuery, readCertificates } from '../certificates/read-certificates.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { mappingNamed } from '../imports/manage-mappings.ts'
import { type CellSource, type ListMapping, requireListMapping } from '../imports/mapping.ts'
import type { Page } from '../pages.ts'

/** Our certificates in the shape of a foreign list, so that nobody enters them a second time (N4). */
export type ListShape = { readonly headings: readonly string[]; readonly columns: readonly ListColumn[] }

export type ShapedList = ListShape & {
  /** A page of rows, their cells under the headings. */
  read(cursor: string | undefined): Promise<Page<readonly string[]>>
}

/** @throws Refusal `mapping_unknown`, `mapping_unfit` */
export async function shapeList(
  registry: Registry,
  context: Context,
  mappingName: string,
  query: z.infer<typeof certificatesQuery>,
): Promise<ShapedList> {
  authorise(context, 'reconciliations.read')
  const mapping = requireListMapping(await mappingNamed(registry.db, mappingName))
  const columns = columnsOf(mapping)
  const headings = columns.map((column) => headingOf(column, mapping.columns[column]))
  const writers = columns.map((column) => writerOf(column, mapping.columns[column]))
  return {
    headings,
    columns,
    async read(cursor) {
      const page = await readCertificates(registry, context, { ...query, cursor })
      const named = await withIdentifiers(registry, page.items)
      return { ...page, items: named.map((row) => writers.map((write) => write(row))) }
    },
  }
}

/** In the mapping's own order; without one, all its columns in ours. */
function columnsOf({ order, columns }: ListMapping): ListColumn[] {
  const wanted = order.length > 0 ? [...new Set(order)] : listColumns
  return wanted.filter((column) => columns[column] !== undefined)
}

function headingOf(column: ListColumn, source: CellSource | undefined): string {
  if (source === undefined || (typeof source === 'object' && 'value' in source)) return column
  const name = typeof source === 'string' ? source : source.column
  return typeof name === 'string' ? name : (name[0] ?? column)
}

type NamedCertificate = {
  readonly certificate: CertificateView
  readonly creditCode: string | null
  readonly approvalNumber: string | null
}

async function withIdentifiers(
  { db }: Registry,
  certificates: readonly CertificateView[],
): Promise<NamedCertificate[]> {
  const found = await identifiersOfCertificates(
    db,
    certificates.map(({ id }) => id),
  )
  const byId = new Map(found.map((row) => [row.id, row]))
  const unknown = { creditCode: null, approvalNumber: null }
  return certificates.map((certificate) => ({ certificate, ...(byId.get(certificate.id) ?? unknown) }))
}

type Writer = (row: NamedCertificate) => string

/** A constant of the mapping is written as it is; else our value, in the list's own word for it where there is one. */
function writerOf(column: ListColumn, source: CellSource | undefined): Writer {
  if (typeof source === 'object' && 'value' in source) return () => source.value
  const values = typeof source === 'object' ? source.values : undefined
  const words = wordsByMeaning(values ?? {})
  return (row) => {
    const ours = cells[column](row) ?? ''
    const listed = column === 'state' ? listedStateOf(row.certificate.state) : ours
    return words.get(ours) ?? words.get(listed) ?? listed
  }
}

/** Of several words for the same, the shortest, as codes are shorter than names; then the first by the alphabet. */
function wordsByMeaning(values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const ordered = Object.entries(values).sort(([a], [b]) => b.length - a.length || (a < b ? 1 : -1))
  return new Map(ordered.map(([word, ours]) => [ours, word]))
}

const listText = (entries: readonly string[]) => entries.join('；')

const cells: Readonly<Record<ListColumn, (row: NamedCertificate) => string | null>> = {
  number: ({ certificate }) => certificate.content.numberAsPrinted,
  bodyName: ({ certificate }) => certificate.content.issuingBody,
  bodyApprovalNumber: ({ approvalNumber }) => approvalNumber,
  holderName: ({ certificate }) => certificate.holderName,
  holderCreditCode: ({ creditCode }) => creditCode,
  issuedOn: ({ certificate }) => certificate.issuedOn,
  validFrom: ({ certificate }) => certificate.validFrom,
  validUntil: ({ certificate }) => certificate.validUntil,
  state: ({ certificate }) => certificate.state,
  scheme: ({ certificate }) => certificate.schemeCode,
  holderAddress: ({ certificate }) => certificate.content.client.address,
  cityCode: ({ certificate }) => certificate.cityCode,
  family: ({ certificate }) => certificate.family,
  industryCode: ({ certificate }) => certificate.industryCode,
  productName: ({ certificate }) => certificate.productName,
  models: ({ certificate }) => listText(certificate.content.product.models),
  standards: ({ certificate }) => listText(certificate.content.standards),
  requirements: ({ certificate }) => certificate.content.requirements,
  certificationMode: ({ certificate }) => certificate.content.certificationMode,
  decidedOn: ({ certificate }) => certificate.decidedOn,
}
