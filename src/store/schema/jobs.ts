import { integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant, oneOf } from './columns.ts'

/** A fire of a job runs once, however many processes there are: the first to write its row has it. */
export const jobRuns = pgTable(
  'job_runs',
  {
    name: text('name').notNull(),
    fireAt: instant('fire_at').notNull(),
    cause: text('cause').notNull().$type<'schedule' | 'hand'>(),
    attempts: integer('attempts').notNull(),
    /** Of the attempt that has it: whoever lost it meanwhile settles nothing. */
    claim: uuid('claim').notNull(),
    /** Past this, a run that is not finished was lost with its process, and a failed one may be tried again. */
    claimedUntil: instant('claimed_until').notNull(),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
    outcome: text('outcome').$type<'done' | 'failed'>(),
    counts: jsonb('counts').$type<Record<string, number>>(),
    error: text('error'),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.fireAt] }),
    oneOf('job_runs_cause', table.cause, ['schedule', 'hand']),
    oneOf('job_runs_outcome', table.outcome, ['done', 'failed']),
  ],
)
