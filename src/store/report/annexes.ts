import { sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { CertificateLine, ChangeLine } from '../../domain/report/content.ts'
import type { ReportSet } from '../../domain/report/figure.ts'
import type { Db } from '../database.ts'
import { rowAsKnownAt } from '../known-at.ts'
import { members } from '../schema/members.ts'
import { obligations } from '../schema/obligations.ts'
import { type AskedReport, reportRows } from './rows.ts'

/**
 * What the annexes list, as it was known (R4a, R10). One row more than a sheet of a workbook holds is read, to be refused.
 * In an order that is the same on every database: their hashes are over the rows in it. Bodies and obligations are looked
 * up by their ids: how many lines there are no estimate tells, and a plan for few takes minutes where there are many.
 */
export const annexRowsMax = 1_000_000

const inPeriod = ({ spans }: AskedReport) => sql`on_day between ${spans.from}::date and ${spans.cutOffOn}::date`

/** Certified in the period, or expiring in the year that follows. */
export async function certificateLines(
  db: Db,
  asked: AskedReport,
  set: 'certified' | 'expiring',
): Promise<CertificateLine[]> {
  const windowed = set === 'certified' ? inPeriod(asked) : sql`true`
  return db.execute<CertificateLine>(sql`
    select l.certificate_id as id, l.holder_name as enterprise, l.product_name as product, l.number, m.name as member,
      l.family, l.region, l.on_day as "onDay", l.valid_until as "validUntil"
    from (${reportRows(asked, [set])}) l
    join lateral ${rowAsKnownAt(members, sql`l.member_id`, asked.knownAt)} m on true
    where l.figure_set = ${set} and ${windowed}
    order by ${set === 'certified' ? sql`l.region, l.holder_name collate "C", l.product_name collate "C", l.number collate "C", l.certificate_id` : sql`l.valid_until, m.name collate "C", l.number collate "C", l.certificate_id`}
    limit ${annexRowsMax + 1}`)
}

export type LapseFact = {
  readonly id: string
  readonly memberId: string
  readonly member: string
  readonly duty: string
  readonly subject: string
  readonly eventOn: PlainDate
  readonly dueOn: PlainDate
  readonly metOn: PlainDate | null
}

const lapseSets: readonly ReportSet[] = [
  'outcome_late',
  'outcome_overdue',
  'report_late',
  'report_overdue',
  'feedback_late',
  'feedback_overdue',
  'monthly_late',
  'monthly_overdue',
  'status_report_late',
  'status_report_overdue',
  'surveillance_late',
  'surveillance_overdue',
]

/** Late and overdue reports of the period. */
export async function lapseLines(db: Db, asked: AskedReport): Promise<LapseFact[]> {
  return db.execute<LapseFact>(sql`
    select o.id, o.member_id as "memberId", m.name as member, o.duty, o.subject, o.event_on as "eventOn", o.due_on as "dueOn",
      case when o.met_on <= ${asked.spans.cutOffOn}::date then o.met_on end as "metOn"
    from (select row_id from (${reportRows(asked, lapseSets)}) counted
      where figure_set = any(${sql.param([...lapseSets])}::text[]) and ${inPeriod(asked)}) l
    join lateral ${rowAsKnownAt(obligations, sql`l.row_id`, asked.knownAt)} o on true
    join lateral ${rowAsKnownAt(members, sql`o.member_id`, asked.knownAt)} m on true
    order by m.name collate "C", o.due_on, o.id
    limit ${annexRowsMax + 1}`)
}

const changeSets: readonly ReportSet[] = [
  'suspended',
  'reinstated',
  'restricted',
  'amended',
  'withdrawn',
  'cancelled',
  'transferred',
  'expired',
  'supplemented',
]

/** What happened to certificates in the period. */
export async function changeLines(db: Db, asked: AskedReport): Promise<(ChangeLine & { change: ReportSet })[]> {
  return db.execute<ChangeLine & { change: ReportSet }>(sql`
    select l.row_id as id, l.holder_name as enterprise, l.product_name as product, l.number, m.name as member,
      l.figure_set as change, l.detail as reason, l.on_day as "onDay"
    from (${reportRows(asked, changeSets)}) l
    join lateral ${rowAsKnownAt(members, sql`l.member_id`, asked.knownAt)} m on true
    where l.figure_set = any(${sql.param([...changeSets])}::text[]) and ${inPeriod(asked)}
    order by l.on_day, m.name collate "C", l.number collate "C", l.figure_set collate "C", l.row_id
    limit ${annexRowsMax + 1}`)
}
