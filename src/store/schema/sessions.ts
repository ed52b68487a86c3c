import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { sessionEndings } from '../../domain/session.ts'
import { accounts } from './accounts.ts'
import { id, instant, oneOf } from './columns.ts'

/** Where people are signed in. Whether one is over is derived: ended, or not used until it lapsed. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    userAgent: text('user_agent'),
    address: text('address').notNull(),
    startedAt: instant('started_at').notNull(),
    lastUsedAt: instant('last_used_at').notNull(),
    lapsesAt: instant('lapses_at').notNull(),
    endedAt: instant('ended_at'),
    endedReason: text('ended_reason').$type<(typeof sessionEndings)[number]>(),
  },
  (table) => [
    oneOf('sessions_ended_reason', table.endedReason, sessionEndings),
    check('sessions_end_for_a_reason', sql`(${table.endedAt} is null) = (${table.endedReason} is null)`),
    index('sessions_by_account').on(table.accountId, table.id).where(sql`${table.endedAt} is null`),
    index('sessions_of_account').on(table.accountId, table.id),
    index('sessions_by_lapse').on(table.lapsesAt),
  ],
)

/** Kept as hashes, the used ones too: one that comes a second time tells of a theft. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    sha256: text('sha256').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id),
    issuedAt: instant('issued_at').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [
    index('refresh_tokens_by_session').on(table.sessionId),
    index('refresh_tokens_by_use').on(table.usedAt).where(sql`${table.usedAt} is not null`),
  ],
)

/** Failed sign-ins in a row, known and unknown logins alike, for as long as they have an effect. */
export const signInFailures = pgTable(
  'sign_in_failures',
  {
    loginSha256: text('login_sha256').notNull(),
    addressSha256: text('address_sha256').notNull(),
    /** Null where a version before networks were told apart wrote it. */
    networkSha256: text('network_sha256'),
    count: integer('count').notNull(),
    lastAt: instant('last_at').notNull(),
  },
  (table) => [
    primaryKey({ name: 'sign_in_failures_pair', columns: [table.loginSha256, table.addressSha256] }),
    index('sign_in_failures_by_age').on(table.lastAt),
    index('sign_in_failures_by_address').on(table.addressSha256),
  ],
)
