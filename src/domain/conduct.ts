import type { Role } from './access.ts'
import type { PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'

/** Where a case of conduct comes from (R8). */
export const caseSources = ['spot_check', 'complaint', 'file_audit', 'penalty'] as const
export type CaseSource = (typeof caseSources)[number]

export const caseSourceNames: Readonly<Record<CaseSource, readonly [zh: string, en: string]>> = {
  spot_check: ['双随机抽查', 'spot check'],
  complaint: ['投诉举报', 'complaint'],
  file_audit: ['档案检查', 'file audit'],
  penalty: ['行政处罚', 'administrative penalty'],
}

/** What a body may be found to have done (N6, R8). */
export const findingKinds = [
  'bundling',
  'paid_consulting',
  'other_cost_raising',
  'out_of_scope',
  'procedure_added',
  'procedure_reduced',
  'procedure_skipped',
  'false_result',
  'data_concealed',
  'data_omitted',
  'data_late',
  'data_false',
  'follow_up_missing',
] as const
export type FindingKind = (typeof findingKinds)[number]

export const findingKindNames: Readonly<Record<FindingKind, readonly [zh: string, en: string]>> = {
  bundling: ['捆绑其他业务', 'bundling of other business'],
  paid_consulting: ['有偿咨询', 'paid consulting'],
  other_cost_raising: ['其他增加企业负担的行为', 'other raising of the firm’s cost'],
  out_of_scope: ['超出批准范围', 'outside the approved scope'],
  procedure_added: ['增加程序', 'procedure added'],
  procedure_reduced: ['减少程序', 'procedure reduced'],
  procedure_skipped: ['遗漏程序', 'procedure skipped'],
  false_result: ['虚假认证结论', 'false result'],
  data_concealed: ['瞒报', 'data concealed'],
  data_omitted: ['漏报', 'data omitted'],
  data_late: ['迟报', 'data late'],
  data_false: ['报送虚假数据', 'false data'],
  follow_up_missing: ['未进行跟踪监督', 'follow-up missing'],
}

export const findingGrades = ['serious', 'considerable', 'general'] as const
export type FindingGrade = (typeof findingGrades)[number]

export const findingGradeNames: Readonly<Record<FindingGrade, readonly [zh: string, en: string]>> = {
  serious: ['严重', 'serious'],
  considerable: ['较严重', 'considerable'],
  general: ['一般', 'general'],
}

export const caseOutcomes = ['substantiated', 'unsubstantiated', 'withdrawn'] as const
export type CaseOutcome = (typeof caseOutcomes)[number]

export const caseOutcomeNames: Readonly<Record<CaseOutcome, readonly [zh: string, en: string]>> = {
  substantiated: ['属实', 'substantiated'],
  unsubstantiated: ['不属实', 'unsubstantiated'],
  withdrawn: ['撤回', 'withdrawn'],
}

export const caseStates = ['open_for_reply', 'to_conclude', ...caseOutcomes, 'annulled'] as const
export type CaseState = (typeof caseStates)[number]

export const caseStateNames: Readonly<Record<CaseState, readonly [zh: string, en: string]>> = {
  open_for_reply: ['待机构答复', 'open for the reply'],
  to_conclude: ['待结论', 'to be concluded'],
  ...caseOutcomeNames,
  annulled: ['结论已撤销', 'annulled'],
}

export type CaseFacts = {
  readonly source: CaseSource
  /** Of a spot check: whether what was checked held. */
  readonly passed?: boolean | null
  readonly replyUntilOn: PlainDate
  readonly repliedOn: PlainDate | null
  readonly concludedOn: PlainDate | null
  readonly outcome: CaseOutcome | null
  /** Its conclusion was found to have been wrong. */
  readonly annulledOn: PlainDate | null
}

/** How a case stands on a day: the last day to reply still belongs to the window, which a reply ends. */
export function caseStateOn(
  { replyUntilOn, repliedOn, concludedOn, outcome, annulledOn }: CaseFacts,
  on: PlainDate,
): CaseState {
  if (annulledOn !== null && annulledOn <= on) return 'annulled'
  if (concludedOn !== null && concludedOn <= on && outcome !== null) return outcome
  return (repliedOn !== null && repliedOn <= on) || on > replyUntilOn ? 'to_conclude' : 'open_for_reply'
}

/** A body is heard before anything is held against it; what a penalty says was decided by the regulator (R8). */
export function problemsOfConclusion(facts: CaseFacts, outcome: CaseOutcome, on: PlainDate): Problem[] {
  const state = caseStateOn(facts, on)
  if (state === 'open_for_reply' && outcome === 'substantiated' && facts.source !== 'penalty')
    return [problem('reply_window_open', '', { values: { until: facts.replyUntilOn } })]
  if (outcome === 'substantiated' && facts.passed === true) return [problem('check_passed')]
  return facts.concludedOn === null ? [] : [problem('case_concluded')]
}

/**
 * Why what was found may not be annulled; none when it may: it was found, and it is not annulled yet. Who found it is not
 * the one who says that it was wrong: what the regulator decided the regulator takes back, all else the office (R8).
 */
export function problemsOfAnnulment(
  { source, outcome, annulledOn }: Pick<CaseFacts, 'source' | 'outcome' | 'annulledOn'>,
  role: Role,
): Problem[] {
  if (annulledOn !== null) return [problem('annulled_already', '', { values: { since: annulledOn } })]
  if (outcome !== 'substantiated') return [problem('case_not_substantiated')]
  const by = source === 'penalty' ? 'regulator' : 'office'
  return role === by ? [] : [problem('annulled_by_another', '', { values: { by: annullers[by] } })]
}

const annullers = {
  regulator: ['监管部门', 'the regulator'],
  office: ['省质量办', 'the provincial quality office'],
} as const

export type FindingFacts = {
  readonly correctUntilOn: PlainDate | null
  readonly correctedOn: PlainDate | null
  readonly annulledOn: PlainDate | null
}

export const correctionStates = ['none_due', 'open', 'overdue', 'closed_on_time', 'closed_late'] as const
export type CorrectionState = (typeof correctionStates)[number]

/** How the corrective action of a finding stands on a day; its last day is on time (R9). Of an annulled one none is due. */
export function correctionStateOn(
  { correctUntilOn, correctedOn, annulledOn }: FindingFacts,
  on: PlainDate,
): CorrectionState {
  if (correctUntilOn === null || (annulledOn !== null && annulledOn <= on)) return 'none_due'
  if (correctedOn !== null && correctedOn <= on) return correctedOn > correctUntilOn ? 'closed_late' : 'closed_on_time'
  return on > correctUntilOn ? 'overdue' : 'open'
}

/** How a complaint stands towards its author: no more than that (R8). */
export const complaintStates = ['received', 'under_examination', 'dismissed', 'concluded'] as const
export type ComplaintState = (typeof complaintStates)[number]

export const complaintStateNames: Readonly<Record<ComplaintState, readonly [zh: string, en: string]>> = {
  received: ['已收到', 'received'],
  under_examination: ['正在核查', 'under examination'],
  dismissed: ['不予受理', 'not taken up'],
  concluded: ['已办结', 'concluded'],
}

/** @param conclusion of the case that it led to; undefined where there is no case */
export function complaintStateOf(
  dismissedOn: PlainDate | null,
  conclusion: CaseOutcome | null | undefined,
): ComplaintState {
  if (dismissedOn !== null) return 'dismissed'
  if (conclusion === undefined) return 'received'
  return conclusion === null ? 'under_examination' : 'concluded'
}
