import { sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { CertificateLine, ChangeLine } from '../../domain/report/content.ts'
import type { ReportSet } from '../../domain/report/figure.ts'
import type { Db } from '../database.ts'
import { asKnownAt } from '../known-at.ts'
import { certificateEvents, certificates, suspensions } from '../schema/certificates.ts'
import { members } from '../schema/members.ts'
import { obligations } from '../schema/obligations.ts'
import { results } from '../schema/results.ts'
import { type AskedReport, reportRows } from './rows.ts'

/** What the annexes list, as it was known (R4a, R10). More rows than a sheet of a workbook holds are refused elsewhere. */
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
    with listed as materialized (select counted.*, case row_kind when 'certificate' then row_id
        else (select r.certificate_id from ${results} r where r.root_id = row_id and r.revision = 1) end as certificate_id
      from (select row_kind, row_id, family, region, on_day from (${reportRows(asked, [set])}) rows
        where figure_set = ${set} and ${windowed}) counted)
    select c.id, c.holder_name as enterprise, c.product_name as product, c.number, m.name as member,
      l.family, l.region, l.on_day as "onDay", c.valid_until as "validUntil"
    from listed l
    join ${asKnownAt(certificates, asked.knownAt)} c on c.id = l.certificate_id
    join ${asKnownAt(members, asked.knownAt)} m on m.id = c.member_id
    order by ${set === 'certified' ? sql`l.region, c.holder_name, c.product_name, c.number, c.id` : sql`c.valid_until, m.name, c.number, c.id`}
    limit ${annexRowsMax}`)
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
  'report_late',
  'report_overdue',
  'feedback_late',
  'feedback_overdue',
  'monthly_late',
  'monthly_overdue',
  'status_report_late',
  'status_report_overdue',
]

/** Late and overdue reports of the period. */
export async function lapseLines(db: Db, asked: AskedReport): Promise<LapseFact[]> {
  return db.execute<LapseFact>(sql`
    select o.id, o.member_id as "memberId", m.name as member, o.duty, o.subject, o.event_on as "eventOn", o.due_on as "dueOn",
      case when o.met_on <= ${asked.spans.cutOffOn}::date then o.met_on end as "metOn"
    from (select row_id from (${reportRows(asked, lapseSets)}) counted
      where figure_set = any(${sql.param([...lapseSets])}::text[]) and ${inPeriod(asked)}) l
    join ${asKnownAt(obligations, asked.knownAt)} o on o.id = l.row_id
    join ${asKnownAt(members, asked.knownAt)} m on m.id = o.member_id
    order by m.name, o.due_on, o.id
    limit ${annexRowsMax}`)
}

const changeSets: readonly ReportSet[] = [
  'suspended',
  'reinstated',
  'restricted',
  'amended',
  'withdrawn',
  'cancelled',
  'transferred',
]

/** What happened to certificates in the period. */
export async function changeLines(db: Db, asked: AskedReport): Promise<(ChangeLine & { change: ReportSet })[]> {
  return db.execute<ChangeLine & { change: ReportSet }>(sql`
    with listed as materialized (select counted.*, case row_kind when 'certificate' then row_id
        when 'suspension' then (select s.certificate_id from ${suspensions} s where s.id = row_id)
        else (select v.certificate_id from ${certificateEvents} v where v.id = row_id) end as certificate_id
      from (select figure_set, row_kind, row_id, detail, on_day from (${reportRows(asked, changeSets)}) rows
        where figure_set = any(${sql.param([...changeSets])}::text[]) and ${inPeriod(asked)}) counted)
    select l.row_id as id, c.holder_name as enterprise, c.product_name as product, c.number, m.name as member,
      l.figure_set as change, l.detail as reason, l.on_day as "onDay"
    from listed l
    join ${asKnownAt(certificates, asked.knownAt)} c on c.id = l.certificate_id
    join ${asKnownAt(members, asked.knownAt)} m on m.id = c.member_id
    order by l.on_day, m.name, c.number, l.figure_set, l.row_id
    limit ${annexRowsMax}`)
}
