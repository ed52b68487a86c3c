/**
 * What can be said of the true rates of several bodies from few results each (R9). Each body's rate is drawn from a
 * distribution that all of them share, and that is itself not known: it is integrated over, on a grid, not fitted. A part
 * of that distribution is flat, so that nineteen good bodies do not excuse the twentieth.
 */

/** Results of a body that met something, of those due; older years count less, so neither need be whole. */
export type Tally = { readonly met: number; readonly due: number }

/** The chance of each cell of {@link rateOfCell}; they sum to 1. */
export type RatePosterior = Float64Array

/** Cells of equal width from 0 to 1. */
export const rateCells = 400

/** The rate in the middle of a cell. */
export function rateOfCell(cell: number): number {
  return (cell + 0.5) / rateCells
}

/** How much of the shared distribution is flat: the chance that a body is unlike the others (README.md has the study). */
const flatShare = 0.1

/**
 * What the shared distribution may be: its mean, and how many results it is worth; each as likely as the next. It is worth
 * at most four results: a heavier one would be fitted to the good bodies and excuse a bad one for years.
 */
const sharedMeans = logitSteps(0.5, 0.99, 24)
const sharedStrengths = [1, 2, 4]

function logitSteps(from: number, until: number, steps: number): number[] {
  const logit = (rate: number) => Math.log(rate / (1 - rate))
  const [low, high] = [logit(from), logit(until)]
  return Array.from({ length: steps }, (_, at) => 1 / (1 + Math.exp(-(low + ((high - low) * at) / (steps - 1)))))
}

const logRates = Float64Array.from({ length: rateCells }, (_, cell) => Math.log(rateOfCell(cell)))
const logMisses = Float64Array.from({ length: rateCells }, (_, cell) => Math.log(1 - rateOfCell(cell)))

/** θ to the power a, times 1 − θ to the power b, in every cell, scaled so that nothing is too small to be a number. */
function powers(a: number, b: number): Float64Array {
  const logs = logRates.map((log, cell) => a * log + b * (logMisses[cell] ?? 0))
  const highest = logs.reduce((most, log) => Math.max(most, log))
  return logs.map((log) => Math.exp(log - highest))
}

function normalised(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** Every shared distribution that is considered: a beta distribution with a flat part. */
const sharedPriors: readonly Float64Array[] = sharedMeans.flatMap((mean) =>
  sharedStrengths.map((strength) => {
    const beta = normalised(powers(mean * strength - 1, (1 - mean) * strength - 1))
    return beta.map((weight) => (1 - flatShare) * weight + flatShare / rateCells)
  }),
)

/** The chances of every body's true rate, given the results of all of them. The order of the bodies plays no part. */
export function poolRates(tallies: readonly Tally[]): RatePosterior[] {
  const distinct = new Map(tallies.map((tally) => [keyOf(tally), tally]))
  const likelihoods = new Map([...distinct].map(([key, { met, due }]) => [key, powers(met, due - met)]))
  const marginals = new Map(
    [...likelihoods].map(([key, likelihood]) => [key, sharedPriors.map((prior) => dot(prior, likelihood))]),
  )
  const shared = sharedChances(tallies, marginals)
  const posteriors = new Map(
    [...likelihoods].map(([key, likelihood]) => [key, posteriorOf(likelihood, marginals.get(key) ?? [], shared)]),
  )
  return tallies.map((tally) => posteriors.get(keyOf(tally)) ?? new Float64Array(rateCells))
}

function keyOf({ met, due }: Tally): string {
  return `${met}/${due}`
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

/** How likely each shared distribution is, given everybody's results. Bodies are counted, so that their order is none. */
function sharedChances(tallies: readonly Tally[], marginals: ReadonlyMap<string, readonly number[]>): Float64Array {
  const bodies = new Map<string, number>()
  for (const tally of tallies) bodies.set(keyOf(tally), (bodies.get(keyOf(tally)) ?? 0) + 1)
  const ordered = [...bodies].sort(([a], [b]) => (a < b ? -1 : 1))
  const logs = Float64Array.from(sharedPriors, (_, at) =>
    ordered.reduce((sum, [key, count]) => sum + count * Math.log(marginals.get(key)?.[at] ?? 0), 0),
  )
  const highest = logs.reduce((most, log) => Math.max(most, log))
  return normalised(logs.map((log) => Math.exp(log - highest)))
}

function posteriorOf(likelihood: Float64Array, marginal: readonly number[], shared: Float64Array): RatePosterior {
  const prior = new Float64Array(rateCells)
  sharedPriors.forEach((each, at) => {
    const weight = (shared[at] ?? 0) / (marginal[at] ?? 1)
    if (weight > 0)
      for (let cell = 0; cell < rateCells; cell += 1) prior[cell] = (prior[cell] ?? 0) + weight * (each[cell] ?? 0)
  })
  return normalised(prior.map((weight, cell) => weight * (likelihood[cell] ?? 0)))
}

/** The mean of the chances. */
export function meanRate(posterior: RatePosterior): number {
  return posterior.reduce((sum, weight, cell) => sum + weight * rateOfCell(cell), 0)
}

/** The chance that the true rate is below a bar; a cell that the bar cuts counts in part. */
export function chanceBelow(posterior: RatePosterior, bar: number): number {
  const cut = bar * rateCells
  return posterior.reduce((sum, weight, cell) => sum + weight * Math.min(1, Math.max(0, cut - cell)), 0)
}

/** The rate that the true one is below with that chance. @param chance above 0 and below 1 */
export function rateAt(posterior: RatePosterior, chance: number): number {
  let below = 0
  for (let cell = 0; cell < rateCells; cell += 1) {
    const weight = posterior[cell] ?? 0
    if (below + weight >= chance) return (cell + (chance - below) / weight) / rateCells
    below += weight
  }
  return 1
}

/** Between which rates the true one lies with that chance, as much left out below as above. */
export function rateInterval(
  posterior: RatePosterior,
  chance: number,
): { readonly low: number; readonly high: number } {
  return { low: rateAt(posterior, (1 - chance) / 2), high: rateAt(posterior, (1 + chance) / 2) }
}
