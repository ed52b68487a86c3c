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
  const { first, atMost } = cumulatedBinomial(n, part)
  // The quantile is above the k-th value where fewer than k lie below it.
  const low = first + atMost.findLastIndex((sum) => sum <= tail) + 1
  const high = first + atMost.findIndex((sum) => sum >= 1 - tail) + 1
  return { low: low >= 1 ? low : null, high: high >= 1 && high <= n ? high : null }
}

/** For each of these chances, in order, the least number of successes of n that is not exceeded with that chance. */
export function binomialQuantiles(n: number, rate: number, chances: readonly number[]): number[] {
  const { first, atMost } = cumulatedBinomial(n, rate)
  return chances.map((chance) => {
    const at = atMost.findIndex((sum) => sum >= chance - 1e-12)
    return at === -1 ? n : first + at
  })
}

/** Less than this part of the likeliest count's chance is nothing. */
const negligible = 1e-18

/**
 * The chances of at most `first`, `first` + 1 … successes of n. Reckoned outwards from the likeliest count, as far as
 * anything can be seen: as many steps as the spread asks for, not as n does, and nothing that vanishes on the way.
 */
function cumulatedBinomial(n: number, rate: number): { readonly first: number; readonly atMost: readonly number[] } {
  if (rate <= 0) return { first: 0, atMost: [1] }
  if (rate >= 1) return { first: n, atMost: [1] }
  const odds = rate / (1 - rate)
  const likeliest = Math.min(n, Math.floor((n + 1) * rate))
  // Fewer successes are more failures.
  const fewer = weightsAbove(n, n - likeliest, 1 / odds).reverse()
  const weights = [...fewer, 1, ...weightsAbove(n, likeliest, odds)]
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  const atMost = weights.map((weight) => {
    sum += weight
    return sum / total
  })
  return { first: likeliest - fewer.length, atMost }
}

/** How likely each further count is, the one it begins with being 1. */
function weightsAbove(n: number, likeliest: number, odds: number): number[] {
  const weights: number[] = []
  for (let count = likeliest, weight = 1; count < n; count += 1) {
    weight *= ((n - count) / (count + 1)) * odds
    if (weight < negligible) break
    weights.push(weight)
  }
  return weights
}
