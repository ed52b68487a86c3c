import {
  chanceBelow,
  poolRates,
  type RatePosterior,
  rateInterval,
  type Tally,
} from '../../src/domain/ranking/pooled-rate.ts'
import { defaultRecommendation, recommend } from '../../src/domain/ranking/recommendation.ts'
import type { RandomNumbers } from '../../src/domain/ranking/simulation.ts'
import { seededNumbers } from '../../src/statistics/random-numbers.ts'
import type { Scenario } from './scenarios.ts'

const trueRates = { good: 0.92, bad: 0.8 } as const
const intervalChance = 0.9
/** The year itself, the one before, and the one before that. */
const yearWeights = [1, 0.9, 0.8] as const

/** Shares over all alliances; of good bodies per body, of the bad one per alliance. */
export type StudyRow = {
  readonly scenario: Scenario
  readonly coverage: number
  readonly worstCoverage: number
  readonly watchGood: number
  readonly watchBad: number
  readonly removedGood: number
  readonly removedBad: number
  /** The same two where the last of the year is removed. */
  readonly lastGood: number
  readonly lastBad: number
}

/**
 * Alliances in which the first body is bad. A body is removed by policy that was to rectify in the year before, did not
 * change, and is then all but certainly below the bar; by the league table, the last of the year is.
 */
export function study(scenario: Scenario, replicates: number, seed: string): StudyRow {
  const random = seededNumbers(`${seed} ${JSON.stringify(scenario)}`)
  const { bodies } = scenario
  const covered = new Array<number>(bodies).fill(0)
  const counts = { watchGood: 0, watchBad: 0, removedGood: 0, removedBad: 0, lastGood: 0, lastBad: 0 }
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const years = drawYears(scenario, random)
    const before = judge(scenario, years.slice(1), () => false)
    const now = judge(scenario, years, (body) => before[body]?.recommendation === 'rectify')
    const last = lastOf(years[0] ?? [], random)
    now.forEach(({ recommendation, covers }, body) => {
      if (covers) covered[body] = (covered[body] ?? 0) + 1
      const kind = body === 0 ? 'Bad' : 'Good'
      if (['watch', 'rectify', 'remove'].includes(recommendation)) counts[`watch${kind}`] += 1
      if (recommendation === 'remove') counts[`removed${kind}`] += 1
      if (body === last) counts[`last${kind}`] += 1
    })
  }
  const shares = covered.map((count) => count / replicates)
  const ofGood = (count: number) => count / (replicates * (bodies - 1))
  const ofBad = (count: number) => count / replicates
  return {
    scenario,
    coverage: shares.reduce((sum, share) => sum + share, 0) / bodies,
    worstCoverage: Math.min(...shares),
    watchGood: ofGood(counts.watchGood),
    watchBad: ofBad(counts.watchBad),
    removedGood: ofGood(counts.removedGood),
    removedBad: ofBad(counts.removedBad),
    lastGood: ofGood(counts.lastGood),
    lastBad: ofBad(counts.lastBad),
  }
}

/** On-time results of each body in the latest year, in the one before, and so on. */
function drawYears({ bodies, results, years }: Scenario, random: RandomNumbers): number[][] {
  return Array.from({ length: years + 1 }, () =>
    Array.from({ length: bodies }, (_, body) => {
      const rate = body === 0 ? trueRates.bad : trueRates.good
      return Array.from({ length: results }).filter(() => random() < rate).length
    }),
  )
}

function judge({ bodies, results, years }: Scenario, drawn: readonly number[][], hasFailed: (body: number) => boolean) {
  const tallies = Array.from({ length: bodies }, (_, body): Tally => {
    const counted = drawn.slice(0, years).map((year, at) => ({ met: year[body] ?? 0, weight: yearWeights[at] ?? 0 }))
    return {
      met: counted.reduce((sum, { met, weight }) => sum + met * weight, 0),
      due: counted.reduce((sum, { weight }) => sum + results * weight, 0),
    }
  })
  return poolRates(tallies).map((posterior, body) => judged(posterior, body, results * years, hasFailed(body)))
}

function judged(posterior: RatePosterior, body: number, results: number, hasFailedRectification: boolean) {
  const rate = body === 0 ? trueRates.bad : trueRates.good
  const { low, high } = rateInterval(posterior, intervalChance)
  const chanceBelowBar = chanceBelow(posterior, defaultRecommendation.bar)
  const chanceAboveTop = 1 - chanceBelow(posterior, defaultRecommendation.topBar)
  const facts = { results, chanceBelowBar, chanceAboveTop, hasFailedRectification, hasGroundForRemoval: false }
  return { covers: low <= rate && rate <= high, recommendation: recommend(facts, defaultRecommendation) }
}

/** The last of a league table; of several, one by lot. */
function lastOf(year: readonly number[], random: RandomNumbers): number {
  const least = Math.min(...year)
  const lasts = year.flatMap((met, body) => (met === least ? [body] : []))
  return lasts[Math.floor(random() * lasts.length)] ?? 0
}
