import { sql } from 'drizzle-orm'
import {
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { conflictKinds } from '../../domain/eligibility.ts'
import type { LineGround, ShareOfMember } from '../../domain/proposal-line.ts'
import { assignments } from './assignments.ts'
import { bytes, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { enterprises } from './enterprises.ts'
import { members } from './members.ts'
import { schemes } from './schemes.ts'

/** Declared conflicts of interest between a body and a firm (R7). Ended by a row that supersedes. */
export const conflicts = pgTable(
  'conflicts_of_interest',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    enterpriseId: uuid('enterprise_id')
      .notNull()
      .references(() => enterprises.id),
    kind: text('kind').notNull().$type<(typeof conflictKinds)[number]>(),
    note: text('note'),
    declaredBy: text('declared_by').notNull(),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    oneOf('conflicts_of_interest_kind', table.kind, conflictKinds),
    check('conflicts_of_interest_span', sql`${table.untilOn} is null or ${table.untilOn} >= ${table.fromOn}`),
    index('conflicts_of_interest_by_enterprise').on(table.enterpriseId).where(sql`${table.supersededAt} is null`),
    index('conflicts_of_interest_by_day').on(table.fromOn, table.id).where(sql`${table.supersededAt} is null`),
    index('conflicts_of_interest_by_member')
      .on(table.memberId, table.fromOn, table.id)
      .where(sql`${table.supersededAt} is null`),
  ],
)

/** How many cases of the secretariat a body takes in a year; `family` null for all together (R7). */
export const capacities = pgTable(
  'member_capacities',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    year: integer('year').notNull(),
    family: text('family'),
    cases: integer('cases').notNull(),
    statedBy: text('stated_by').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    check('member_capacities_cases', sql`${table.cases} >= 0`),
    uniqueIndex('member_capacities_current')
      .on(table.memberId, table.year, sql`coalesce(${table.family}, '')`)
      .where(sql`${table.supersededAt} is null`),
    index('member_capacities_by_year').on(table.year, table.id).where(sql`${table.supersededAt} is null`),
  ],
)

/** A list of cases that is given out together: the cultivation list (N3, N11). */
export const assignmentBatches = pgTable(
  'assignment_batches',
  {
    id: id(),
    name: text('name').notNull(),
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    recordedOn: day('recorded_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [index('assignment_batches_by_day').on(table.recordedOn, table.id)],
)

export const batchCases = pgTable(
  'batch_cases',
  {
    id: id(),
    batchId: uuid('batch_id')
      .notNull()
      .references(() => assignmentBatches.id),
    /** Its place in the list as it was sent. */
    place: integer('place').notNull(),
    enterpriseId: uuid('enterprise_id')
      .notNull()
      .references(() => enterprises.id),
    kind: text('kind').notNull().$type<'product' | 'service'>(),
    productName: text('product_name').notNull(),
    family: text('family').notNull(),
    industryCode: text('industry_code'),
    standards: text('standards').array().notNull(),
    cityCode: text('city_code'),
    /** The firm's own choice, which is never overridden (R7). */
    chosenMemberId: uuid('chosen_member_id').references(() => members.id),
    choiceProof: text('choice_proof'),
    /** The declined assignment that the case comes from, when it went back to the desk. */
    replacesId: uuid('replaces_id').references(() => assignments.id),
  },
  (table) => [
    oneOf('batch_cases_kind', table.kind, ['product', 'service']),
    check('batch_cases_choice_is_proven', sql`(${table.chosenMemberId} is null) = (${table.choiceProof} is null)`),
    unique('batch_cases_place').on(table.batchId, table.place),
    unique('batch_cases_once').on(table.batchId, table.enterpriseId, table.productName),
  ],
)

/** Who would be given what: solved once, kept as it was (N3). */
export const batchProposals = pgTable(
  'batch_proposals',
  {
    id: id(),
    batchId: uuid('batch_id')
      .notNull()
      .references(() => assignmentBatches.id),
    /** The first proposal of a batch is 1. */
    number: integer('number').notNull(),
    /** The day for which eligibility and shares were taken. */
    onDay: day('on_day').notNull(),
    seed: text('seed').notNull(),
    inputHash: text('input_hash').notNull(),
    solver: text('solver').notNull(),
    status: text('status').notNull(),
    gap: doublePrecision('gap').notNull(),
    cases: integer('cases').notNull(),
    placed: integer('placed').notNull(),
    largestDeviation: doublePrecision('largest_deviation').notNull(),
    kilometres: integer('kilometres').notNull(),
    /** Cases whose distance is not known; each counts as far as can be. */
    distanceUnknown: integer('distance_unknown').notNull(),
    shares: jsonb('shares').notNull().$type<readonly ShareOfMember[]>(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [unique('batch_proposals_number').on(table.batchId, table.number)],
)

/** What a proposal was reckoned from, to the byte of its hash: whoever has it can repeat the plan (N3). */
export const proposalInputs = pgTable('proposal_inputs', {
  proposalId: uuid('proposal_id')
    .primaryKey()
    .references(() => batchProposals.id),
  /** JSON, packed with gzip. */
  content: bytes('content').notNull(),
})

export const proposalLines = pgTable(
  'proposal_lines',
  {
    proposalId: uuid('proposal_id')
      .notNull()
      .references(() => batchProposals.id),
    caseId: uuid('case_id')
      .notNull()
      .references(() => batchCases.id),
    place: integer('place').notNull(),
    /** Null where the case could not be placed. */
    memberId: uuid('member_id').references(() => members.id),
    ground: jsonb('ground').notNull().$type<LineGround>(),
  },
  (table) => [
    primaryKey({ columns: [table.proposalId, table.caseId] }),
    unique('proposal_lines_place').on(table.proposalId, table.place),
  ],
)

/** What the secretariat changed of a line, and why; the latest holds, all are kept. */
export const lineChanges = pgTable(
  'proposal_line_changes',
  {
    id: id(),
    proposalId: uuid('proposal_id')
      .notNull()
      .references(() => batchProposals.id),
    caseId: uuid('case_id')
      .notNull()
      .references(() => batchCases.id),
    /** The first change of a line is 1. */
    number: integer('number').notNull(),
    /** Null takes the case out of what is issued. */
    memberId: uuid('member_id').references(() => members.id),
    reason: text('reason').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [unique('proposal_line_changes_number').on(table.proposalId, table.caseId, table.number)],
)

/** A batch is issued once. */
export const batchIssues = pgTable('batch_issues', {
  batchId: uuid('batch_id')
    .primaryKey()
    .references(() => assignmentBatches.id),
  proposalId: uuid('proposal_id')
    .notNull()
    .references(() => batchProposals.id),
  issuedOn: day('issued_on').notNull(),
  assignments: integer('assignments').notNull(),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

/** Where an assignment comes from: the case of a batch, a declined assignment that it replaces, or both. */
export const assignmentOrigins = pgTable(
  'assignment_origins',
  {
    assignmentId: uuid('assignment_id')
      .primaryKey()
      .references(() => assignments.id),
    caseId: uuid('case_id')
      .unique()
      .references(() => batchCases.id),
    replacesId: uuid('replaces_id')
      .unique()
      .references(() => assignments.id),
  },
  (table) => [check('assignment_origins_has_one', sql`${table.caseId} is not null or ${table.replacesId} is not null`)],
)
