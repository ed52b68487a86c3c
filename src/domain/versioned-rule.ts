import type { PlainDate } from './plain-date.ts'

/** A rule as data: a later version never reaches back before an earlier one. */
export type VersionedRule = { readonly version: number; readonly effectiveOn: PlainDate }

/** The version in force on a day: the latest that took effect on or before it, else the first; undefined of none. */
export function versionInForce<Rule extends VersionedRule>(rules: readonly Rule[], on: PlainDate): Rule | undefined {
  const ordered = [...rules].sort((a, b) => a.version - b.version)
  return ordered.filter((rule) => rule.effectiveOn <= on).at(-1) ?? ordered[0]
}
