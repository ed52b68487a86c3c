import { z } from 'zod'
import { certificateStates } from '../../domain/certificate.ts'
import { checkCertificateNumber } from '../../domain/certificate-number.ts'
import { addDays } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { eventsOfCertificate, findCertificate, findRenewalOf, versionsOfCertificate } from '../../store/certificates.ts'
import { historyOf } from '../../store/events.ts'
import {
  type CertificateColumn,
  type CertificateFilter,
  certificateColumnNames,
  certificateWriter,
  countCertificates,
  listCertificates,
  type WrittenCertificate,
} from '../../store/lists/certificates.ts'
import type { Total } from '../../store/lists/totals.ts'
import { obligationsOf } from '../../store/obligations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { certificateNumberInput, cityInput, codeInput, dayInput, familyInput, idInput } from '../inputs.ts'
import { obligationView } from '../obligations/obligation-view.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import {
  asNamed,
  derivedParts,
  insideOf,
  itemOf,
  type KeysetPage,
  pageInput,
  pageOf,
  positionOf,
  runsOf,
  type WrittenItem,
  type WrittenPart,
} from '../pages.ts'
import { type CertificateStanding, type CertificateView, certificateView, standingOf } from './certificate-view.ts'

export const certificatesQuery = z.strictObject({
  ...pageInput,
  on: dayInput.optional().meta({ description: 'The day the question is asked for; today where absent.' }),
  state: z.enum(certificateStates).optional().meta({ description: 'State on that day, derived from facts (R4).' }),
  expiringWithinDays: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_660)
    .optional()
    .meta({ description: 'Valid or suspended on that day, and ending within so many days.' }),
  memberId: idInput.optional(),
  enterpriseId: idInput.optional(),
  scheme: codeInput(64).optional(),
  number: certificateNumberInput.optional(),
  cityCode: cityInput.optional(),
  family: familyInput.optional(),
})

export type CertificatesQuery = z.infer<typeof certificatesQuery>

/** Certificates by their last day, with the state on the day asked for (R4). A member sees its own. @throws Refusal */
export async function readCertificates(
  registry: Registry,
  context: Context,
  query: CertificatesQuery,
): Promise<KeysetPage<CertificateView>> {
  const filter = filterOf(context, query)
  const rows = await listCertificates(registry.lists, filter)
  const placeOf = ({ certificate }: (typeof rows)[number]) => ({ value: certificate.validUntil, id: certificate.id })
  return pageOf('certificates', rows, query.limit, placeOf, (row) => certificateView(row, filter.on))
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedCertificates(
  registry: Registry,
  context: Context,
  query: CertificatesQuery,
): Promise<Total> {
  return countCertificates(registry.lists, filterOf(context, query))
}

/** What of a certificate is a column. */
export const certificateColumns: readonly CertificateColumn[] = certificateColumnNames

/** What is derived of a certificate for a day; its content comes along where it is to be taken apart. */
export type CertificateDerived = CertificateStanding & Pick<WrittenCertificate['facts'], 'content'>
export type CertificatePart = WrittenPart<CertificateColumn, CertificateDerived>

/** The same page as JSON, in these parts: a way of writing that is made once and used for ever. */
export function certificatesWriter(parts: readonly CertificatePart[], isContentRead: boolean) {
  const write = certificateWriter(runsOf(parts), isContentRead)
  return async (registry: Registry, context: Context, query: CertificatesQuery): Promise<KeysetPage<WrittenItem>> => {
    const filter = filterOf(context, query)
    const rows = await write(registry.lists, filter)
    const placeOf = ({ facts: { validUntil, id } }: WrittenCertificate) => ({ value: validUntil, id })
    return pageOf('certificates', rows, query.limit, placeOf, ({ runs, facts }) => {
      const derived = { ...standingOf(facts, filter.on), content: facts.content }
      return itemOf(parts, runs, derivedParts(parts, derived))
    })
  }
}

/** With everything that a certificate has. @throws Refusal */
export const writeCertificatesPage = certificatesWriter(
  [
    { columns: asNamed(certificateColumnNames) },
    { derive: ({ state, suspensions, actionsAllowed }) => insideOf({ state, suspensions, actionsAllowed }) },
  ],
  false,
)

/** @throws Refusal */
function filterOf(context: Context, query: CertificatesQuery): CertificateFilter {
  const on = query.on ?? context.today
  const number = query.number === undefined ? undefined : checkCertificateNumber(query.number)
  return {
    memberId: ownOr(confinedTo(context, 'certificates.read'), query.memberId),
    after: positionOf('certificates', 'day', query.cursor),
    limit: query.limit,
    on,
    enterpriseId: query.enterpriseId,
    schemeCode: query.scheme,
    number: number?.ok ? number.number : undefined,
    cityCode: query.cityCode,
    family: query.family,
    state: query.state,
    expiringUntil: query.expiringWithinDays === undefined ? undefined : addDays(on, query.expiringWithinDays),
  }
}

/** One certificate with its events, earlier versions, links, obligations and history. @throws Refusal */
export async function readCertificate(registry: Registry, context: Context, id: string, on = context.today) {
  const own = confinedTo(context, 'certificates.read')
  const found = await findCertificate(registry.db, id)
  if (!found || (own !== null && found.certificate.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['证书', 'certificate'] } })
  const { db } = registry
  const rulebook = await registry.rulebooks.current(db)
  const [events, versions, renewal, obligations, history] = await Promise.all([
    eventsOfCertificate(db, id),
    versionsOfCertificate(db, id),
    findRenewalOf(db, id),
    obligationsOf(db, { certificateId: id }),
    historyOf(db, 'certificate', id),
  ])
  return {
    ...certificateView(found, on),
    renewedById: renewal?.id ?? null,
    events,
    earlierVersions: versions,
    obligations: obligations.map((obligation) => obligationView(obligation, rulebook, on)),
    history,
  }
}
