import DataLoader from 'dataloader'
import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Listing } from '../domain/announcement.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { StandingFact } from '../domain/standing.ts'
import { listingsAsJson } from './announcements.ts'
import type { SuspensionFact } from './certificates.ts'
import type { Db } from './database.ts'
import { keptSelect } from './kept-queries.ts'
import { suspensionsAsJson } from './lists/certificates.ts'
import { literal } from './lists/paging.ts'
import { certificates } from './schema/certificates.ts'
import { members } from './schema/members.ts'

/**
 * Certificates that bear a number or bore it before a correction; at most 100 (numbers may repeat across members, R4).
 * @param number normalised, so that no number can make the statement fail that it shares with others
 */
export function certificatesToVerify(db: Db, filter: VerificationFilter): Promise<readonly CertificateToVerify[]> {
  if (filter.memberId !== undefined || filter.approvalNumber !== undefined) return selectToVerify(db, filter)
  const loader = loaders.get(db) ?? loaderFor(db)
  loaders.set(db, loader)
  return loader.load(filter.number)
}

const loaders = new WeakMap<Db, DataLoader<string, readonly CertificateToVerify[]>>()

/** Strangers who ask at the same moment share a statement; nothing is kept, and each number has its own 100 rows. */
function loaderFor(db: Db): DataLoader<string, readonly CertificateToVerify[]> {
  return new DataLoader((numbers) => certificatesOfNumbers(db, numbers), {
    cache: false,
    maxBatchSize: 50,
    batchScheduleFn: (ask) => void setImmediate(ask),
  })
}

type Found = CertificateToVerify & { readonly at: number }

async function certificatesOfNumbers(db: Db, numbers: readonly string[]): Promise<CertificateToVerify[][]> {
  const asked = JSON.stringify(numbers.map((number, at) => ({ at, number })))
  const rows = await db.execute<Found>(sql`
    select asked.at, found.* from json_to_recordset(${asked}::json) as asked(at int, number text), lateral (
      select ${columnsToVerify()}
      from certificates join members on members.id = certificates.member_id
      where certificates.id in (select c.id from certificates c where c.number = asked.number
        union all select v.certificate_id from certificate_versions v where v.number = asked.number)
      order by certificates.valid_until desc, certificates.id limit 100) as found
`)
  const answers: CertificateToVerify[][] = numbers.map(() => [])
  for (const { at, ...row } of rows) answers[at]?.push(row)
  return answers
}

type VerificationFilter = {
  readonly number: string
  readonly memberId: string | undefined
  readonly approvalNumber: string | undefined
}

const toVerify = {
  number: certificates.number,
  numberAsPrinted: sql`${certificates.content} ->> 'numberAsPrinted'`,
  schemeCode: certificates.schemeCode,
  holderName: certificates.holderName,
  productName: certificates.productName,
  validFrom: certificates.validFrom,
  validUntil: certificates.validUntil,
  endedOn: certificates.endedOn,
  endedAs: certificates.endedAs,
  endedReason: certificates.endedReason,
  suspensions: suspensionsAsJson,
  listings: listingsAsJson(sql`certificates.id`, sql`certificates.transferred_from_id`),
  memberName: members.name,
  memberApprovalNumber: members.approvalNumber,
  approvalRevokedOn: sql`(select r.revoked_on::text from approval_revocations r
    where r.member_id = members.id and r.lifted_at is null)`,
  successor: sql`(select json_build_object('name', i.name, 'approvalNumber', i.approval_number, 'mergedOn', g.merged_on)
    from member_mergers g join members i on i.id = g.into_member_id
    where g.member_id = members.id and g.annulled_at is null)`,
  standings: sql`coalesce((select json_agg(json_build_object('standing', s.standing, 'fromOn', s.from_on) order by s.from_on)
    from member_standings s where s.member_id = members.id and s.superseded_at is null), '[]')`,
}

/** The same columns for a statement written by hand. */
function columnsToVerify(): SQL {
  const columns = Object.entries(toVerify).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`)
  return sql.join(columns, sql`, `)
}

export type CertificateToVerify = Pick<
  typeof certificates.$inferSelect,
  | 'number'
  | 'schemeCode'
  | 'holderName'
  | 'productName'
  | 'validFrom'
  | 'validUntil'
  | 'endedOn'
  | 'endedAs'
  | 'endedReason'
> & {
  readonly numberAsPrinted: string
  readonly suspensions: readonly SuspensionFact[]
  /** Where it was announced, the first first. */
  readonly listings: readonly Listing[]
  readonly memberName: string
  readonly memberApprovalNumber: string | null
  readonly approvalRevokedOn: PlainDate | null
  /** The body that it was merged into. */
  readonly successor: {
    readonly name: string
    readonly approvalNumber: string | null
    readonly mergedOn: PlainDate
  } | null
  readonly standings: readonly StandingFact[]
}

/** Asked alone: the member is whatever a stranger typed. */
const selectToVerify = keptSelect<CertificateToVerify, VerificationFilter>(toVerify, [], (db, filter) =>
  db
    .select(toVerify)
    .from(certificates)
    .innerJoin(members, eq(members.id, certificates.memberId))
    .where(
      and(
        // Not `or`, which would walk along every certificate.
        sql`${certificates.id} in (select c.id from certificates c where c.number = ${filter.number}
          union all select v.certificate_id from certificate_versions v where v.number = ${filter.number})`,
        filter.memberId === undefined ? undefined : eq(certificates.memberId, filter.memberId),
        filter.approvalNumber === undefined
          ? undefined
          : sql`${members.id} in (select n.member_id from member_approval_numbers n
              where n.approval_number = ${filter.approvalNumber})`,
      ),
    )
    .orderBy(desc(certificates.validUntil), asc(certificates.id))
    .limit(literal(100)),
)
