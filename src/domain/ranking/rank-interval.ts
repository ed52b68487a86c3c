import { type RatePosterior, rateCells } from './pooled-rate.ts'

/** Numbers from 0 to below 1, the same for the same seed. */
export type RandomNumbers = () => number

/** Between which places a body stands with that chance; 1 is the best. */
export type RankInterval = { readonly best: number; readonly worst: number }

/**
 * The places that the true rates may put the bodies in: the rates are drawn from their chances as often as asked, and
 * the bodies put in order each time (R9). The same numbers give the same places.
 * @param chance that the place lies in the interval, such as 0.9
 */
export function rankIntervals(
  posteriors: readonly RatePosterior[],
  draws: number,
  chance: number,
  random: RandomNumbers,
): RankInterval[] {
  const sums = posteriors.map(cumulated)
  const counts = posteriors.map(() => new Uint32Array(posteriors.length))
  for (let draw = 0; draw < draws; draw += 1) {
    const rates = sums.map((sum) => drawn(sum, random))
    const order = rates.map((_, body) => body).sort((a, b) => (rates[b] ?? 0) - (rates[a] ?? 0))
    order.forEach((body, place) => {
      const own = counts[body]
      if (own) own[place] = (own[place] ?? 0) + 1
    })
  }
  return counts.map((places) => intervalOf(places, draws, chance))
}

function cumulated(posterior: RatePosterior): Float64Array {
  let sum = 0
  return posterior.map((weight) => {
    sum += weight
    return sum
  })
}

/** A rate as likely as its chances have it: the cell by halving, and a place within it, so that no two are equal. */
function drawn(sums: Float64Array, random: RandomNumbers): number {
  const wanted = random() * (sums[rateCells - 1] ?? 1)
  let [low, high] = [0, rateCells - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] ?? 0) > wanted) high = middle
    else low = middle + 1
  }
  const before = low === 0 ? 0 : (sums[low - 1] ?? 0)
  const within = (sums[low] ?? 0) - before || 1
  return (low + (wanted - before) / within) / rateCells
}

function intervalOf(places: Uint32Array, draws: number, chance: number): RankInterval {
  const leftOut = (draws * (1 - chance)) / 2
  const placeAfter = (count: number) => {
    let seen = 0
    return places.findIndex((times) => {
      seen += times
      return seen > count
    })
  }
  return { best: placeAfter(leftOut) + 1, worst: placeAfter(draws - leftOut - 1) + 1 }
}
