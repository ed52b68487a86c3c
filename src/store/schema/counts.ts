import { integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { day, oneOf } from './columns.ts'

/**
 * Counts that triggers keep in the transaction that writes the fact, however it is written; nobody else writes them,
 * the service's role can't. Each fact counts twice, under its day and under the first day of its month, so that a span
 * of days is a few whole months and the days at its ends. A writer takes a slot that no other transaction holds, so that
 * writers of one member never wait for each other; a reader sums the slots. One slot may stand below nought.
 */
// Without a reference: the counted fact has it already, and each new row would pay for it once more.
const keptFor = () => uuid('member_id').notNull()
const span = () => text('span').notNull().$type<'day' | 'month'>()
const slot = () => smallint('slot').notNull()
const number = (name: string) => integer(name).notNull()

/** Certificates that were not ended, by their last day; and those of them with a suspension that was not lifted. */
export const certificateCounts = pgTable(
  'certificate_counts',
  {
    memberId: keptFor(),
    span: span(),
    endsOn: day('ends_on').notNull(),
    slot: slot(),
    certificates: number('certificates'),
    suspended: number('suspended'),
  },
  (table) => [
    primaryKey({ name: 'certificate_counts_key', columns: [table.memberId, table.span, table.endsOn, table.slot] }),
    oneOf('certificate_counts_span', table.span, ['day', 'month']),
  ],
)

/** Obligations by duty, version of the rule (it says what is due soon) and due day. */
export const obligationCounts = pgTable(
  'obligation_counts',
  {
    memberId: keptFor(),
    span: span(),
    dueOn: day('due_on').notNull(),
    duty: text('duty').notNull(),
    ruleVersion: integer('rule_version').notNull(),
    slot: slot(),
    due: number('due'),
    metOnTime: number('met_on_time'),
    metLate: number('met_late'),
    waived: number('waived'),
    /** Of those met or waived or open alike: the regulator contests the receipt (R9). */
    contested: number('contested'),
  },
  (table) => [
    primaryKey({
      name: 'obligation_counts_key',
      columns: [table.memberId, table.span, table.dueOn, table.duty, table.ruleVersion, table.slot],
    }),
    oneOf('obligation_counts_span', table.span, ['day', 'month']),
  ],
)

/** Current revisions of results by the month of the day that counts (R2); no result is decided in the future. */
export const resultCounts = pgTable(
  'result_counts',
  {
    memberId: keptFor(),
    decidedMonth: day('decided_month').notNull(),
    slot: slot(),
    results: number('results'),
  },
  (table) => [primaryKey({ name: 'result_counts_key', columns: [table.memberId, table.decidedMonth, table.slot] })],
)
