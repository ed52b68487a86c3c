import type { PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'
import type { Standing } from './standing.ts'
import { versionInForce } from './versioned-rule.ts'

/** The rungs of the ladder, from the lowest (R8). Referral to the provincial bureau stands beside it. */
export const measureKinds = ['reminder', 'notice', 'warning', 'rectification', 'suspension', 'removal'] as const
export type MeasureKind = (typeof measureKinds)[number]

export const measureKindNames: Readonly<Record<MeasureKind, readonly [zh: string, en: string]>> = {
  reminder: ['提醒', 'reminder'],
  notice: ['告诫', 'notice'],
  warning: ['警告', 'warning'],
  rectification: ['限期整改', 'rectification order'],
  suspension: ['暂停', 'suspension'],
  removal: ['退出联盟', 'removal'],
}

export const measureGrounds = [
  'conduct',
  'inactivity',
  'failed_rectification',
  'approval_revoked',
  'false_result',
  'own_request',
] as const
export type MeasureGround = (typeof measureGrounds)[number]

export const measureGroundNames: Readonly<Record<MeasureGround, readonly [zh: string, en: string]>> = {
  conduct: ['工作质量或行为', 'quality of work or conduct'],
  inactivity: ['两年无认证结果', 'no result for two years'],
  failed_rectification: ['整改未通过', 'a failed rectification'],
  approval_revoked: ['机构批准被撤销', 'its approval was revoked'],
  false_result: ['经查实出具虚假结果', 'a confirmed false result'],
  own_request: ['机构自行申请', 'the body asked for it'],
}

/** What a removal may rest on: nobody is removed at the first fault, unless it is one of these (R9). */
export const removalGrounds: readonly MeasureGround[] = [
  'failed_rectification',
  'approval_revoked',
  'false_result',
  'own_request',
]

/** The standing that a measure leads to once it is decided; the lower rungs leave it as it is (R8). */
export const standingAfter: Readonly<Record<MeasureKind, Standing | null>> = {
  reminder: null,
  notice: null,
  warning: null,
  rectification: 'rectifying',
  suspension: 'suspended',
  removal: 'removed',
}

/** Windows of the ladder as data with a version; a measure goes by the version of the day it was proposed (R8). */
export type LadderRule = {
  readonly version: number
  readonly effectiveOn: PlainDate
  readonly replyWorkingDays: number
  readonly appealWorkingDays: number
  readonly clause: string
}

export const builtInLadderRules: readonly LadderRule[] = [
  { version: 1, effectiveOn: '2020-01-01' as PlainDate, replyWorkingDays: 10, appealWorkingDays: 10, clause: 'R8' },
]

export function ladderInForce(rules: readonly LadderRule[], on: PlainDate): LadderRule {
  const inForce = versionInForce(rules, on)
  if (!inForce) throw new Error('no ladder rule')
  return inForce
}

/**
 * What can happen to a measure after it was proposed, each once. Plan and report are the body's in a rectification: how
 * it means to put things right, and that it has done so (R8).
 */
export const measureSteps = ['reply', 'decision', 'plan', 'report', 'appeal', 'appeal_decision', 'conclusion'] as const
export type MeasureStep = (typeof measureSteps)[number]

export const measureStepNames: Readonly<Record<MeasureStep, readonly [zh: string, en: string]>> = {
  reply: ['答复', 'reply'],
  decision: ['决定', 'decision'],
  plan: ['整改方案', 'plan of rectification'],
  report: ['整改报告', 'report of the rectification'],
  appeal: ['申诉', 'appeal'],
  appeal_decision: ['申诉决定', 'decision on the appeal'],
  conclusion: ['结案', 'conclusion'],
}

/** The steps that are the body's own. */
export const stepsOfBody: readonly MeasureStep[] = ['reply', 'plan', 'report', 'appeal']

/** How a step came out; those of the body have no outcome. */
export const stepOutcomes = [
  'confirmed',
  'mitigated',
  'withdrawn',
  'upheld',
  'reversed',
  'passed',
  'failed',
  'lifted',
] as const
export type StepOutcome = (typeof stepOutcomes)[number]

export const stepOutcomeNames: Readonly<Record<StepOutcome, readonly [zh: string, en: string]>> = {
  confirmed: ['维持', 'confirmed'],
  mitigated: ['减轻', 'mitigated'],
  withdrawn: ['撤回', 'withdrawn'],
  upheld: ['申诉不成立', 'upheld'],
  reversed: ['申诉成立，撤销', 'reversed'],
  passed: ['整改通过', 'passed'],
  failed: ['整改未通过', 'failed'],
  lifted: ['解除', 'lifted'],
}

export type StepFact = {
  readonly step: MeasureStep
  readonly onDay: PlainDate
  readonly outcome: StepOutcome | null
  /** Of a decision that mitigates: the lower rung. */
  readonly mitigatedTo: MeasureKind | null
  /** Of a decision: the last day to appeal. */
  readonly appealUntilOn: PlainDate | null
  /** Of a decision that mitigates to a rectification. */
  readonly planDueOn: PlainDate | null
  readonly byId: string
}

export type MeasureFacts = {
  readonly kind: MeasureKind
  readonly proposedOn: PlainDate
  readonly replyUntilOn: PlainDate
  /** Of a rectification as it was proposed. */
  readonly planDueOn: PlainDate | null
  readonly proposedById: string
  readonly steps: readonly StepFact[]
  /** Whether what it rests on fell: its findings were annulled, say. Then nothing confirms it, and it is appealed against at any time. */
  readonly hasLostGround?: boolean
}

export const measureStates = [
  'open_for_reply',
  'to_decide',
  'withdrawn',
  'in_force',
  'under_appeal',
  'upheld',
  'reversed',
  'concluded',
] as const
export type MeasureState = (typeof measureStates)[number]

export const measureStateNames: Readonly<Record<MeasureState, readonly [zh: string, en: string]>> = {
  open_for_reply: ['待机构答复', 'open for the reply'],
  to_decide: ['待决定', 'to be decided'],
  withdrawn: ['已撤回', 'withdrawn'],
  in_force: ['已生效', 'in force'],
  under_appeal: ['申诉中', 'under appeal'],
  upheld: ['申诉后维持', 'upheld on appeal'],
  reversed: ['申诉后撤销', 'reversed on appeal'],
  concluded: ['已结案', 'concluded'],
}

/**
 * How a measure stands on a day, from what had happened by then (R8). The last day to reply still belongs to the window,
 * which is over earlier once the body has replied. An appeal does not put the measure off: until it is reversed it holds.
 * What was concluded can still be appealed against within the window, and reversed.
 */
export function measureStateOn(facts: MeasureFacts, on: PlainDate): MeasureState {
  const taken = (step: MeasureStep) => takenBy(facts, step, on)
  const appealed = taken('appeal_decision')
  if (appealed?.outcome === 'reversed') return 'reversed'
  if (taken('appeal') && !appealed) return 'under_appeal'
  if (taken('conclusion')) return 'concluded'
  if (appealed) return 'upheld'
  const decided = taken('decision')
  if (decided) return decided.outcome === 'withdrawn' ? 'withdrawn' : 'in_force'
  return taken('reply') || on > facts.replyUntilOn ? 'to_decide' : 'open_for_reply'
}

/** The rung that was decided by a day: the proposed one, or the lower one that the decision mitigated it to. */
export function decidedKind({ kind, steps }: Pick<MeasureFacts, 'kind' | 'steps'>, on?: PlainDate): MeasureKind {
  const taken = on === undefined ? steps : steps.filter(({ onDay }) => onDay <= on)
  return decisionOf({ steps: taken })?.mitigatedTo ?? kind
}

/** The day on which it was decided; null until then. */
export function decidedOn({ steps }: Pick<MeasureFacts, 'steps'>): PlainDate | null {
  return decisionOf({ steps })?.onDay ?? null
}

/** Until when a decided removal may still be reversed: its last day to appeal, or the day itself while an appeal waits. */
export function removalMayFallUntil(facts: MeasureFacts, on: PlainDate): PlainDate | null {
  if (decidedKind(facts) !== 'removal') return null
  const state = measureStateOn(facts, on)
  if (state === 'under_appeal') return on
  const until = state === 'in_force' ? (decisionOf(facts)?.appealUntilOn ?? null) : null
  return until !== null && on <= until ? until : null
}

/** Of those that weigh, the heavier the later. */
const severity: readonly Standing[] = ['rectifying', 'suspended', 'removed']
const inForce: readonly MeasureState[] = ['in_force', 'under_appeal', 'upheld', 'concluded']

/**
 * Whether it weighs on the standing on a day: one that was passed or lifted does not, a rectification that failed goes on
 * to until a later one is passed.
 */
export function weighsOn(facts: MeasureFacts, all: readonly MeasureFacts[], on: PlainDate): boolean {
  if (!inForce.includes(measureStateOn(facts, on))) return false
  if (!takenBy(facts, 'conclusion', on)) return true
  const failedOn = concludedOn(facts, 'failed', on)
  return failedOn !== null && !all.some((other) => (concludedOn(other, 'passed', on) ?? '') >= failedOn)
}

function concludedOn({ steps }: MeasureFacts, outcome: 'passed' | 'failed', on: PlainDate): PlainDate | null {
  return steps.find((each) => each.outcome === outcome && each.onDay <= on)?.onDay ?? null
}

/**
 * The standing under a body's measures on a day: the heaviest of those that weigh, or how it stood without any (R8). So
 * a reversal gives back what another measure has not taken.
 */
export function standingUnder(measures: readonly MeasureFacts[], on: PlainDate, without: Standing): Standing {
  const weights = measures
    .filter((facts) => weighsOn(facts, measures, on))
    .map((facts) => severity.indexOf(standingAfter[decidedKind(facts)] ?? without))
  return severity[Math.max(-1, ...weights)] ?? without
}

export function isMilder(kind: MeasureKind, than: MeasureKind): boolean {
  return measureKinds.indexOf(kind) < measureKinds.indexOf(than)
}

/** In which states a step may be taken. */
const statesFor: Readonly<Record<MeasureStep, readonly MeasureState[]>> = {
  reply: ['open_for_reply'],
  decision: ['to_decide'],
  plan: ['in_force', 'under_appeal', 'upheld'],
  report: ['in_force', 'under_appeal', 'upheld'],
  appeal: ['in_force', 'concluded'],
  appeal_decision: ['under_appeal'],
  conclusion: ['in_force', 'under_appeal', 'upheld'],
}

/** What a rung can come to in the end: the lower ones need no conclusion, a removal has its work list. */
export const conclusionsOf: Readonly<Record<MeasureKind, readonly StepOutcome[]>> = {
  reminder: [],
  notice: [],
  warning: [],
  rectification: ['passed', 'failed'],
  suspension: ['lifted'],
  removal: [],
}

/**
 * Why somebody may not take a step on a day; none when it may be taken. Nobody decides before the reply or the end of
 * its window, and no second person is the first one: a removal takes two people, an appeal another one (R8). Nothing is
 * concluded to the body's harm while it may still appeal or carry out its plan.
 */
export function problemsOfStep(
  facts: MeasureFacts,
  { step, outcome }: { readonly step: MeasureStep; readonly outcome: StepOutcome | null },
  byId: string,
  on: PlainDate,
): Problem[] {
  const state = measureStateOn(facts, on)
  // To let it go, nobody has to be heard first.
  const isLetGo = step === 'decision' && outcome === 'withdrawn' && ['open_for_reply', 'to_decide'].includes(state)
  if (isLetGo) return []
  if (step === 'decision' && state === 'open_for_reply')
    return [problem('reply_window_open', '', { values: { until: facts.replyUntilOn } })]
  if (!statesFor[step].includes(state) || takenBy(facts, step, on) || !isFitting(facts, step, outcome, state)) {
    const values = { state: measureStateNames[state], step: measureStepNames[step] }
    return [problem('measure_step_not_possible', '', { values })]
  }
  return [
    ...(facts.hasLostGround && holdsTo(step, outcome) ? [problem('measure_ground_lost')] : []),
    ...(step === 'appeal' && !facts.hasLostGround ? afterAppealWindow(facts, on) : []),
    ...(outcome === 'failed' ? tooEarlyToFail(facts, state, on) : []),
    ...problemsOfPerson(facts, step, byId),
  ]
}

/** Whether a step holds to the measure, in whole or in part. */
function holdsTo(step: MeasureStep, outcome: StepOutcome | null): boolean {
  if (step === 'decision') return outcome !== 'withdrawn'
  return (step === 'appeal_decision' && outcome === 'upheld') || outcome === 'failed'
}

/** Whether a step belongs to the rung that was decided; nothing fails while an appeal waits. */
function isFitting(facts: MeasureFacts, step: MeasureStep, outcome: StepOutcome | null, state: MeasureState): boolean {
  const kind = decidedKind(facts)
  if (step === 'plan' || step === 'report') return kind === 'rectification'
  if (step !== 'conclusion') return true
  return conclusionsOf[kind].includes(outcome as StepOutcome) && !(outcome === 'failed' && state === 'under_appeal')
}

function takenBy({ steps }: Pick<MeasureFacts, 'steps'>, step: MeasureStep, on: PlainDate): StepFact | undefined {
  return steps.find((each) => each.step === step && each.onDay <= on)
}

function decisionOf({ steps }: Pick<MeasureFacts, 'steps'>): StepFact | undefined {
  return steps.find(({ step }) => step === 'decision')
}

function afterAppealWindow(facts: MeasureFacts, on: PlainDate): Problem[] {
  const until = decisionOf(facts)?.appealUntilOn ?? null
  return until !== null && on > until ? [problem('appeal_window_over', '', { values: { until } })] : []
}

function tooEarlyToFail(facts: MeasureFacts, state: MeasureState, on: PlainDate): Problem[] {
  const decision = decisionOf(facts)
  const appealUntil = state === 'in_force' ? (decision?.appealUntilOn ?? null) : null
  const planDue = decision?.planDueOn ?? facts.planDueOn
  return [
    ...(appealUntil !== null && on <= appealUntil
      ? [problem('appeal_window_open', '', { values: { until: appealUntil } })]
      : []),
    ...(planDue !== null && on <= planDue ? [problem('plan_not_due', '', { values: { until: planDue } })] : []),
  ]
}

function problemsOfPerson(facts: MeasureFacts, step: MeasureStep, byId: string): Problem[] {
  const barred = {
    reply: [],
    plan: [],
    report: [],
    decision: facts.kind === 'removal' ? [facts.proposedById] : [],
    appeal: [],
    appeal_decision: [facts.proposedById, decisionOf(facts)?.byId],
    conclusion: [],
  }[step] as readonly (string | undefined)[]
  return barred.includes(byId) ? [problem('second_person_needed')] : []
}
