import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomNumbers } from '../domain/ranking/simulation.ts'

/** Numbers from 0 to below 1 that a seed gives, always the same: xoroshiro128+, begun with the SHA-256 of the seed. */
export function seededNumbers(seed: string): RandomNumbers {
  const generator = xoroshiro128plus(createHash('sha256').update(seed).digest().readInt32BE())
  return () => uniformFloat64(generator)
}
