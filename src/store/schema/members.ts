import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { standings } from '../../domain/standing.ts'
import { changedAt, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'

/** Certification bodies (N1). Those of the opening balance (`imported`) may lack an approval number and a code (R4). */
export const members = pgTable(
  'members',
  {
    id: id(),
    /** What identifies the body when it has no approval number: scheme and spelling-proof name or code. */
    identityKey: text('identity_key').notNull().unique(),
    name: text('name').notNull(),
    nameEn: text('name_en'),
    approvalNumber: text('approval_number').unique(),
    approvalUntilOn: day('approval_until_on'),
    creditCode: text('credit_code').unique(),
    /** Why a code that fails its check was let in (R5); null for a good one. */
    creditCodeEvidence: text('credit_code_evidence'),
    origin: text('origin').notNull().$type<'registered' | 'imported'>(),
    recordedAt: recordedAt(),
    changedAt: changedAt(),
  },
  (table) => [
    oneOf('members_origin', table.origin, ['registered', 'imported']),
    check(
      'members_registered_are_identified',
      sql`${table.origin} = 'imported' or (${table.approvalNumber} is not null and ${table.creditCode} is not null)`,
    ),
    check('members_approval_number_shape', sql`${table.approvalNumber} ~ '^CNCA-(R|RF)-(19|20)[0-9]{2}-[0-9]{2,4}$'`),
    check('members_credit_code_shape', sql`${table.creditCode} ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'`),
    index('members_by_name').on(table.name, table.id),
  ],
)

/** Every name and spelling under which a body was met. */
export const memberNames = pgTable(
  'member_names',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    name: text('name').notNull(),
    fromOn: day('from_on'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [unique('member_names_once').on(table.memberId, table.name)],
)

/** Every approval number that a body has had: a renumbered approval stays findable (N1). The first comes by a trigger. */
export const memberApprovalNumbers = pgTable(
  'member_approval_numbers',
  {
    approvalNumber: text('approval_number').primaryKey(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    /** The day from which it holds; null for the one it was registered with. */
    fromOn: day('from_on'),
    recordedAt: recordedAt(),
  },
  (table) => [index('member_approval_numbers_by_member').on(table.memberId)],
)

/** That a body was merged into another: who goes on for it (N1). */
export const memberMergers = pgTable(
  'member_mergers',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    intoMemberId: uuid('into_member_id')
      .notNull()
      .references(() => members.id),
    mergedOn: day('merged_on').notNull(),
    document: text('document').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    /** Recorded wrongly: it counts no more, and stays. */
    annulledAt: instant('annulled_at'),
    annulledGround: text('annulled_ground'),
  },
  (table) => [
    uniqueIndex('member_mergers_one').on(table.memberId).where(sql`${table.annulledAt} is null`),
    check('member_mergers_annulled_whole', sql`(${table.annulledAt} is null) = (${table.annulledGround} is null)`),
    check('member_mergers_never_into_itself', sql`${table.memberId} <> ${table.intoMemberId}`),
    index('member_mergers_by_successor').on(table.intoMemberId),
  ],
)

export const memberStandings = pgTable(
  'member_standings',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    standing: text('standing').notNull().$type<(typeof standings)[number]>(),
    fromOn: day('from_on').notNull(),
    reason: text('reason').notNull(),
    decidedBy: text('decided_by').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    supersededAt: instant('superseded_at'),
    /** The measure that led to it (R8); null for an admission and for what was before. Its foreign key is in 0010. */
    measureId: uuid('measure_id'),
  },
  (table) => [
    oneOf('member_standings_standing', table.standing, standings),
    uniqueIndex('member_standings_one_a_day')
      .on(table.memberId, table.fromOn)
      .where(sql`${table.supersededAt} is null`),
  ],
)

export const memberScopes = pgTable(
  'member_scopes',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    family: text('family').notNull(),
    industryCode: text('industry_code'),
    description: text('description').notNull(),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    check('member_scopes_span', sql`${table.untilOn} is null or ${table.untilOn} >= ${table.fromOn}`),
    index('member_scopes_by_member').on(table.memberId),
  ],
)

/** Branches and centres that do the work. */
export const executingUnits = pgTable(
  'executing_units',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    name: text('name').notNull(),
    creditCode: text('credit_code'),
    cityCode: text('city_code'),
    address: text('address'),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    unique('executing_units_once').on(table.memberId, table.name, table.fromOn),
    check('executing_units_span', sql`${table.untilOn} is null or ${table.untilOn} >= ${table.fromOn}`),
  ],
)

export const memberContacts = pgTable(
  'member_contacts',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    name: text('name').notNull(),
    duty: text('duty'),
    phone: text('phone'),
    email: text('email'),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on'),
    order: integer('order').notNull().default(0),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [index('member_contacts_by_member').on(table.memberId)],
)
