import type { Chances } from './pool.ts'

/** Numbers from 0 to below 1, the same for the same seed. */
export type RandomNumbers = () => number

/** Between which places a body stands with that chance; 1 is the best. */
export type RankInterval = { readonly best: number; readonly worst: number }

/** What the draws said of each body: its place, and how often its score fell into each band. */
export type Simulated = {
  readonly places: RankInterval
  /** Shares of the draws in which the score was below the first bar, from it to below the second, and so on. */
  readonly bands: readonly number[]
}

/**
 * The places that the true rates may put the bodies in: a score is drawn for each as often as asked, and the bodies are put
 * in order each time (R9); between equal scores lots are drawn. The same numbers give the same places.
 * @param drawScores fills one draw: a score for each body, more is better
 * @param chance that the place lies in the interval, such as 0.9
 * @param bars of the bands, the lowest first
 */
export function simulate(
  drawScores: (scores: Float64Array) => void,
  bodies: number,
  random: RandomNumbers,
  { draws, chance, bars = [] }: { draws: number; chance: number; bars?: readonly number[] },
): Simulated[] {
  const scores = new Float64Array(bodies)
  const lots = new Float64Array(bodies)
  const order = Uint32Array.from(scores, (_, body) => body)
  const places = Array.from({ length: bodies }, () => new Uint32Array(bodies))
  const bands = Array.from({ length: bodies }, () => new Uint32Array(bars.length + 1))
  for (let draw = 0; draw < draws; draw += 1) {
    drawScores(scores)
    for (let body = 0; body < bodies; body += 1) lots[body] = random()
    order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || (lots[b] ?? 0) - (lots[a] ?? 0))
    for (let place = 0; place < bodies; place += 1) addOne(places[order[place] ?? 0], place)
    for (let body = 0; body < bodies; body += 1) addOne(bands[body], bandOf(bars, scores[body] ?? 0))
  }
  return places.map((counts, body) => ({
    places: intervalOf(counts, draws, chance),
    bands: Array.from(bands[body] ?? [], (count) => count / draws),
  }))
}

function bandOf(bars: readonly number[], score: number): number {
  return bars.filter((bar) => score >= bar).length
}

function addOne(counts: Uint32Array | undefined, at: number): void {
  if (counts) counts[at] = (counts[at] ?? 0) + 1
}

/** Chances to draw from: summed up once, with where to begin to look for each part of the way. */
export type Drawable = { readonly sums: Float64Array; readonly starts: Uint16Array }

/** So many parts: most draws then need one look. */
const parts = 512

export function drawable(posterior: Chances): Drawable {
  let sum = 0
  const sums = posterior.map((weight) => {
    sum += weight
    return sum
  })
  let cell = 0
  const starts = Uint16Array.from({ length: parts }, (_, part) => {
    while (cell < sums.length - 1 && (sums[cell] ?? 0) <= (part / parts) * sum) cell += 1
    return cell
  })
  return { sums, starts }
}

/** A place in the grid as likely as its chances have it, in cells and parts of one: no two draws are equal. */
export function drawCell({ sums, starts }: Drawable, random: RandomNumbers): number {
  const last = sums.length - 1
  const part = random()
  const wanted = part * (sums[last] ?? 1)
  let cell = starts[Math.floor(part * parts)] ?? 0
  while (cell < last && (sums[cell] ?? 0) <= wanted) cell += 1
  const before = cell === 0 ? 0 : (sums[cell - 1] ?? 0)
  return cell + (wanted - before) / ((sums[cell] ?? 0) - before || 1)
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
