import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { personRoles, roles } from '../../domain/access.ts'
import { id, instant, oneOf, recordedAt } from './columns.ts'
import { members } from './members.ts'

/** People who sign in with a password. */
export const accounts = pgTable(
  'accounts',
  {
    id: id(),
    login: text('login').notNull().unique(),
    name: text('name').notNull(),
    role: text('role').notNull().$type<(typeof roles)[number]>(),
    memberId: uuid('member_id').references(() => members.id),
    passwordHash: text('password_hash').notNull(),
    disabledAt: instant('disabled_at'),
    recordedAt: recordedAt(),
  },
  (table) => [
    oneOf('accounts_role', table.role, personRoles),
    check('accounts_members_have_a_body', sql`(${table.role} = 'member') = (${table.memberId} is not null)`),
  ],
)

/** Machines: OAuth 2 clients (RFC 6749). */
export const clients = pgTable(
  'clients',
  {
    id: id(),
    name: text('name').notNull(),
    role: text('role').notNull().$type<(typeof roles)[number]>(),
    memberId: uuid('member_id').references(() => members.id),
    disabledAt: instant('disabled_at'),
    recordedAt: recordedAt(),
  },
  (table) => [
    oneOf('clients_role', table.role, roles),
    check('clients_members_have_a_body', sql`(${table.role} = 'member') = (${table.memberId} is not null)`),
    index('clients_by_name').on(table.name, table.id),
  ],
)

/** Several secrets at a time, so that they can be rotated. Only their hash is kept. */
export const clientSecrets = pgTable(
  'client_secrets',
  {
    id: id(),
    clientId: uuid('client_id')
      .notNull()
      .references(() => clients.id),
    secretSha256: text('secret_sha256').notNull(),
    recordedAt: recordedAt(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [index('client_secrets_by_client').on(table.clientId)],
)
