import { z } from 'zod'
import { expiriesSvg, funnelSvg, rankIntervalsSvg, trendSvg } from '../../documents/charts.ts'
import { addMonths, firstOfMonth, type PlainDate } from '../../domain/plain-date.ts'
import { type Funnel, funnelOf, type RankRow, rankRows, type TrendPoint } from '../../domain/ranking/chart.ts'
import { type Indicator, indicatorIds, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { monthlyShares } from '../../store/ranking/waves.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { readExpiriesByMonth } from '../dashboards/read-expiries.ts'
import { idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { asKnown } from './gather.ts'
import { periodInput, problemsOfPeriod } from './inputs.ts'
import { rankPeriod } from './read-ranking.ts'

/** What a chart shows, as data and as a picture of the same. */
export type Chart<Data> = { readonly data: Data; svg(): Promise<string> }

export const chartQuery = z.strictObject(periodInput)
export const trendQuery = z.strictObject({
  ...periodInput,
  indicator: z.enum(indicatorIds).default('on_time_cnca'),
  memberId: idInput.optional(),
})
export const expiryChartQuery = z.strictObject({ memberId: idInput.optional() })

type Period = z.infer<typeof chartQuery>

/** The funnel plot of a period. A member sees its own point among the limits. @throws Refusal */
export async function readFunnel(registry: Registry, context: Context, period: Period): Promise<Chart<Funnel>> {
  const own = confinedTo(context, 'rankings.read')
  const { ranking } = await rankPeriod(registry, context, period)
  const funnel = funnelOf(ranking.tables[0]?.bodies ?? [])
  const points = funnel.points.filter(({ memberId }) => own === null || memberId === own)
  const data = rounded({ ...funnel, points })
  return { data, svg: () => funnelSvg(data) }
}

/** Places with their intervals. A member sees its own. @throws Refusal */
export async function readRankIntervals(
  registry: Registry,
  context: Context,
  period: Period,
): Promise<Chart<{ chance: number; items: RankRow[] }>> {
  const own = confinedTo(context, 'rankings.read')
  const { ranking, policy } = await rankPeriod(registry, context, period)
  const items = rankRows(ranking.tables[0]?.bodies ?? []).filter(({ memberId }) => own === null || memberId === own)
  const chance = policy.policy.intervalChance
  return { data: { chance, items }, svg: () => rankIntervalsSvg(items, chance) }
}

/** A share month by month, of all bodies together or of one. A member sees its own. @throws Refusal */
export async function readTrend(
  registry: Registry,
  context: Context,
  { indicator, memberId: named, ...period }: z.infer<typeof trendQuery>,
): Promise<Chart<{ indicator: string; items: TrendPoint[] }>> {
  const memberId = ownOr(confinedTo(context, 'rankings.read'), named)
  refuseIfAny(problemsOfPeriod(period))
  const definition = shareOf(indicator, period.until)
  const rulebook = await registry.rulebooks.recent(registry.db)
  const asked = {
    period,
    years: 1,
    asOf: context.today,
    knownAt: context.now,
    ...(memberId === null ? {} : { memberId }),
  }
  const known = { ...asKnown(rulebook, asked), from: period.from, until: period.until }
  const { part, whole } = definition.formula
  const counted = await monthlyShares(registry.lists, known, part, whole)
  const items = rounded(
    monthsOf(period).map((month) =>
      pointOf(
        month,
        counted.find((each) => each.month === month),
      ),
    ),
  )
  return { data: { indicator, items }, svg: () => trendSvg(definition.name[0], items) }
}

type Share = Indicator & { readonly formula: Extract<Indicator['formula'], { kind: 'share' }> }

/** @throws Refusal where the indicator is no share that is counted over days */
function shareOf(id: (typeof indicatorIds)[number], on: PlainDate): Share {
  const definition = indicatorsInForce(on).find((each) => each.id === id)
  if (definition?.formula.kind !== 'share' || id === 'scopes_used')
    throw refuse('field_invalid', 'indicator', {
      value: id,
      values: { detail: ['须为比率指标', 'it must be a share'] },
    })
  return definition as Share
}

function monthsOf({ from, until }: Period): PlainDate[] {
  const months: PlainDate[] = []
  for (let month = firstOfMonth(from); month <= until; month = addMonths(month, 1)) months.push(month)
  return months
}

function pointOf(month: PlainDate, counted: Pick<TrendPoint, 'numerator' | 'denominator'> | undefined): TrendPoint {
  const { numerator, denominator } = counted ?? { numerator: 0, denominator: 0 }
  return { month, numerator, denominator, value: denominator ? numerator / denominator : null }
}

/** Certificates by the month in which they end, for three years. A member sees its own. @throws Refusal */
export async function readExpiryChart(
  registry: Registry,
  context: Context,
  { memberId }: z.infer<typeof expiryChartQuery>,
): Promise<Chart<{ items: { month: string; certificates: number }[] }>> {
  const months = await readExpiriesByMonth(registry, context, { ...(memberId ? { memberId } : {}), months: 36 })
  const items = months.map(({ month, certificates }) => ({ month, certificates: certificates.numerator }))
  return { data: { items }, svg: () => expiriesSvg(items) }
}
