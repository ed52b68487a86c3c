import { type Chances, cellAt, fromLogs, normalised, pool, withFlatPart } from './pool.ts'

/**
 * What can be said of how often something befalls each hundred certificates of a body (R9): gamma-Poisson, with a gamma
 * distribution that all bodies share and that is integrated over on a grid; a part of it is flat.
 */

/** So many events over so many hundreds of certificates; older years count less, so neither need be whole. */
export type Incidence = { readonly events: number; readonly hundreds: number }

/** Cells of equal width in the logarithm, from one event in 10 000 certificates to one for each. */
export const incidenceCells = 320
const [leastExponent, mostExponent] = [-2, 2]

/** Events for each hundred certificates at a place in the grid, in cells and parts of one. */
export function incidenceOfCell(cell: number): number {
  return 10 ** (leastExponent + ((mostExponent - leastExponent) * cell) / incidenceCells)
}

const flatShare = 0.1

const incidences = Float64Array.from({ length: incidenceCells }, (_, cell) => incidenceOfCell(cell + 0.5))
const logIncidences = incidences.map((incidence) => Math.log(incidence))

/** λ to the power a, times e to the −bλ, in every cell, but for a factor. */
function gammaPowers(a: number, b: number): Float64Array {
  return fromLogs(logIncidences.map((log, cell) => a * log - b * (incidences[cell] ?? 0)))
}

/** The mean of the shared distribution, and how many hundreds of certificates it is worth. */
const sharedMeans = Array.from({ length: 24 }, (_, at) => 0.05 * (10 / 0.05) ** (at / 23))
const sharedStrengths = [0.25, 0.5, 1]

const sharedPriors: readonly Chances[] = sharedMeans.flatMap((mean) =>
  sharedStrengths.map((strength) => withFlatPart(normalised(gammaPowers(mean * strength, strength)), flatShare)),
)

/** The chances of every body's true incidence, given what befell all of them. */
export function poolIncidences(bodies: readonly Incidence[]): Chances[] {
  const shown = bodies.map(({ events, hundreds }) => ({
    key: `${events}/${hundreds}`,
    likelihood: () => gammaPowers(events, hundreds),
  }))
  return pool(shown, sharedPriors)
}

export function meanIncidence(posterior: Chances): number {
  return posterior.reduce((sum, weight, cell) => sum + weight * (incidences[cell] ?? 0), 0)
}

/** Between which incidences the true one lies with that chance, as much left out below as above. */
export function incidenceInterval(posterior: Chances, chance: number): { readonly low: number; readonly high: number } {
  const at = (part: number) => incidenceOfCell(cellAt(posterior, part))
  return { low: at((1 - chance) / 2), high: at((1 + chance) / 2) }
}
