import { type Family, familyOrder } from '../families.ts'
import { groupedBy } from '../grouped.ts'
import type { PlainDate } from '../plain-date.ts'
import type { CountRow, Counts, Span } from './counter.ts'
import {
  type Indicator,
  type IndicatorId,
  indicatorIds,
  type Observed,
  observe,
  quantileInterval,
} from './indicator.ts'
import { type Policy, pointsOf } from './policy.ts'
import type { Chances } from './pool.ts'
import { incidenceInterval, incidenceOfCell, meanIncidence, poolIncidences } from './pooled-incidence.ts'
import { chanceBelow, meanRate, poolRates, rateCells, rateInterval } from './pooled-rate.ts'
import { evidenceInWords, type Recommendation, recommend } from './recommendation.ts'
import { type BodyClass, limited, limitsOf, placesOf, type Score, scoreOf } from './score.ts'
import { type Drawable, drawable, drawCell, type RandomNumbers, type RankInterval, simulate } from './simulation.ts'
import { countsWithin, stretchesOf, type Windows } from './window.ts'

/** A body that is ranked. */
export type Body = {
  readonly memberId: string
  readonly name: string
  readonly hasFailedRectification: boolean
  readonly approvalRevoked: boolean
}

/** All that a ranking is made of; the same input, policy and random numbers give the same ranking. */
export type RankingInput = {
  readonly windows: Windows
  /** The day for which the states hold. */
  readonly asOf: PlainDate
  readonly bodies: readonly Body[]
  readonly counts: readonly CountRow[]
}

/** One measured figure (R9). `low` and `high` enclose what is true of the body; a count and a share of its cases are what they are. */
export type RankedFigure = Observed & {
  readonly indicator: IndicatorId
  readonly definitionVersion: number
  readonly low: number | null
  readonly high: number | null
  /** The mean of what may be true, after all bodies and years were looked at; null where nothing is estimated. */
  readonly estimate: number | null
  /** The observed value of the period before. */
  readonly previous: number | null
  readonly asOf: PlainDate
}

export type Quality = Score & {
  readonly place: number | null
  readonly places: RankInterval | null
  readonly previousPlace: number | null
  /** The chances of A, B and C, caps and vetoes included. */
  readonly classChances: Readonly<Record<BodyClass, number>> | null
  /** In what share of plausible weightings the place stays the same. */
  readonly heldShare: number | null
}

export type Quantity = {
  readonly results: number
  readonly place: number
  readonly previousResults: number
  readonly previousPlace: number
}

/** What policy says, and why; of all families together only. */
export type Judgement = {
  /** Reports to CNCA of the years looked at: on time, and due. */
  readonly met: number
  readonly due: number
  readonly chanceBelowBar: number
  readonly chanceAboveTop: number
  readonly recommendation: Recommendation
  readonly words: { readonly zh: string; readonly en: string }
}

export type RankedBody = {
  readonly memberId: string
  readonly name: string
  readonly figures: readonly RankedFigure[]
  readonly quality: Quality
  readonly quantity: Quantity
  readonly judgement: Judgement | null
}

export type RankingTable = { readonly family: Family | null; readonly bodies: readonly RankedBody[] }

export type Ranking = {
  readonly windows: Windows
  readonly asOf: PlainDate
  readonly definitions: readonly { readonly id: IndicatorId; readonly version: number }[]
  /** All families together first, then each with a row of its own. */
  readonly tables: readonly RankingTable[]
}

/** Told how much is done, from 0 to 1. */
export type Progress = (done: number) => void

/** What the bodies are judged by. */
export type Judged = { readonly policy: Policy; readonly definitions: readonly Indicator[] }

/** Ranks the bodies on both axes, over all families and within each (R9). */
export function rank(
  input: RankingInput,
  { policy, definitions }: Judged,
  random: RandomNumbers,
  tell: Progress = () => {},
): Ranking {
  const families = familyOrder.filter((family) => input.counts.some((row) => row.family === family))
  const scopes: (Family | null)[] = [null, ...families]
  const tables = scopes.map((family, at): RankingTable => {
    const table = rankTable(tableOf(input, family), definitions, policy, random)
    tell((at + 1) / scopes.length)
    return { family, bodies: table }
  })
  return {
    windows: input.windows,
    asOf: input.asOf,
    definitions: definitions.map(({ id, version }) => ({ id, version })),
    tables,
  }
}

type Table = RankingInput & {
  readonly family: Family | null
  readonly stretches: readonly PlainDate[]
  readonly rowsOf: ReadonlyMap<string, readonly CountRow[]>
  /** Of all families together: a veto is on the body, whatever family its ground lies in. */
  readonly allRowsOf: ReadonlyMap<string, readonly CountRow[]>
}

/** The bodies of a family are those that did something in it; to hold a scope is not to use it. */
function tableOf(input: RankingInput, family: Family | null): Table {
  const counts = input.counts.filter((row) => family === null || row.family === family)
  const rowsOf = groupedBy(counts, ({ memberId }) => memberId)
  const didSomething = ({ memberId }: Body) =>
    (rowsOf.get(memberId) ?? []).some(({ counter }) => counter !== 'scope_unused')
  const bodies = family === null ? input.bodies : input.bodies.filter(didSomething)
  const allRowsOf = family === null ? rowsOf : groupedBy(input.counts, ({ memberId }) => memberId)
  return { ...input, family, bodies, rowsOf, allRowsOf, stretches: stretchesOf(input.windows) }
}

function countsIn({ stretches, rowsOf }: Table, memberId: string, window: Span): Counts {
  return countsWithin(rowsOf.get(memberId) ?? [], stretches, window)
}

function rankTable(
  table: Table,
  definitions: readonly Indicator[],
  policy: Policy,
  random: RandomNumbers,
): RankedBody[] {
  const measured = measure(table, definitions, policy)
  const scored = score(table, measured, policy)
  const simulated = simulateScores(measured, scored, policy, random)
  const held = heldShares(measured, policy, random)
  const qualityPlaces = placesOf(scored.map(({ now }) => now.points))
  const previousPlaces = placesOf(scored.map(({ before }) => before.points))
  const results = measured.map(({ figures }) => observedOf(figures, 'results_completed'))
  const quantityPlaces = placesOf(results.map(({ numerator }) => numerator))
  const previousQuantity = placesOf(results.map(({ previous }) => previous))
  const judgements = table.family === null ? judgeAll(table, definitions, policy) : []
  return table.bodies.map(({ memberId, name }, at) => ({
    memberId,
    name,
    figures: measured[at]?.figures ?? [],
    quality: {
      ...(scored[at]?.now as Score),
      place: qualityPlaces[at] ?? null,
      previousPlace: previousPlaces[at] ?? null,
      heldShare: held[at] ?? null,
      places: simulated[at]?.places ?? null,
      classChances: simulated[at]?.classChances ?? null,
    },
    quantity: {
      results: results[at]?.numerator ?? 0,
      place: quantityPlaces[at] ?? 0,
      previousResults: results[at]?.previous ?? 0,
      previousPlace: previousQuantity[at] ?? 0,
    },
    judgement: judgements[at] ?? null,
  }))
}

type Measured = {
  readonly period: Counts
  readonly figures: readonly RankedFigure[]
  readonly observedBefore: ReadonlyMap<IndicatorId, Observed>
  /** Of each indicator that is estimated: the chances over its grid, after the period. */
  readonly chances: ReadonlyMap<IndicatorId, Chances>
}

function observedOf(figures: readonly RankedFigure[], id: IndicatorId): RankedFigure {
  const figure = figures.find(({ indicator }) => indicator === id)
  if (!figure) throw new Error(`no figure ${id}`)
  return figure
}

// ---- Measuring

function measure(table: Table, definitions: readonly Indicator[], policy: Policy): Measured[] {
  const { bodies, windows } = table
  const periods = bodies.map(({ memberId }) => countsIn(table, memberId, windows.period))
  const befores = bodies.map(({ memberId }) => countsIn(table, memberId, windows.previous))
  const chances = definitions.map((definition) => [definition.id, chancesOf(definition, periods)] as const)
  return bodies.map((_, at) => {
    const [period, before] = [periods[at] as Counts, befores[at] as Counts]
    const own = new Map(
      chances.flatMap(([id, posteriors]) => {
        const posterior = posteriors?.[at]
        return posterior ? [[id, posterior] as const] : []
      }),
    )
    return {
      period,
      chances: own,
      observedBefore: new Map(definitions.map((definition) => [definition.id, observe(definition, before)])),
      figures: definitions.map((definition) =>
        figureOf(definition, { period, before, posterior: own.get(definition.id), asOf: table.asOf }, policy),
      ),
    }
  })
}

/** Shares and incidences of quality are estimated, all bodies together; the rest is what it is. */
function chancesOf(definition: Indicator, bodies: readonly Counts[]): Chances[] | null {
  const { kind } = definition.formula
  if (definition.axis !== 'quality' || (kind !== 'share' && kind !== 'incidence')) return null
  const seen = bodies.map((counts) => observe(definition, counts))
  if (kind === 'share')
    return poolRates(seen.map(({ numerator, denominator }) => ({ met: numerator, due: denominator ?? 0 })))
  return poolIncidences(
    seen.map(({ numerator, denominator }) => ({ events: numerator, hundreds: (denominator ?? 0) / 100 })),
  )
}

function figureOf(
  definition: Indicator,
  seen: { period: Counts; before: Counts; posterior: Chances | undefined; asOf: PlainDate },
  { intervalChance }: Policy,
): RankedFigure {
  const { period, before, posterior, asOf } = seen
  const observed = observe(definition, period)
  const { low, high, estimate } = estimateOf(definition, { period, observed, posterior }, intervalChance)
  return {
    indicator: definition.id,
    definitionVersion: definition.version,
    ...observed,
    low,
    high,
    estimate,
    previous: observe(definition, before).value,
    asOf,
  }
}

/** What was met by all, or befell none, may be so for ever: the interval then reaches to the end (Brown, Cai, DasGupta 2001). */
function estimateOf(
  definition: Indicator,
  { period, observed, posterior }: { period: Counts; observed: Observed; posterior: Chances | undefined },
  chance: number,
): { low: number | null; high: number | null; estimate: number | null } {
  if (!posterior) return { ...quantileInterval(definition, period, chance), estimate: null }
  const { numerator, denominator } = observed
  const { low, high } =
    definition.formula.kind === 'share' ? rateInterval(posterior, chance) : incidenceInterval(posterior, chance)
  const isAll = definition.formula.kind === 'share' && numerator === denominator
  const estimate = definition.formula.kind === 'share' ? meanRate(posterior) : meanIncidence(posterior)
  return { low: numerator === 0 ? 0 : low, high: isAll ? 1 : high, estimate }
}

// ---- Scoring

function score(table: Table, measured: readonly Measured[], policy: Policy): { now: Score; before: Score }[] {
  const [latest] = table.windows.years
  return measured.map(({ period, figures, observedBefore }, at) => {
    const memberId = table.bodies[at]?.memberId ?? ''
    const whole = (window: Span) => countsWithin(table.allRowsOf.get(memberId) ?? [], table.stretches, window)
    const year = latest ? whole(latest) : whole(table.windows.period)
    const seen = new Map(figures.map((figure) => [figure.indicator, figure]))
    return {
      now: scoreOf(policy, seen, limitsOf(policy, period, { period: whole(table.windows.period), year })),
      before: scoreOf(policy, observedBefore, []),
    }
  })
}

/** Draws the true rates of those who have a score: the places and classes that these may lead to. */
function simulateScores(
  measured: readonly Measured[],
  scored: readonly { now: Score }[],
  policy: Policy,
  random: RandomNumbers,
): ({ places: RankInterval; classChances: Record<BodyClass, number> } | null)[] {
  const placed = scored.flatMap(({ now }, at) => (now.points === null ? [] : [at]))
  const pointsOfCells = cellPoints(policy)
  const recipes = placed.map((at) => recipeOf(measured[at] as Measured, scored[at]?.now as Score, pointsOfCells))
  const drawScores = (scores: Float64Array) => {
    for (const [body, { fixed, drawn }] of recipes.entries()) {
      let score = fixed
      for (const { sums, points, weight } of drawn) score += weight * pointsAt(points, drawCell(sums, random))
      scores[body] = score
    }
  }
  const { draws, intervalChance: chance, classA, classB } = policy
  const simulated = simulate(drawScores, placed.length, random, { draws, chance, bars: [classB, classA] })
  const of = new Map(placed.map((at, body) => [at, simulated[body]]))
  return scored.map(({ now }, at) => {
    const drawn = of.get(at)
    if (!drawn) return null
    const chances = { A: 0, B: 0, C: 0 }
    const bands = ['C', 'B', 'A'] as const
    for (const [which, band] of bands.entries()) chances[limited(band, now.limits)] += drawn.bands[which] ?? 0
    return { places: drawn.places, classChances: chances }
  })
}

type Recipe = {
  /** Points of what is not estimated. */
  readonly fixed: number
  readonly drawn: readonly { sums: Drawable; points: Float64Array; weight: number }[]
}

function recipeOf({ chances }: Measured, { parts }: Score, pointsOfCells: CellPoints): Recipe {
  const drawn = parts.flatMap(({ indicator, weight }) => {
    const posterior = chances.get(indicator)
    const points = posterior && pointsOfCells(indicator, posterior.length)
    return points ? [{ sums: drawable(posterior), points, weight: weight / 100 }] : []
  })
  const fixed = parts
    .filter(({ indicator }) => !chances.has(indicator))
    .reduce((sum, { weight, points }) => sum + (weight / 100) * points, 0)
  return { fixed, drawn }
}

type CellPoints = (indicator: IndicatorId, cells: number) => Float64Array | undefined

/** The points at the edges of the cells of an indicator's grid: one table for all bodies. */
function cellPoints(policy: Policy): CellPoints {
  const tables = new Map<IndicatorId, Float64Array>()
  return (indicator, cells) => {
    const table = policy.points[indicator]
    if (!table) return undefined
    const valueAt = cells === rateCells ? (cell: number) => cell / rateCells : incidenceOfCell
    const points =
      tables.get(indicator) ?? Float64Array.from({ length: cells + 1 }, (_, cell) => pointsOf(table, valueAt(cell)))
    tables.set(indicator, points)
    return points
  }
}

/** The points between two edges of a cell. */
function pointsAt(points: Float64Array, place: number): number {
  const cell = Math.min(Math.floor(place), points.length - 2)
  const [low, high] = [points[cell] ?? 0, points[cell + 1] ?? 0]
  return low + (high - low) * (place - cell)
}

/**
 * Weights are chosen by people; others might have chosen others. Each is varied by half of it up and down, again and
 * again: in what share of these weightings each body keeps its place (R9).
 */
function heldShares(measured: readonly Measured[], policy: Policy, random: RandomNumbers): (number | null)[] {
  // Not in the order of an object: a policy that was stored has another, and each id takes its random number in turn.
  const ids = indicatorIds.filter((id) => policy.weights[id] !== undefined)
  const own = measured.map(({ figures }) =>
    pointsOfEach(new Map(figures.map((each) => [each.indicator, each])), policy, ids),
  )
  const under = (weights: readonly number[]) =>
    placesOf(own.map((points) => (points ? weightedMean(points, weights) : null)))
  const places = under(ids.map((id) => policy.weights[id] ?? 0))
  const held = places.map(() => 0)
  for (let weighting = 0; weighting < policy.weightings; weighting += 1) {
    const varied = ids.map((id) => (policy.weights[id] ?? 0) * (0.5 + random()))
    for (const [at, place] of under(varied).entries()) if (place === places[at]) held[at] = (held[at] ?? 0) + 1
  }
  return places.map((place, at) => (place === null ? null : (held[at] ?? 0) / policy.weightings))
}

/** The points of each weighed indicator, NaN where the data are too few; null for a body without a score. */
function pointsOfEach(
  seen: ReadonlyMap<IndicatorId, RankedFigure>,
  policy: Policy,
  ids: readonly IndicatorId[],
): number[] | null {
  const parts = new Map(scoreOf(policy, seen, []).parts.map(({ indicator, points }) => [indicator, points]))
  return parts.size === 0 ? null : ids.map((id) => parts.get(id) ?? Number.NaN)
}

function weightedMean(points: readonly number[], weights: readonly number[]): number {
  let [sum, weight] = [0, 0]
  for (let at = 0; at < points.length; at += 1) {
    const [each, own] = [points[at] ?? Number.NaN, weights[at] ?? 0]
    if (Number.isNaN(each)) continue
    sum += own * each
    weight += own
  }
  return sum / weight
}

// ---- Judging

/** What policy says of each body: over up to three years, as one period says too little to end a membership (R9). */
function judgeAll(table: Table, definitions: readonly Indicator[], policy: Policy): Judgement[] {
  const onTime = definitions.find(({ id }) => id === 'on_time_cnca')
  if (!onTime) throw new Error('the on-time rate is not defined')
  const years = table.windows.years.slice(0, policy.yearWeights.length)
  const seen = table.bodies.map(({ memberId }) => years.map((year) => observe(onTime, countsIn(table, memberId, year))))
  const weighted = (own: readonly Observed[], of: (observed: Observed) => number, weights: readonly number[]) =>
    own.reduce((sum, observed, year) => sum + of(observed) * (weights[year] ?? 0), 0)
  const sums = (weights: readonly number[]) =>
    seen.map((own) => ({
      met: weighted(own, ({ numerator }) => numerator, weights),
      due: weighted(own, ({ denominator }) => denominator ?? 0, weights),
    }))
  const posteriors = poolRates(sums(policy.yearWeights))
  const reports = sums(years.map(() => 1))
  return table.bodies.map((body, at) =>
    judge(table, body, { posterior: posteriors[at] as Chances, reports: reports[at] as Reports }, policy),
  )
}

type Reports = { readonly met: number; readonly due: number }

function judge(
  table: Table,
  { memberId, approvalRevoked, hasFailedRectification }: Body,
  { posterior, reports }: { posterior: Chances; reports: Reports },
  policy: Policy,
): Judgement {
  const { bar, topBar } = policy.recommendation
  const chanceBelowBar = chanceBelow(posterior, bar)
  const chanceAboveTop = 1 - chanceBelow(posterior, topBar)
  const [latest = table.windows.period] = table.windows.years
  const has = (window: Span) => (countsIn(table, memberId, window).of.finding_false_result ?? 0) > 0
  const falseResult = has(table.windows.period) || has(latest)
  const recommendation = recommend(
    {
      results: reports.due,
      chanceBelowBar,
      chanceAboveTop,
      hasFailedRectification,
      hasGroundForRemoval: falseResult || approvalRevoked,
    },
    policy.recommendation,
  )
  const words = evidenceInWords({
    ...reports,
    ...(recommendation === 'commend' ? { topBar, chanceAboveTop } : { bar, chanceBelowBar }),
    falseResult,
    approvalRevoked,
    hasFailedRectification,
  })
  return { ...reports, chanceBelowBar, chanceAboveTop, recommendation, words }
}
