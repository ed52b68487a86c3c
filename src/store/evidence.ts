import { and, asc, desc, eq, getTableColumns, isNull, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { evidencedDuties } from '../domain/obligation.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { caseAttachments, conductCases, findings } from './schema/conduct.ts'
import { explanations } from './schema/explanations.ts'
import { notices } from './schema/notices.ts'
import { obligations, receipts } from './schema/obligations.ts'
import { evidencePacks } from './schema/referrals.ts'

export type LapsesAsked = {
  readonly memberId: string
  readonly from: PlainDate | null
  readonly until: PlainDate
  readonly on: PlainDate
  readonly except: string | null
  readonly limit: number
}

/** Reports of a body that are overdue on the day or were met late, by due day, the latest first; and how many in all. */
export async function lapsesOf(db: Db, asked: LapsesAsked) {
  const where = isLapse(asked)
  const rows = await db
    .select()
    .from(obligations)
    .where(where)
    .orderBy(desc(obligations.dueOn), desc(obligations.id))
    .limit(asked.limit)
  const [counted] = await db.select({ count: sql<number>`count(*)::int` }).from(obligations).where(where)
  return { rows, count: counted?.count ?? 0 }
}

function isLapse({ memberId, from, until, on, except }: LapsesAsked): SQL | undefined {
  return and(
    eq(obligations.memberId, memberId),
    lte(obligations.dueOn, until),
    from === null ? undefined : sql`${obligations.dueOn} >= ${from}`,
    except === null ? undefined : ne(obligations.id, except),
    sql`${obligations.duty} = any(${sql.param([...evidencedDuties])}::text[])`,
    isNull(obligations.waivedOn),
    or(
      sql`${obligations.metOn} > ${obligations.dueOn}`,
      and(isNull(obligations.metOn), sql`${obligations.dueOn} < ${on}`),
    ),
  )
}

const { id, obligationId, stage, onDay, audiences, subjectZh, subjectEn, recordedAt } = notices
const noticeSaid = { id, obligationId, stage, onDay, audiences, subjectZh, subjectEn, recordedAt }
export type NoticeSaid = Pick<typeof notices.$inferSelect, keyof typeof noticeSaid>

/** What was said, received and explained about several obligations, oldest first. */
export async function saidAbout(db: Db, ids: readonly string[]) {
  const among = (column: SQL) => sql`${column} = any(${sql.param([...ids])}::uuid[])`
  const [said, received, explained] = await Promise.all([
    db
      .select(noticeSaid)
      .from(notices)
      .where(among(sql`${notices.obligationId}`))
      .orderBy(notices.id),
    db
      .select()
      .from(receipts)
      .where(among(sql`${receipts.obligationId}`))
      .orderBy(receipts.recordedAt, receipts.id),
    db
      .select()
      .from(explanations)
      .where(among(sql`${explanations.obligationId}`))
      .orderBy(explanations.recordedAt, explanations.id),
  ])
  return { said, received, explained }
}

export type FindingsAsked = {
  readonly memberId: string
  readonly from: PlainDate
  readonly until: PlainDate
  /** The one that comes first, whenever it was made. */
  readonly first: string | null
  readonly limit: number
}

/** Findings of a body that stand, with their cases and the hashes of what is attached to those, the latest first; how many in all. */
export async function findingsTold(db: Db, { memberId, from, until, first, limit }: FindingsAsked) {
  const where = and(
    eq(findings.memberId, memberId),
    isNull(findings.annulledOn),
    sql`${findings.foundOn} between ${from} and ${until}`,
  )
  const { id, kind, grade, foundOn, words } = findings
  const attachments = sql<{ id: string; sha256: string }[]>`coalesce((
    select json_agg(json_build_object('id', a.id, 'sha256', a.sha256) order by a.id) from ${caseAttachments} a
    where a.case_id = ${findings}.case_id), '[]')`
  const rows = await db
    .select({ id, kind, grade, source: conductCases.source, foundOn, words, reply: conductCases.reply, attachments })
    .from(findings)
    .innerJoin(conductCases, eq(conductCases.id, findings.caseId))
    .where(where)
    .orderBy(desc(sql`${findings.id} is not distinct from ${first}::uuid`), desc(findings.foundOn), desc(findings.id))
    .limit(limit)
  return { rows, count: await db.$count(findings, where) }
}

// ---- Packs that were handed out

export type KeptPack = typeof evidencePacks.$inferSelect
export type KeptPackHead = Omit<KeptPack, 'pack'>

const { pack: ___, ...packHead } = getTableColumns(evidencePacks)

export async function insertPack(tx: Db, row: typeof evidencePacks.$inferInsert): Promise<KeptPackHead> {
  const [inserted] = await tx.insert(evidencePacks).values(row).returning(packHead)
  if (!inserted) throw new Error('a pack was not written')
  return inserted
}

export async function findPack(db: Db, id: string): Promise<KeptPack | undefined> {
  const [found] = await db.select().from(evidencePacks).where(eq(evidencePacks.id, id)).limit(1)
  return found
}

export type PackFilter = Paged & { readonly memberId: string | undefined; readonly sha256: string | undefined }

/** Packs by the day on which they were made, without their content. */
export async function listPacks(db: Db, { after, limit, memberId, sha256 }: PackFilter): Promise<KeptPackHead[]> {
  const { madeOn, id } = evidencePacks
  return db
    .select(packHead)
    .from(evidencePacks)
    .where(
      and(
        memberId === undefined ? undefined : eq(evidencePacks.memberId, memberId),
        sha256 === undefined ? undefined : eq(evidencePacks.sha256, sha256),
        after ? sql`(${madeOn}, ${id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
      ),
    )
    .orderBy(asc(madeOn), asc(id))
    .limit(rowsToRead(limit))
}
