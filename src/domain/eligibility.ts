import { families } from './families.ts'
import { holdsOn, type PlainDate, yearOf } from './plain-date.ts'
import { type Problem, problem, type RefusalCode, type Word } from './refusals.ts'
import { coversProduct, type ScopeFact, scopeProblem } from './result.ts'
import { type StandingFact, standingEffects, standingOn, standingWord } from './standing.ts'

/** Who may be given a case, and every reason why the others may not (N3, R7). There is no second rule. */
export const assignmentModes = ['self_selected', 'secretariat_assigned'] as const
export type AssignmentMode = (typeof assignmentModes)[number]

/** The closed list of reasons; their words are those of the refusals. */
export const ineligibilityCodes = [
  'member_not_eligible',
  'approval_lapsed',
  'approval_revoked',
  'scope_missing',
  'industry_needed',
  'conflict_declared',
  'capacity_used_up',
  'declined_before',
] as const satisfies readonly RefusalCode[]
export type IneligibilityCode = (typeof ineligibilityCodes)[number]
export type Ineligibility = Problem & { readonly code: IneligibilityCode }

/** What ties a body to a firm so that it can't judge it (认证认可条例 13: no interest in what is certified). */
export const conflictKinds = ['ownership', 'consulting', 'personnel', 'commercial', 'other'] as const
export type ConflictKind = (typeof conflictKinds)[number]

export const conflictKindNames: Readonly<Record<ConflictKind, readonly [zh: string, en: string]>> = {
  ownership: ['股权或隶属关系', 'ownership or control'],
  consulting: ['提供过咨询', 'consulting'],
  personnel: ['人员任职或亲属关系', 'personnel'],
  commercial: ['其他经济利益', 'commercial interest'],
  other: ['其他', 'other'],
}

export type ConflictFact = {
  readonly kind: ConflictKind
  readonly fromOn: PlainDate
  readonly untilOn: PlainDate | null
}

/** How many cases of the secretariat a body takes in a year, of one family or (null) of all together. */
export type CapacityFact = { readonly year: number; readonly family: string | null; readonly cases: number }

/** How many of the secretariat's cases of a year and family a body has and did not decline. */
export type LoadFact = { readonly year: number; readonly family: string; readonly cases: number }

export type AskedCase = {
  readonly family: string
  readonly industryCode: string | null
  readonly on: PlainDate
  readonly mode: AssignmentMode
}

/** What a body brings to a case. `conflicts` are those with the case's enterprise. */
export type Candidate = {
  readonly standings: readonly StandingFact[]
  readonly approvalUntilOn: PlainDate | null
  readonly approvalRevokedOn: PlainDate | null
  readonly scopes: readonly ScopeFact[]
  readonly conflicts: readonly ConflictFact[]
  readonly capacities: readonly CapacityFact[]
  readonly loads: readonly LoadFact[]
  /** Whether it had this very case before and did not take it. */
  readonly declinedBefore: boolean
}

type Contains = (broad: string, narrow: string) => boolean

/** All the reasons why the body can't be given the case; none when it is eligible (R7). */
export function ineligibilities(asked: AskedCase, candidate: Candidate, contains: Contains): Ineligibility[] {
  return [
    ...incompetence(asked, candidate, contains),
    ...conflicting(asked.on, candidate.conflicts),
    ...(asked.mode === 'secretariat_assigned' ? [...usedUp(asked, candidate), ...declining(candidate)] : []),
  ]
}

type Competent = Pick<Candidate, 'standings' | 'approvalUntilOn' | 'approvalRevokedOn' | 'scopes'>

/** Whether standing, approval and scope would let the body have the case: who shares in it at all. */
export function isCompetent(
  asked: Pick<AskedCase, 'family' | 'industryCode' | 'on'>,
  candidate: Competent,
  contains: Contains,
): boolean {
  return incompetence(asked, candidate, contains).length === 0
}

function incompetence(
  { family, industryCode, on }: Pick<AskedCase, 'family' | 'industryCode' | 'on'>,
  { standings, approvalUntilOn: until, approvalRevokedOn: since, scopes }: Competent,
  contains: Contains,
): Ineligibility[] {
  const found: Ineligibility[] = []
  const standing = standingOn(standings, on)
  if (standing === null || !standingEffects[standing].mayBeAssigned) {
    found.push(reasonOf('member_not_eligible', 'memberId', { reason: standingWord(standing) }))
  }
  if (until !== null && on > until) found.push(reasonOf('approval_lapsed', 'memberId', { until }))
  if (since !== null && on >= since) found.push(reasonOf('approval_revoked', 'memberId', { since }))
  if (!coversProduct(scopes, { family, industryCode }, on, contains))
    found.push({ code: scopeProblem(scopes, { family, industryCode }, on), path: 'family', value: family })
  return found
}

function conflicting(on: PlainDate, conflicts: readonly ConflictFact[]): Ineligibility[] {
  return conflicts
    .filter((conflict) => holdsOn(conflict, on))
    .map(({ kind, fromOn }) =>
      reasonOf('conflict_declared', 'memberId', { kind: conflictKindNames[kind], since: fromOn }),
    )
}

/** The desk does not send a body what it sent back; the firm may still choose it (R7). */
function declining({ declinedBefore }: Candidate): Ineligibility[] {
  return declinedBefore ? [reasonOf('declined_before', 'memberId', {})] : []
}

function usedUp(asked: AskedCase, candidate: Candidate): Ineligibility[] {
  const year = yearOf(asked.on)
  return limitsOf(candidate, year, asked.family)
    .filter(({ limit, used }) => used >= limit)
    .map(({ limit, used, family }) =>
      reasonOf('capacity_used_up', 'memberId', { year, limit, used, family: wordOf(family) }),
    )
}

/** A family in words; null stands for all of them together. */
export function wordOf(family: string | null): Word {
  const found = families.find(({ code }) => code === family)
  return found ? [found.zh, found.en] : ['各类合计', 'all families']
}

export type CapacityLimit = { readonly family: string | null; readonly limit: number; readonly used: number }

/** The limits that a case of the family runs into: that of the family and that of all together, where declared. */
export function limitsOf(
  { capacities, loads }: Pick<Candidate, 'capacities' | 'loads'>,
  year: number,
  family: string,
): CapacityLimit[] {
  return capacities
    .filter((capacity) => capacity.year === year && (capacity.family === null || capacity.family === family))
    .map((capacity) => ({ family: capacity.family, limit: capacity.cases, used: usedOf(loads, year, capacity.family) }))
}

/** How much of a year's capacity is used: of one family, or of all (null). */
export function usedOf(loads: readonly LoadFact[], year: number, family: string | null): number {
  return loads
    .filter((load) => load.year === year && (family === null || load.family === family))
    .reduce((sum, { cases }) => sum + cases, 0)
}

function reasonOf(code: IneligibilityCode, path: string, values: Readonly<Record<string, Word>>): Ineligibility {
  return { ...problem(code, path, { values }), code }
}
