import { type Chances, cellAt, chanceBelowCell, fromLogs, normalised, pool, withFlatPart } from './pool.ts'

/**
 * What can be said of the true rates of several bodies from few results each (R9): beta-binomial, with a beta distribution
 * that all bodies share and that is integrated over on a grid. A part of it is flat, so that nineteen good bodies do not
 * excuse the twentieth.
 */

/** Results of a body that met something, of those due; older years count less, so neither need be whole. */
export type Tally = { readonly met: number; readonly due: number }

/** The chance of each cell of {@link rateOfCell}; they sum to 1. */
export type RatePosterior = Chances

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

/** θ to the power a, times 1 − θ to the power b, in every cell, but for a factor. */
function powers(a: number, b: number): Float64Array {
  return fromLogs(logRates.map((log, cell) => a * log + b * (logMisses[cell] ?? 0)))
}

/** Every shared distribution that is considered: a beta distribution with a flat part. */
const sharedPriors: readonly Chances[] = sharedMeans.flatMap((mean) =>
  sharedStrengths.map((strength) => {
    return withFlatPart(normalised(powers(mean * strength - 1, (1 - mean) * strength - 1)), flatShare)
  }),
)

/** The chances of every body's true rate, given the results of all of them. The order of the bodies plays no part. */
export function poolRates(tallies: readonly Tally[]): RatePosterior[] {
  const shown = tallies.map(({ met, due }) => ({ key: `${met}/${due}`, likelihood: () => powers(met, due - met) }))
  return pool(shown, sharedPriors)
}

/** The mean of the chances. */
export function meanRate(posterior: RatePosterior): number {
  return posterior.reduce((sum, weight, cell) => sum + weight * rateOfCell(cell), 0)
}

/** The chance that the true rate is below a bar; a cell that the bar cuts counts in part. */
export function chanceBelow(posterior: RatePosterior, bar: number): number {
  return chanceBelowCell(posterior, bar * rateCells)
}

/** The rate that the true one is below with that chance. @param chance above 0 and below 1 */
export function rateAt(posterior: RatePosterior, chance: number): number {
  return cellAt(posterior, chance) / rateCells
}

/** Between which rates the true one lies with that chance, as much left out below as above. */
export function rateInterval(
  posterior: RatePosterior,
  chance: number,
): { readonly low: number; readonly high: number } {
  return { low: rateAt(posterior, (1 - chance) / 2), high: rateAt(posterior, (1 + chance) / 2) }
}
