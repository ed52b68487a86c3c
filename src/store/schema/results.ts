import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { resultKinds } from '../../domain/result.ts'
import { assignments } from './assignments.ts'
import { certificates } from './certificates.ts'
import { changedAt, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { enterprises } from './enterprises.ts'
import { members } from './members.ts'
import { schemes } from './schemes.ts'

/** Outcomes of certifications, refusals included (N4, R4). A correction is a further revision; none is overwritten. */
export const results = pgTable(
  'results',
  {
    id: id(),
    /** The first revision's id: what the rest of the registry refers to. */
    rootId: uuid('root_id').notNull(),
    revision: integer('revision').notNull(),
    supersedesId: uuid('supersedes_id')
      .unique()
      .references((): AnyPgColumn => results.id),
    supersededAt: instant('superseded_at'),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    enterpriseId: uuid('enterprise_id')
      .notNull()
      .references(() => enterprises.id),
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    assignmentId: uuid('assignment_id').references(() => assignments.id),
    certificateId: uuid('certificate_id').references(() => certificates.id),
    kind: text('kind').notNull().$type<(typeof resultKinds)[number]>(),
    family: text('family').notNull(),
    productName: text('product_name').notNull(),
    /** As the member states it, and as clocks and figures use it until a correction is approved (R2). */
    decidedOn: day('decided_on').notNull(),
    effectiveDecidedOn: day('effective_decided_on').notNull(),
    reasonCode: text('reason_code'),
    reasonText: text('reason_text'),
    memberReference: text('member_reference').notNull(),
    /** SHA-256 of the canonical body: the same reference with the same content is the same result. */
    contentSha256: text('content_sha256').notNull(),
    content: jsonb('content').notNull().$type<Record<string, unknown>>(),
    approval: text('approval').notNull().$type<'not_needed' | 'pending' | 'approved' | 'rejected'>(),
    approvalNote: text('approval_note'),
    decidedApprovalAt: instant('decided_approval_at'),
    decidedApprovalBy: text('decided_approval_by'),
    explanation: text('explanation'),
    recordedAt: recordedAt(),
    changedAt: changedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('results_kind', table.kind, resultKinds),
    oneOf('results_approval', table.approval, ['not_needed', 'pending', 'approved', 'rejected']),
    unique('results_reference').on(table.memberId, table.memberReference, table.revision),
    unique('results_revision').on(table.rootId, table.revision),
    uniqueIndex('results_one_current').on(table.rootId).where(sql`${table.supersededAt} is null`),
    uniqueIndex('results_one_per_assignment')
      .on(table.assignmentId)
      .where(sql`${table.revision} = 1 and ${table.assignmentId} is not null`),
    check('results_refusals_have_no_certificate', sql`(${table.kind} = 'refuse') = (${table.certificateId} is null)`),
    check('results_refusals_say_why', sql`${table.kind} <> 'refuse' or ${table.reasonCode} is not null`),
    index('results_by_member').on(table.memberId, table.decidedOn, table.id),
    index('results_pending')
      .on(table.memberId, table.recordedAt)
      .where(sql`${table.approval} = 'pending' and ${table.supersededAt} is null`),
    index('results_by_certificate').on(table.certificateId),
  ],
)

/** A certification that ended, recorded by the secretariat or the regulator so that the clocks run (R2). */
export const endings = pgTable(
  'endings',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    enterpriseId: uuid('enterprise_id').references(() => enterprises.id),
    assignmentId: uuid('assignment_id').references(() => assignments.id),
    certificateNumber: text('certificate_number'),
    productName: text('product_name').notNull(),
    decidedOn: day('decided_on').notNull(),
    source: text('source').notNull().$type<'cnca_list' | 'enterprise' | 'announcement' | 'other'>(),
    evidence: text('evidence').notNull(),
    /** The root of the result that the member posted for it, once it did. */
    resultId: uuid('result_id').references(() => results.id),
    isService: boolean('is_service').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('endings_source', table.source, ['cnca_list', 'enterprise', 'announcement', 'other']),
    uniqueIndex('endings_one_per_assignment').on(table.assignmentId).where(sql`${table.assignmentId} is not null`),
    uniqueIndex('endings_one_per_number')
      .on(table.memberId, table.certificateNumber)
      .where(sql`${table.certificateNumber} is not null and ${table.resultId} is null`),
    uniqueIndex('endings_one_per_product')
      .on(table.memberId, table.enterpriseId, table.productName, table.decidedOn)
      .where(sql`${table.certificateNumber} is null and ${table.assignmentId} is null`),
    uniqueIndex('endings_one_per_result').on(table.resultId).where(sql`${table.resultId} is not null`),
  ],
)

/** Posts that were refused: who, when, which codes. An indicator of quality is made of them later (R9). */
export const attempts = pgTable(
  'attempts',
  {
    id: id(),
    memberId: uuid('member_id').references(() => members.id),
    at: instant('at').notNull(),
    actorId: text('actor_id').notNull(),
    operation: text('operation').notNull(),
    codes: text('codes').array().notNull(),
    memberReference: text('member_reference'),
    idempotencyKey: text('idempotency_key'),
    requestId: text('request_id').notNull(),
  },
  (table) => [index('attempts_by_member').on(table.memberId, table.at, table.id)],
)

/** First answers, kept at least 90 days: the same key with the same body gets the same answer. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    clientId: text('client_id').notNull(),
    key: text('key').notNull(),
    operation: text('operation').notNull(),
    bodySha256: text('body_sha256').notNull(),
    /** Null only inside the transaction that is at work on it. `json` keeps the order of the fields. */
    answer: json('answer'),
    recordedAt: recordedAt(),
  },
  (table) => [
    unique('idempotency_keys_once').on(table.clientId, table.key),
    index('idempotency_keys_by_age').on(table.recordedAt),
  ],
)
