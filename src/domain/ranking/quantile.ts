/**
 * The least value that at least that part of the rows does not exceed (the inverse of the distribution function).
 * @param counts how many rows have the value 0, 1, 2 …
 * @returns null of no rows
 */
export function quantileOf(counts: readonly number[], part: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = part * total - 1e-9
  let seen = 0
  const value = counts.findIndex((count) => {
    seen += count
    return count > 0 && seen >= wanted
  })
  return value
}

/**
 * Which of n values in order enclose the true quantile with at least that chance, whatever the distribution: how many of n
 * lie below it is binomial. Null where even the first or the last value does not reach that far.
 */
export function binomialQuantileRanks(
  n: number,
  part: number,
  chance: number,
): { readonly low: number | null; readonly high: number | null } {
  const tail = (1 - chance) / 2
  const below = cumulatedBinomial(n, part)
  // The quantile is above the k-th value where fewer than k lie below it.
  const low = below.findLastIndex((sum) => sum <= tail) + 1
  const high = below.findIndex((sum) => sum >= 1 - tail) + 1
  return { low: low >= 1 ? low : null, high: high >= 1 && high <= n ? high : null }
}

/** The least number of successes of n that is not exceeded with that chance. */
export function binomialQuantile(n: number, rate: number, chance: number): number {
  if (rate <= 0) return 0
  if (rate >= 1) return n
  const at = cumulatedBinomial(n, rate).findIndex((sum) => sum >= chance - 1e-12)
  return at === -1 ? n : at
}

/** The chances of at most 0, 1 … n successes of n. */
function cumulatedBinomial(n: number, part: number): number[] {
  let log = n * Math.log(1 - part)
  let sum = 0
  return Array.from({ length: n + 1 }, (_, successes) => {
    if (successes > 0) log += Math.log((n - successes + 1) / successes) + Math.log(part / (1 - part))
    sum += Math.exp(log)
    return sum
  })
}
