/** The chance of each cell of a grid; they sum to 1. */
export type Chances = Float64Array

/** What a body showed, and how likely it is in each cell; two bodies of one key showed the same. */
export type Shown = { readonly key: string; likelihood(): Float64Array }

/**
 * What can be said of each body's true rate when all rates are drawn from a distribution that the bodies share and that is
 * itself not known (R9): every prior of the list is as likely as the next beforehand, and weighs afterwards by how well it
 * explains what all bodies showed. Nothing is fitted and plugged in. The order of the bodies plays no part.
 */
export function pool(bodies: readonly Shown[], priors: readonly Chances[]): Chances[] {
  const likelihoods = new Map<string, Float64Array>()
  for (const { key, likelihood } of bodies) if (!likelihoods.has(key)) likelihoods.set(key, likelihood())
  const marginals = new Map(
    [...likelihoods].map(([key, likelihood]) => [key, priors.map((prior) => dot(prior, likelihood))]),
  )
  const shared = sharedChances(bodies, marginals, priors)
  const posteriors = new Map(
    [...likelihoods].map(([key, likelihood]) => [
      key,
      posteriorOf(likelihood, marginals.get(key) ?? [], shared, priors),
    ]),
  )
  return bodies.map(({ key }) => posteriors.get(key) ?? new Float64Array())
}

/** From logarithms, scaled so that nothing is too small to be a number. */
export function fromLogs(logs: Float64Array): Float64Array {
  const highest = logs.reduce((most, log) => Math.max(most, log))
  return logs.map((log) => Math.exp(log - highest))
}

export function normalised(weights: Float64Array): Chances {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** A prior of which a part is flat: the chance that a body is unlike the others, so that they do not excuse it. */
export function withFlatPart(prior: Chances, flatShare: number): Chances {
  return prior.map((weight) => (1 - flatShare) * weight + flatShare / prior.length)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

/** How likely each prior is, given everybody's results. Bodies are counted, so that their order is none. */
function sharedChances(
  bodies: readonly Shown[],
  marginals: ReadonlyMap<string, readonly number[]>,
  priors: readonly Chances[],
): Chances {
  const counts = new Map<string, number>()
  for (const { key } of bodies) counts.set(key, (counts.get(key) ?? 0) + 1)
  const ordered = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  const logs = Float64Array.from(priors, (_, at) =>
    ordered.reduce((sum, [key, count]) => sum + count * Math.log(marginals.get(key)?.[at] ?? 0), 0),
  )
  return normalised(fromLogs(logs))
}

function posteriorOf(
  likelihood: Float64Array,
  marginal: readonly number[],
  shared: Chances,
  priors: readonly Chances[],
): Chances {
  const mixed = new Float64Array(likelihood.length)
  priors.forEach((prior, at) => {
    const weight = (shared[at] ?? 0) / (marginal[at] ?? 1)
    if (weight > 0)
      for (let cell = 0; cell < mixed.length; cell += 1) mixed[cell] = (mixed[cell] ?? 0) + weight * (prior[cell] ?? 0)
  })
  return normalised(mixed.map((weight, cell) => weight * (likelihood[cell] ?? 0)))
}

/** How far into the grid the chances reach, in cells and parts of one. @param chance above 0 and below 1 */
export function cellAt(posterior: Chances, chance: number): number {
  let below = 0
  for (let cell = 0; cell < posterior.length; cell += 1) {
    const weight = posterior[cell] ?? 0
    if (below + weight >= chance) return cell + (chance - below) / weight
    below += weight
  }
  return posterior.length
}

/** The chance of what lies below so many cells; a cell that is cut counts in part. */
export function chanceBelowCell(posterior: Chances, cut: number): number {
  return posterior.reduce((sum, weight, cell) => sum + weight * Math.min(1, Math.max(0, cut - cell)), 0)
}
