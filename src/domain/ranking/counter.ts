import type { Family } from '../families.ts'
import type { PlainDate } from '../plain-date.ts'

/**
 * What is counted of a body (R9). Each counter is a set of rows of the registry, each row on one day: a report to CNCA on
 * its due day, a complaint on the day of its conclusion. Indicators are sums of counters, and lead to their rows.
 */
export const counters = [
  'report_on_time',
  'report_late',
  'report_open',
  'report_excused',
  'feedback_on_time',
  'feedback_late',
  'feedback_open',
  'surveillance_on_time',
  'surveillance_late',
  'surveillance_open',
  'status_report_on_time',
  'status_report_late',
  'status_report_open',
  'post_first',
  'post_mended',
  'post_refused',
  'check_passed',
  'check_failed',
  'complaint_substantiated',
  'finding_false_result',
  'finding_other',
  'penalty',
  'correction_on_time',
  'correction_late',
  'correction_open',
  'result_certified',
  'result_refused',
  'case_assigned',
  'case_self_selected',
  'answer_accepted',
  'answer_declined',
  'certificate_live',
  'scope_used',
  'scope_unused',
] as const
export type Counter = (typeof counters)[number]

/** What is counted on the last day of a window, not over its days. */
const stocks: readonly Counter[] = ['certificate_live', 'scope_used', 'scope_unused']

export function isStock(counter: Counter): boolean {
  return stocks.includes(counter)
}

/** In words, as they stand above the rows behind a figure. */
export const counterNames: Readonly<Record<Counter, readonly [zh: string, en: string]>> = {
  report_on_time: ['按期报送国家认监委', 'reported to CNCA on time'],
  report_late: ['迟报国家认监委', 'reported to CNCA late'],
  report_open: ['逾期未报国家认监委', 'overdue to CNCA'],
  report_excused: ['迟报或逾期而说明获认可', 'late or overdue to CNCA with an accepted explanation'],
  feedback_on_time: ['按期反馈秘书处', 'fed back to the secretariat on time'],
  feedback_late: ['迟反馈秘书处', 'fed back to the secretariat late'],
  feedback_open: ['逾期未反馈秘书处', 'overdue to the secretariat'],
  surveillance_on_time: ['按期监督', 'surveillance on time'],
  surveillance_late: ['迟监督', 'surveillance late'],
  surveillance_open: ['逾期未监督', 'surveillance overdue'],
  status_report_on_time: ['按期报送状态变化', 'status changes reported on time'],
  status_report_late: ['迟报状态变化', 'status changes reported late'],
  status_report_open: ['逾期未报状态变化', 'status changes overdue'],
  post_first: ['首次提交即有效', 'valid at the first post'],
  post_mended: ['改正后有效', 'valid once mended'],
  post_refused: ['提交未获接受', 'posted and never accepted'],
  check_passed: ['双随机抽查通过', 'spot checks passed'],
  check_failed: ['双随机抽查未通过', 'spot checks failed'],
  complaint_substantiated: ['查实的投诉', 'substantiated complaints'],
  finding_false_result: ['查实的虚假结果', 'confirmed false results'],
  finding_other: ['其他查实的违规', 'other findings'],
  penalty: ['行政处罚', 'administrative penalties'],
  correction_on_time: ['按期整改', 'corrected on time'],
  correction_late: ['逾期后整改', 'corrected late'],
  correction_open: ['逾期未整改', 'overdue to be corrected'],
  result_certified: ['通过认证', 'certified'],
  result_refused: ['不予认证', 'refused'],
  case_assigned: ['秘书处分配', 'assigned by the secretariat'],
  case_self_selected: ['企业自选', 'chosen by the firm'],
  answer_accepted: ['接受任务', 'cases accepted'],
  answer_declined: ['谢绝任务', 'cases declined'],
  certificate_live: ['有效证书', 'live certificates'],
  scope_used: ['有业务的范围', 'scopes used'],
  scope_unused: ['无业务的范围', 'scopes not used'],
}

/** A row is counted in one of each group's counters: a report is on time, late or open. */
const counterGroups = [
  'report',
  'feedback',
  'surveillance',
  'status_report',
  'post',
  'check',
  'complaint',
  'finding',
  'penalty',
  'correction',
  'result',
  'case',
  'answer',
  'certificate',
  'scope',
] as const

/** The counters that say of a row what these say of it: who disputes that a report is late disputes its on-time rate and its days. */
export function countersBeside(wanted: readonly Counter[]): Counter[] {
  const groupOf = (counter: Counter) =>
    counterGroups.find((group) => counter === group || counter.startsWith(`${group}_`))
  const groups = new Set(wanted.map(groupOf))
  return counters.filter((counter) => groups.has(groupOf(counter)))
}

/** What the rows behind the figures are. */
export const rowKinds = [
  'obligation',
  'result',
  'attempt',
  'case',
  'finding',
  'assignment',
  'certificate',
  'scope',
] as const
export type RowKind = (typeof rowKinds)[number]

/** So many rows of a counter, of one body, family and stretch of days. */
export type CountRow = {
  readonly memberId: string
  /** Null where the rows have no family. */
  readonly family: Family | null
  /** Which stretch of {@link stretchesOf}, from 0 on. */
  readonly stretch: number
  readonly counter: Counter
  /** Working days that a report to CNCA took, or has taken so far; null for all else. */
  readonly workingDays: number | null
  readonly rows: number
  /** Those of them that somebody contests: they count, and are marked. */
  readonly contested: number
}

/** Both days included. */
export type Span = { readonly from: PlainDate; readonly until: PlainDate }

/** The counts of one body, summed: by counter, and of reports by working days. */
export type Counts = {
  readonly of: Readonly<Partial<Record<Counter, number>>>
  readonly contested: Readonly<Partial<Record<Counter, number>>>
  /** How many reports took 0, 1, 2 … working days, by counter. */
  readonly workingDays: Readonly<Partial<Record<Counter, readonly number[]>>>
}

export function countsOf(rows: readonly CountRow[]): Counts {
  const of: Partial<Record<Counter, number>> = {}
  const contested: Partial<Record<Counter, number>> = {}
  const workingDays: Partial<Record<Counter, number[]>> = {}
  for (const row of rows) {
    of[row.counter] = (of[row.counter] ?? 0) + row.rows
    contested[row.counter] = (contested[row.counter] ?? 0) + row.contested
    if (row.workingDays === null) continue
    const days = workingDays[row.counter] ?? []
    days[row.workingDays] = (days[row.workingDays] ?? 0) + row.rows
    workingDays[row.counter] = Array.from(days, (count) => count ?? 0)
  }
  return { of, contested, workingDays }
}

export function sumOf(counts: Counts, wanted: readonly Counter[]): number {
  return wanted.reduce((sum, counter) => sum + (counts.of[counter] ?? 0), 0)
}
