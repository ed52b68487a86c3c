import type { PlanCase, PlanInput, PlanMember, PlanOption } from '../../domain/batch-plan.ts'
import { nearestUnit } from '../../domain/city-distances.ts'
import {
  type AskedCase,
  type Ineligibility,
  type IneligibilityCode,
  ineligibilities,
  isCompetent,
  limitsOf,
} from '../../domain/eligibility.ts'
import { expectedShares, rounded, type SharedCases } from '../../domain/fair-share.ts'
import { familyOrder } from '../../domain/families.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { industryContains } from '../../domain/industries.ts'
import { type PlainDate, yearOf } from '../../domain/plain-date.ts'
import type { BatchCase } from '../../store/assignment-batches.ts'
import type { CandidateRow, Conflict } from '../../store/desk.ts'

/** All that a proposal rests on, as it stands on a day. */
export type DeskFacts = {
  readonly on: PlainDate
  readonly cases: readonly BatchCase[]
  readonly members: readonly CandidateRow[]
  readonly conflicts: readonly Conflict[]
  /** Who had a case before and did not take it, by the assignment that it replaces. */
  readonly decliners: ReadonlyMap<string, ReadonlySet<string>>
  /** What the secretariat gave out in the three years before. */
  readonly shared: readonly SharedCases[]
  /** How many of those each body has. */
  readonly assigned: ReadonlyMap<string, number>
}

/** A case with who may have it. */
export type JudgedCase = {
  readonly one: BatchCase
  readonly options: readonly PlanOption[]
  /** How many are competent for it, conflicts and capacity aside. */
  readonly competent: number
  /** How many of these have no conflict of interest, and how many of those did not decline it; capacity aside. */
  readonly free: number
  readonly willing: number
  /** Why the body that the firm chose is not eligible; null where it chose none. */
  readonly choice: readonly Ineligibility[] | null
}

export function keyOfCase({ enterpriseKey, productName }: BatchCase): string {
  return `${enterpriseKey} ${productName}`
}

export function askedOf(
  { family, industryCode, chosenMemberId }: Pick<BatchCase, 'family' | 'industryCode' | 'chosenMemberId'>,
  on: PlainDate,
): AskedCase {
  return { family, industryCode, on, mode: chosenMemberId === null ? 'secretariat_assigned' : 'self_selected' }
}

/** Every case judged by the one rule; competence is asked once for each kind of case. */
export function judgeCases({ on, cases, members, conflicts, decliners }: DeskFacts): JudgedCase[] {
  const byEnterprise = groupedBy(conflicts, ({ enterpriseId }) => enterpriseId)
  const competence = new Map<string, readonly CandidateRow[]>()
  return cases.map((one) => {
    const asked = askedOf(one, on)
    const kind = `${one.family} ${one.industryCode ?? ''}`
    const competent = competence.get(kind) ?? members.filter((member) => isCompetent(asked, member, industryContains))
    competence.set(kind, competent)
    const before = one.replacesId === null ? undefined : decliners.get(one.replacesId)
    return judgeCase(one, asked, competent, members, byEnterprise.get(one.enterpriseId) ?? [], before)
  })
}

function judgeCase(
  one: BatchCase,
  asked: AskedCase,
  competent: readonly CandidateRow[],
  members: readonly CandidateRow[],
  conflicts: readonly Conflict[],
  decliners: ReadonlySet<string> | undefined,
): JudgedCase {
  const reasons = (member: CandidateRow) => {
    const own = conflicts.filter(({ memberId }) => memberId === member.memberId)
    const declinedBefore = decliners?.has(member.memberId) ?? false
    return ineligibilities(asked, { ...member, conflicts: own, declinedBefore }, industryContains)
  }
  const judged = competent.map((member) => ({ member, reasons: reasons(member) }))
  const eligible = judged.filter((each) => each.reasons.length === 0)
  const chosen = members.find(({ memberId }) => memberId === one.chosenMemberId)
  return {
    one,
    options: eligible.map(({ member }) => optionOf(one, member)),
    competent: competent.length,
    free: judged.filter(lacksOnly('capacity_used_up', 'declined_before')).length,
    willing: judged.filter(lacksOnly('capacity_used_up')).length,
    choice: chosen ? reasons(chosen) : null,
  }
}

const lacksOnly =
  (...codes: readonly IneligibilityCode[]) =>
  ({ reasons }: { reasons: readonly Ineligibility[] }) =>
    reasons.every(({ code }) => codes.includes(code))

function optionOf({ cityCode, enterpriseCityCode }: BatchCase, { memberId, unitCities }: CandidateRow): PlanOption {
  return { memberId, kilometres: nearestUnit(cityCode ?? enterpriseCityCode, unitCities)?.kilometres ?? null }
}

/** What the desk has to give out itself: a firm's own choice is none of it. */
export function planInputOf(
  facts: DeskFacts,
  judged: readonly JudgedCase[],
  expected: ReadonlyMap<string, number>,
  seed: string,
): PlanInput {
  const cases: PlanCase[] = judged
    .filter(isOpen)
    .map(({ one, options }) => ({ key: keyOfCase(one), family: one.family, options }))
  return { seed, cases, members: facts.members.map((member) => planMember(facts, member, expected)) }
}

const isOpen = ({ one }: JudgedCase) => one.chosenMemberId === null

/** Shares of the three years, those cases of the batch included that no firm chose a body for. */
export function expectedOf({ on, shared, members }: DeskFacts, judged: readonly JudgedCase[]): Map<string, number> {
  const own = judged.filter(isOpen).map(({ one: { family, industryCode } }) => ({ family, industryCode, on, cases: 1 }))
  return expectedShares([...shared, ...own], members, industryContains)
}

function planMember(
  { on, assigned }: DeskFacts,
  member: CandidateRow,
  expected: ReadonlyMap<string, number>,
): PlanMember {
  const { memberId } = member
  const limits = familyOrder.flatMap((family) => limitsOf(member, yearOf(on), family))
  const rooms = new Map(limits.map(({ family, limit, used }) => [family, Math.max(0, limit - used)]))
  return {
    memberId,
    rooms: [...rooms].map(([family, room]) => ({ family, room })),
    owed: rounded((expected.get(memberId) ?? 0) - (assigned.get(memberId) ?? 0)),
  }
}
