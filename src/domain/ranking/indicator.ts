import type { PlainDate } from '../plain-date.ts'
import { versionInForce } from '../versioned-rule.ts'
import { type Counter, type Counts, counters, sumOf } from './counter.ts'
import { binomialQuantileRanks, quantileOf } from './quantile.ts'

/** The two axes are never mixed (R9). */
export type Axis = 'quality' | 'quantity'

export const indicatorIds = [
  'on_time_cnca',
  'on_time_secretariat',
  'report_days_median',
  'report_days_p90',
  'first_pass_validity',
  'surveillance_on_time',
  'status_changes_on_time',
  'spot_check_pass',
  'complaints_per_100',
  'conduct_findings',
  'corrections_on_time',
  'results_completed',
  'assigned_share',
  'acceptance',
  'live_certificates',
  'scopes_used',
] as const
export type IndicatorId = (typeof indicatorIds)[number]

/**
 * How the figure is made of counters. `share`: of all these, the part that is those; between 0 and 1. `incidence`: these
 * for each hundred of those. `quantile`: so many working days at most, in that part of these. `count`: these.
 */
export type Formula =
  | { readonly kind: 'share'; readonly part: readonly Counter[]; readonly whole: readonly Counter[] }
  | { readonly kind: 'incidence'; readonly events: readonly Counter[]; readonly per100: readonly Counter[] }
  | { readonly kind: 'quantile'; readonly of: readonly Counter[]; readonly quantile: number }
  | { readonly kind: 'count'; readonly of: readonly Counter[] }

/** A definition with its version: a later one holds from its day on, and changes no figure that was published (R9). */
export type Indicator = {
  readonly id: IndicatorId
  readonly version: number
  readonly effectiveOn: PlainDate
  readonly axis: Axis
  readonly name: readonly [zh: string, en: string]
  readonly text: readonly [zh: string, en: string]
  readonly formula: Formula
  /** Below so many rows of the denominator the figure says too little (“insufficient data”). */
  readonly rowsMin: number
  /** Whether more is better. */
  readonly higherIsBetter: boolean
}

/** As far back as days go: whatever a registry was loaded with can be looked at. */
const first = { version: 1, effectiveOn: '1900-01-01' as PlainDate }

/** On time, of those due in the period; open and past due counts as not on time, what is waived or not yet due is left out. */
function onTime<Duty extends string>(duty: Duty) {
  const part = [`${duty}_on_time`] as const
  return { kind: 'share', part, whole: [...part, `${duty}_late`, `${duty}_open`] } as const
}

const allReports = onTime('report').whole

export const indicators: readonly Indicator[] = [
  {
    ...first,
    id: 'on_time_cnca',
    axis: 'quality',
    name: ['向国家认监委按期报送率', 'on time to CNCA'],
    text: [
      '期内到期的认证结果报送中，在到期日（含当日）前报送的所占比例；逾期未报计为未按期，依法免除的和尚未到期的不计。',
      'Of the reports of results to CNCA that were due in the period, the share made by their due day, that day included; overdue ones count as not on time, waived and not yet due ones are left out.',
    ],
    formula: onTime('report'),
    rowsMin: 5,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'on_time_secretariat',
    axis: 'quality',
    name: ['向秘书处按期反馈率', 'on time to the secretariat'],
    text: [
      '期内到期的结果反馈中，在到期日（含当日）前反馈秘书处的所占比例。',
      'Of the results to be fed back to the secretariat that were due in the period, the share fed back by their due day.',
    ],
    formula: onTime('feedback'),
    rowsMin: 5,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'report_days_median',
    axis: 'quality',
    name: ['报送用时中位数（工作日）', 'median working days to report'],
    text: [
      '期内到期的报送从认证决定日起所用工作日的中位数；逾期未报的按已过工作日计。',
      'The median of the working days from the decision to the report, of the reports due in the period; an overdue one counts with the days so far.',
    ],
    formula: { kind: 'quantile', of: allReports, quantile: 0.5 },
    rowsMin: 5,
    higherIsBetter: false,
  },
  {
    ...first,
    id: 'report_days_p90',
    axis: 'quality',
    name: ['报送用时第90百分位（工作日）', '90th percentile of working days to report'],
    text: [
      '期内到期的报送中，九成在该工作日数内完成；逾期未报的按已过工作日计。',
      'Nine in ten of the reports due in the period were made within so many working days; an overdue one counts with the days so far.',
    ],
    formula: { kind: 'quantile', of: allReports, quantile: 0.9 },
    rowsMin: 20,
    higherIsBetter: false,
  },
  {
    ...first,
    id: 'first_pass_validity',
    axis: 'quality',
    name: ['结果首次提交有效率', 'first-pass validity of posts'],
    text: [
      '期内首次提交的认证结果中，第一次即被接受的所占比例。',
      'Of the results first posted in the period, the share accepted at the first try.',
    ],
    formula: { kind: 'share', part: ['post_first'], whole: ['post_first', 'post_mended', 'post_refused'] },
    rowsMin: 5,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'surveillance_on_time',
    axis: 'quality',
    name: ['年度监督按期率', 'surveillance on time'],
    text: [
      '期内到期的年度监督中，按期完成的所占比例。',
      'Of the yearly surveillance due in the period, the share done by its due day.',
    ],
    formula: onTime('surveillance'),
    rowsMin: 5,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'status_changes_on_time',
    axis: 'quality',
    name: ['证书状态变化按期报送率', 'status changes on time'],
    text: [
      '期内到期的证书状态变化报送中，按期报送的所占比例。',
      'Of the reports of status changes due in the period, the share made by their due day.',
    ],
    formula: onTime('status_report'),
    rowsMin: 5,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'spot_check_pass',
    axis: 'quality',
    name: ['双随机抽查通过率', 'spot-check pass rate'],
    text: [
      '期内立案的双随机抽查中，通过的所占比例；结论为不属实或撤回的视为通过。',
      'Of the spot checks opened in the period, the share that held; one that was concluded as unsubstantiated or withdrawn held.',
    ],
    formula: { kind: 'share', part: ['check_passed'], whole: ['check_passed', 'check_failed'] },
    rowsMin: 3,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'complaints_per_100',
    axis: 'quality',
    name: ['每百张有效证书查实投诉数', 'substantiated complaints per 100 live certificates'],
    text: [
      '期内查实的投诉数，除以期末有效证书数，再乘以一百。',
      'Complaints that were substantiated in the period, for each hundred certificates live on its last day.',
    ],
    formula: { kind: 'incidence', events: ['complaint_substantiated'], per100: ['certificate_live'] },
    rowsMin: 20,
    higherIsBetter: false,
  },
  {
    ...first,
    id: 'conduct_findings',
    axis: 'quality',
    name: ['查实违规数', 'conduct findings'],
    text: ['期内查实的违规数。', 'What was found against the body in the period.'],
    formula: { kind: 'count', of: ['finding_false_result', 'finding_other'] },
    rowsMin: 0,
    higherIsBetter: false,
  },
  {
    ...first,
    id: 'corrections_on_time',
    axis: 'quality',
    name: ['整改按期完成率', 'corrective actions closed on time'],
    text: [
      '期内到期的整改中，按期完成的所占比例。',
      'Of the corrective actions due in the period, the share closed by their due day.',
    ],
    formula: onTime('correction'),
    rowsMin: 3,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'results_completed',
    axis: 'quantity',
    name: ['完成认证结果数', 'results completed'],
    text: [
      '期内作出认证决定的结果数，含不予认证的；两个来源的决定日不一致时以较早者为准。',
      'Results decided in the period, refusals included; where two sources differ, the earlier day counts.',
    ],
    formula: { kind: 'count', of: ['result_certified', 'result_refused'] },
    rowsMin: 0,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'assigned_share',
    axis: 'quantity',
    name: ['秘书处分配占比', 'share assigned by the secretariat'],
    text: [
      '期内获得的认证任务中，由秘书处分配的所占比例，其余为企业自选。',
      'Of the cases given in the period, the share that the secretariat assigned; the firm chose for the others.',
    ],
    formula: { kind: 'share', part: ['case_assigned'], whole: ['case_assigned', 'case_self_selected'] },
    rowsMin: 1,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'acceptance',
    axis: 'quantity',
    name: ['任务接受率', 'acceptance'],
    text: ['期内答复的认证任务中，接受的所占比例。', 'Of the cases answered in the period, the share accepted.'],
    formula: { kind: 'share', part: ['answer_accepted'], whole: ['answer_accepted', 'answer_declined'] },
    rowsMin: 1,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'live_certificates',
    axis: 'quantity',
    name: ['有效证书数', 'live certificates'],
    text: ['期末有效的证书数，含暂停的。', 'Certificates valid or suspended on the last day of the period.'],
    formula: { kind: 'count', of: ['certificate_live'] },
    rowsMin: 0,
    higherIsBetter: true,
  },
  {
    ...first,
    id: 'scopes_used',
    axis: 'quantity',
    name: ['有业务的范围占比', 'scopes used of scopes held'],
    text: [
      '期末持有的业务范围中，期内有认证结果的所占比例。',
      'Of the scopes held on the last day of the period, the share in which a result was decided in the period.',
    ],
    formula: { kind: 'share', part: ['scope_used'], whole: ['scope_used', 'scope_unused'] },
    rowsMin: 1,
    higherIsBetter: true,
  },
]

/** The definitions in force on a day, in their order; what is not yet defined then is no indicator of that day. */
export function indicatorsInForce(on: PlainDate, definitions: readonly Indicator[] = indicators): Indicator[] {
  return indicatorIds.flatMap((id) => {
    const inForce = versionInForce(
      definitions.filter((definition) => definition.id === id && definition.effectiveOn <= on),
      on,
    )
    return inForce ? [inForce] : []
  })
}

/** What limits of classes are judged by, whatever is measured. */
const limitCounters: readonly Counter[] = ['report_excused', 'finding_false_result', 'penalty']

/** Every counter that a ranking by these definitions is made of: a counter that is added later changes no earlier one. */
export function countersFor(definitions: readonly Indicator[]): Counter[] {
  const wanted = new Set([...definitions.flatMap(countersBehind), ...limitCounters])
  return counters.filter((counter) => wanted.has(counter))
}

/** Every counter whose rows a figure is made of. */
export function countersBehind({ formula }: Indicator): readonly Counter[] {
  switch (formula.kind) {
    case 'share':
      return formula.whole
    case 'incidence':
      return [...formula.events, ...formula.per100]
    default:
      return formula.of
  }
}

/** What was observed: `value` is null where there is nothing to measure. Shares from 0 to 1, quantiles in working days. */
export type Observed = {
  readonly value: number | null
  readonly numerator: number
  /** Null of a count. */
  readonly denominator: number | null
  readonly contested: number
  readonly sufficient: boolean
}

export function observe(indicator: Indicator, counts: Counts): Observed {
  const { formula } = indicator
  const contested = countersBehind(indicator).reduce((sum, counter) => sum + (counts.contested[counter] ?? 0), 0)
  const made = (value: number | null, numerator: number, denominator: number | null) => {
    const sufficient = (denominator ?? numerator) >= indicator.rowsMin && value !== null
    return { value, numerator, denominator, contested, sufficient }
  }
  switch (formula.kind) {
    case 'share': {
      const [part, whole] = [sumOf(counts, formula.part), sumOf(counts, formula.whole)]
      return made(whole === 0 ? null : part / whole, part, whole)
    }
    case 'incidence': {
      const [events, base] = [sumOf(counts, formula.events), sumOf(counts, formula.per100)]
      return made(base === 0 ? null : (events / base) * 100, events, base)
    }
    case 'quantile': {
      const days = daysOf(counts, formula.of)
      const value = quantileOf(days, formula.quantile)
      const total = days.reduce((sum, count) => sum + count, 0)
      return made(
        value,
        days.slice(0, (value ?? -1) + 1).reduce((sum, count) => sum + count, 0),
        total,
      )
    }
    case 'count': {
      const count = sumOf(counts, formula.of)
      return made(count, count, null)
    }
  }
}

/** Between which days a quantile lies with that chance, by the order of what was observed; null where that is too little. */
export function quantileInterval(
  { formula }: Indicator,
  counts: Counts,
  chance: number,
): { readonly low: number | null; readonly high: number | null } {
  if (formula.kind !== 'quantile') return { low: null, high: null }
  const days = daysOf(counts, formula.of)
  const total = days.reduce((sum, count) => sum + count, 0)
  const { low, high } = binomialQuantileRanks(total, formula.quantile, chance)
  return { low: low === null ? null : dayAtRank(days, low), high: high === null ? null : dayAtRank(days, high) }
}

/** How many took 0, 1, 2 … working days, the counters together. */
function daysOf(counts: Counts, wanted: readonly Counter[]): number[] {
  const lists = wanted.map((counter) => counts.workingDays[counter] ?? [])
  const longest = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, day) => lists.reduce((sum, list) => sum + (list[day] ?? 0), 0))
}

/** The days of the n-th in order, from 1 on. */
function dayAtRank(days: readonly number[], rank: number): number | null {
  return quantileOf(days, rank / days.reduce((sum, count) => sum + count, 0))
}
