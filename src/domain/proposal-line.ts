import type { Ineligibility } from './eligibility.ts'
import { rounded } from './fair-share.ts'

/** Why a case of a proposal goes where it goes, in a closed list of grounds (N3). */
export const lineGroundNames = {
  own_choice: ['企业自行选择', 'the firm’s own choice'],
  only_one: ['唯一具备资格的机构', 'the only body that is eligible'],
  nearest: ['具备资格的机构中距离最近', 'no eligible body is nearer'],
  share: ['为使各机构份额接近应得份额', 'nearer bodies have their share; this one is owed'],
  capacity: ['距离更近的机构能力已用完', 'nearer bodies have no capacity left'],
  changed: ['由秘书处更改，理由见更改记录', 'changed by the secretariat, for the reason given'],
  choice_refused: ['企业所选机构不具备资格', 'the body that the firm chose is not eligible'],
  no_competent_member: ['没有状态、批准和业务范围均符合的机构', 'no body is competent for it: the scope is scarce'],
  all_in_conflict: ['具备能力的机构均已申报利益冲突', 'every competent body has declared a conflict of interest'],
  all_declined: [
    '其余具备资格的机构均已谢绝或逾期未答复',
    'every other eligible body declined the case or left it unanswered',
  ],
  no_capacity: ['具备资格的机构能力已用完', 'the eligible bodies have no capacity left'],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type LineGroundCode = keyof typeof lineGroundNames

export type Alternative = { readonly memberId: string; readonly kilometres: number | null }

export type LineGround = {
  readonly code: LineGroundCode
  /** How many bodies were eligible. */
  readonly eligible: number
  readonly kilometres: number | null
  readonly unitCityCode: string | null
  /** The nearest of the other eligible bodies. */
  readonly alternatives: readonly Alternative[]
  /** For a firm’s choice that is refused: every reason. */
  readonly reasons: readonly Ineligibility[]
}

export const alternativesMax = 5

/** A body's share in a proposal: what it had, what it would get, and what would be expected of three years. */
export type ShareOfMember = {
  readonly memberId: string
  readonly assigned: number
  readonly proposed: number
  readonly expected: number
  readonly deviationBefore: number
  readonly deviationAfter: number
}

/**
 * The ground of a line that the plan placed: distance speaks for it, or every nearer body is full, or the shares do.
 * @param isFull whether another body takes no more such cases once the plan is carried out
 */
export function groundOfPlaced(
  memberId: string,
  options: readonly Alternative[],
  isFull: (memberId: string) => boolean,
): LineGroundCode {
  if (options.length === 1) return 'only_one'
  const far = ({ kilometres }: Alternative) => kilometres ?? Number.MAX_VALUE
  const own = options.find((option) => option.memberId === memberId)
  const nearer = own ? options.filter((option) => far(option) < far(own)) : options
  if (nearer.length === 0) return 'nearest'
  return nearer.every((option) => isFull(option.memberId)) ? 'capacity' : 'share'
}

/** What is said of a line that the secretariat changed: the distance of the new body, where it is known. */
export function groundOfChanged(proposed: LineGround, memberId: string | null): LineGround {
  const known = proposed.alternatives.find((each) => each.memberId === memberId)
  return {
    code: 'changed',
    eligible: proposed.eligible,
    kilometres: known?.kilometres ?? null,
    unitCityCode: null,
    alternatives: proposed.alternatives.filter((each) => each.memberId !== memberId),
    reasons: [],
  }
}

/** A case that was moved from the body proposed to another; null is nobody. */
export type LineMove = { readonly from: string | null; readonly to: string | null }

/** The shares as they would be after the secretariat's changes. */
export function sharesAfter(shares: readonly ShareOfMember[], moves: readonly LineMove[]): ShareOfMember[] {
  return shares.map((share) => {
    const { memberId, assigned, expected } = share
    const proposed =
      share.proposed +
      moves.filter(({ to }) => to === memberId).length -
      moves.filter(({ from }) => from === memberId).length
    return { ...share, proposed, deviationAfter: rounded(assigned + proposed - expected) }
  })
}

/** How many bodies are left for a case, step by step. */
export type UnplacedOf = {
  readonly competent: number
  /** Of these, without a conflict of interest. */
  readonly free: number
  /** Of these, such as did not decline it before; capacity aside. */
  readonly willing: number
}

/** The ground of a line that nobody got. */
export function groundOfUnplaced(left: UnplacedOf): LineGroundCode {
  if (left.competent === 0) return 'no_competent_member'
  if (left.free === 0) return 'all_in_conflict'
  return left.willing === 0 ? 'all_declined' : 'no_capacity'
}

/** A kind of case that the alliance can't serve: where new bodies are needed (N2). */
export type ScarceScope = {
  readonly family: string
  readonly industryCode: string | null
  readonly code: LineGroundCode
  readonly cases: number
}

export function scarceScopes(
  unplaced: readonly { readonly family: string; readonly industryCode: string | null; readonly code: LineGroundCode }[],
): ScarceScope[] {
  const found = new Map<string, ScarceScope>()
  for (const { family, industryCode, code } of unplaced) {
    if (code === 'choice_refused') continue
    const key = [family, industryCode ?? '', code].join(' ')
    found.set(key, { family, industryCode, code, cases: (found.get(key)?.cases ?? 0) + 1 })
  }
  return [...found].sort(([a, x], [b, y]) => y.cases - x.cases || (a < b ? -1 : 1)).map(([, scope]) => scope)
}
