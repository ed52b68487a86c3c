import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import {
  type BulletinKind,
  bulletinKinds,
  type DisputeOutcome,
  disputeOutcomes,
} from '../../domain/ranking/bulletin.ts'
import { type IndicatorId, indicatorIds } from '../../domain/ranking/indicator.ts'
import type { Policy } from '../../domain/ranking/policy.ts'
import { type Recommendation, recommendations } from '../../domain/ranking/recommendation.ts'
import { bytes, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { measures } from './measures.ts'
import { members } from './members.ts'

/** How the bodies are judged, by version (R9). Only grows. */
export const rankingPolicies = pgTable('ranking_policies', {
  version: integer('version').primaryKey(),
  effectiveOn: day('effective_on').notNull().unique(),
  policy: jsonb('policy').notNull().$type<Policy>(),
  /** Who approved it, by what document. */
  approvedBy: text('approved_by').notNull(),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

/** A bulletin (通报) for a period: a draft until it is published or withdrawn (R9). Two of a kind never overlap (0018). */
export const bulletins = pgTable(
  'bulletins',
  {
    id: id(),
    kind: text('kind').notNull().$type<BulletinKind>(),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on').notNull(),
    openedOn: day('opened_on').notNull(),
    /** The last day on which bodies may dispute rows. */
    previewUntilOn: day('preview_until_on').notNull(),
    withdrawnAt: instant('withdrawn_at'),
    withdrawnReason: text('withdrawn_reason'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('bulletins_kind', table.kind, bulletinKinds),
    check('bulletins_span', sql`${table.untilOn} >= ${table.fromOn} and ${table.untilOn} < ${table.openedOn}`),
    check('bulletins_preview', sql`${table.previewUntilOn} >= ${table.openedOn}`),
    check('bulletins_withdrawn_whole', sql`(${table.withdrawnAt} is null) = (${table.withdrawnReason} is null)`),
    index('bulletins_by_period').on(table.untilOn, table.id),
  ],
)

/** What was published, for ever: what it was made of, what it says, and the document (R9). Only grows. */
export const bulletinPublications = pgTable(
  'bulletin_publications',
  {
    bulletinId: uuid('bulletin_id')
      .primaryKey()
      .references(() => bulletins.id),
    publishedOn: day('published_on').notNull(),
    knownAt: instant('known_at').notNull(),
    policyVersion: integer('policy_version')
      .notNull()
      .references(() => rankingPolicies.version),
    /** The canonical JSON of inputs, versions and results, as the bytes that were hashed. */
    content: text('content').notNull(),
    sha256: text('sha256').notNull(),
    document: bytes('document').notNull(),
    documentSha256: text('document_sha256').notNull(),
    /** Why it was published although disputes were open. */
    overrideReason: text('override_reason'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [index('bulletin_publications_by_day').on(table.publishedOn)],
)

/** A body disputes one row behind one of its figures (R9). */
export const bulletinDisputes = pgTable(
  'bulletin_disputes',
  {
    id: id(),
    bulletinId: uuid('bulletin_id')
      .notNull()
      .references(() => bulletins.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    indicator: text('indicator').notNull().$type<IndicatorId>(),
    rowKind: text('row_kind').notNull(),
    rowId: uuid('row_id').notNull(),
    words: text('words').notNull(),
    openedOn: day('opened_on').notNull(),
    outcome: text('outcome').$type<DisputeOutcome>(),
    answer: text('answer'),
    resolvedOn: day('resolved_on'),
    resolvedBy: text('resolved_by'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('bulletin_disputes_indicator', table.indicator, indicatorIds),
    oneOf('bulletin_disputes_outcome', table.outcome, disputeOutcomes),
    check(
      'bulletin_disputes_resolved_whole',
      sql`(${table.outcome} is null) = (${table.answer} is null) and (${table.outcome} is null) = (${table.resolvedOn} is null)`,
    ),
    uniqueIndex('bulletin_disputes_once').on(table.bulletinId, table.rowKind, table.rowId, table.indicator),
    index('bulletin_disputes_by_member').on(table.memberId, table.id),
  ],
)

/** Keep or remove: what a person decided on a body, and what that person saw (R9). Only grows. */
export const bulletinDecisions = pgTable(
  'bulletin_decisions',
  {
    id: id(),
    bulletinId: uuid('bulletin_id')
      .notNull()
      .references(() => bulletins.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    recommendation: text('recommendation').notNull().$type<Recommendation>(),
    decision: text('decision').notNull().$type<Recommendation>(),
    words: text('words').notNull(),
    /** The body's part of the bulletin, and the hash of the whole. */
    seen: jsonb('seen').notNull().$type<Record<string, unknown>>(),
    seenSha256: text('seen_sha256').notNull(),
    /** The rung of the ladder that was proposed with it. */
    measureId: uuid('measure_id').references(() => measures.id),
    decidedOn: day('decided_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('bulletin_decisions_recommendation', table.recommendation, recommendations),
    oneOf('bulletin_decisions_decision', table.decision, recommendations),
    check('bulletin_decisions_decided', sql`${table.decision} <> 'insufficient_data'`),
    check(
      'bulletin_decisions_measure',
      sql`(${table.decision} in ('rectify', 'remove')) = (${table.measureId} is not null)`,
    ),
    unique('bulletin_decisions_once').on(table.bulletinId, table.memberId),
    index('bulletin_decisions_by_member').on(table.memberId, table.id),
  ],
)
