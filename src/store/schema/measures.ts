import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import {
  type AdmissionCheck,
  type ApplicationOutcome,
  admissionChecks,
  applicationOutcomes,
} from '../../domain/admission.ts'
import {
  type MeasureGround,
  type MeasureKind,
  type MeasureStep,
  measureGrounds,
  measureKinds,
  measureSteps,
  removalGrounds,
  type StepOutcome,
  stepOutcomes,
} from '../../domain/measure.ts'
import { day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

/** Windows of the ladder as versioned data (R8, configurable). */
export const ladderRules = pgTable('ladder_rules', {
  version: integer('version').primaryKey(),
  effectiveOn: day('effective_on').notNull(),
  replyWorkingDays: integer('reply_working_days').notNull(),
  appealWorkingDays: integer('appeal_working_days').notNull(),
  clause: text('clause').notNull(),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

/** A rung of the ladder as it was proposed, with the facts frozen (R8, R4a). Only grows. */
export const measures = pgTable(
  'measures',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    kind: text('kind').notNull().$type<MeasureKind>(),
    ground: text('ground').notNull().$type<MeasureGround>(),
    /** In words, for the member to answer. */
    reasons: text('reasons').notNull(),
    /** The failed rectification that a removal rests on. */
    followsId: uuid('follows_id').references((): AnyPgColumn => measures.id),
    /** What the proposer saw, as it was known at that instant, and the SHA-256 of its canonical JSON. */
    facts: jsonb('facts').notNull().$type<Record<string, unknown>>(),
    factsSha256: text('facts_sha256').notNull(),
    knownAt: instant('known_at').notNull(),
    proposedOn: day('proposed_on').notNull(),
    replyUntilOn: day('reply_until_on').notNull(),
    /** By when a plan of rectification is to be carried out. */
    planDueOn: day('plan_due_on'),
    ruleVersion: integer('rule_version')
      .notNull()
      .references(() => ladderRules.version),
    calendarVersion: integer('calendar_version').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    recordedByName: text('recorded_by_name').notNull(),
  },
  (table) => [
    oneOf('measures_kind', table.kind, measureKinds),
    oneOf('measures_ground', table.ground, measureGrounds),
    check(
      'measures_removal_has_its_ground',
      sql`${table.kind} <> 'removal' or ${table.ground} in (${sql.raw(removalGrounds.map((ground) => `'${ground}'`).join(', '))})`,
    ),
    check('measures_follows', sql`(${table.ground} = 'failed_rectification') = (${table.followsId} is not null)`),
    check('measures_plan', sql`(${table.kind} = 'rectification') = (${table.planDueOn} is not null)`),
    check('measures_in_order', sql`${table.replyUntilOn} >= ${table.proposedOn}`),
    index('measures_by_day').on(table.proposedOn, table.id),
    index('measures_by_member').on(table.memberId, table.proposedOn, table.id),
  ],
)

/** What happened to a measure, each step once: a second appeal is impossible (R8). Only grows. */
export const measureStepRows = pgTable(
  'measure_steps',
  {
    id: id(),
    measureId: uuid('measure_id')
      .notNull()
      .references(() => measures.id),
    step: text('step').notNull().$type<MeasureStep>(),
    onDay: day('on_day').notNull(),
    outcome: text('outcome').$type<StepOutcome>(),
    mitigatedTo: text('mitigated_to').$type<MeasureKind>(),
    planDueOn: day('plan_due_on'),
    appealUntilOn: day('appeal_until_on'),
    words: text('words').notNull(),
    /** Of a decision, of one on an appeal and of a conclusion: what whoever decided saw, and its SHA-256. */
    facts: jsonb('facts').$type<Record<string, unknown>>(),
    factsSha256: text('facts_sha256'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    recordedByName: text('recorded_by_name').notNull(),
  },
  (table) => [
    oneOf('measure_steps_step', table.step, measureSteps),
    oneOf('measure_steps_outcome_known', table.outcome, stepOutcomes),
    oneOf('measure_steps_mitigated_to', table.mitigatedTo, measureKinds),
    unique('measure_steps_once').on(table.measureId, table.step),
    check(
      'measure_steps_outcome',
      sql`case ${table.step} when 'decision' then coalesce(${table.outcome} in ('confirmed', 'mitigated', 'withdrawn'), false)
        when 'appeal_decision' then coalesce(${table.outcome} in ('upheld', 'reversed'), false)
        when 'conclusion' then coalesce(${table.outcome} in ('passed', 'failed', 'lifted'), false)
        else ${table.outcome} is null end`,
    ),
    check(
      'measure_steps_mitigated',
      sql`(${table.outcome} is not distinct from 'mitigated') = (${table.mitigatedTo} is not null)`,
    ),
    check('measure_steps_appeal', sql`(${table.step} = 'decision') = (${table.appealUntilOn} is not null)`),
  ],
)

/** That a body applied to join, and what came of it (N2, R8). One waits at a time. */
export const admissionApplications = pgTable(
  'admission_applications',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    appliedOn: day('applied_on').notNull(),
    /** What it applies for, and with which papers. */
    words: text('words').notNull(),
    document: text('document'),
    closedOn: day('closed_on'),
    outcome: text('outcome').$type<ApplicationOutcome>(),
    ground: text('ground'),
    closedAt: instant('closed_at'),
    closedBy: text('closed_by'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('admission_applications_outcome', table.outcome, applicationOutcomes),
    uniqueIndex('admission_applications_one').on(table.memberId).where(sql`${table.closedAt} is null`),
    check(
      'admission_applications_closed_whole',
      sql`num_nonnulls(${table.closedOn}, ${table.outcome}, ${table.ground}, ${table.closedAt}, ${table.closedBy}) in (0, 5)`,
    ),
    check('admission_applications_in_order', sql`${table.closedOn} >= ${table.appliedOn}`),
    index('admission_applications_by_day').on(table.appliedOn, table.id),
    index('admission_applications_by_member').on(table.memberId, table.appliedOn, table.id),
  ],
)

/** What was looked at before an admission; the latest of a kind counts (N2, R8). */
export const admissionCheckRows = pgTable(
  'admission_checks',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    check: text('check').notNull().$type<AdmissionCheck>(),
    outcome: text('outcome').notNull().$type<'passed' | 'failed'>(),
    note: text('note').notNull(),
    /** Ids of one millisecond have no order; the later of two checks must be known. */
    order: bigint('order', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    onDay: day('on_day').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('admission_checks_check', table.check, admissionChecks),
    oneOf('admission_checks_outcome', table.outcome, ['passed', 'failed']),
    index('admission_checks_by_member').on(table.memberId, table.order),
  ],
)

/** That the regulator revoked a body's approval: from that day its certificates prove nothing (R4). */
export const approvalRevocations = pgTable(
  'approval_revocations',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    revokedOn: day('revoked_on').notNull(),
    /** The document, and why. */
    ground: text('ground').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    /** Recorded wrongly, or annulled: it counts no more, and stays. */
    liftedAt: instant('lifted_at'),
    liftedBy: text('lifted_by'),
    liftedGround: text('lifted_ground'),
  },
  (table) => [
    uniqueIndex('approval_revocations_one').on(table.memberId).where(sql`${table.liftedAt} is null`),
    check(
      'approval_revocations_lifted_whole',
      sql`(${table.liftedAt} is null) = (${table.liftedBy} is null) and (${table.liftedAt} is null) = (${table.liftedGround} is null)`,
    ),
  ],
)
