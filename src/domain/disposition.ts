import type { PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'

/** What becomes of a live certificate when its body leaves the alliance or loses its approval (R4, R8). */
export const dispositionKinds = ['keep', 'transfer', 'cancel'] as const
export type DispositionKind = (typeof dispositionKinds)[number]

/** How it stands with the body that leaves: its removal, and its approval. */
export type Leaving = {
  readonly leftOn: PlainDate | null
  readonly approvalUntilOn: PlainDate | null
  readonly approvalRevokedOn: PlainDate | null
}

/** Whether its approval still stands on a day: only then may its certificates be kept (R4). */
export function isApprovedOn({ approvalUntilOn, approvalRevokedOn }: Leaving, on: PlainDate): boolean {
  const isRevoked = approvalRevokedOn !== null && approvalRevokedOn <= on
  return !isRevoked && (approvalUntilOn === null || on <= approvalUntilOn)
}

/** Whether its live certificates are a work list on that day. */
export function isLeaving({ leftOn, approvalRevokedOn }: Leaving, on: PlainDate): boolean {
  return (leftOn !== null && leftOn <= on) || (approvalRevokedOn !== null && approvalRevokedOn <= on)
}

/** Why a certificate goes: its body leaves or lost its approval, or the holder wants another one. */
export const dispositionReasons = ['member_left', 'approval_revoked', 'holder_choice'] as const
export type DispositionReason = (typeof dispositionReasons)[number]

/**
 * Why a certificate may not be dealt with so; none when it may. A holder may go to another body at any time, if that one
 * accepts; the rest is for bodies that leave (R4).
 */
export function problemsOfDisposition(
  { kind, reason }: { readonly kind: DispositionKind; readonly reason: DispositionReason | null },
  leaving: Leaving,
  on: PlainDate,
): Problem[] {
  if (kind === 'transfer' && reason === 'holder_choice') return []
  if (!isLeaving(leaving, on)) return [problem('member_not_leaving')]
  return kind === 'keep' && !isApprovedOn(leaving, on) ? [problem('keep_needs_approval', 'kind', { value: kind })] : []
}

/** Why a body leaves, as the reason of the action on its certificate. */
export function leavingReason({ approvalRevokedOn }: Leaving): DispositionReason {
  return approvalRevokedOn === null ? 'member_left' : 'approval_revoked'
}

export const dispositionStates = ['undecided', 'kept', 'transfer_proposed', 'transfer_declined'] as const
export type DispositionState = (typeof dispositionStates)[number]

export const dispositionStateNames: Readonly<Record<DispositionState, readonly [zh: string, en: string]>> = {
  undecided: ['待处理', 'undecided'],
  kept: ['保留', 'kept'],
  transfer_proposed: ['待接收机构答复', 'waiting for the receiver'],
  transfer_declined: ['接收机构谢绝', 'declined by the receiver'],
}

export type DispositionFact = {
  readonly kind: DispositionKind
  readonly answer: 'accepted' | 'declined' | null
}

/**
 * How a live certificate of the list stands on a day. One that was kept is undecided again once the approval is gone; a
 * transfer that was accepted and a cancellation end the certificate, so those are no longer on the list.
 */
export function dispositionStateOn(latest: DispositionFact | null, leaving: Leaving, on: PlainDate): DispositionState {
  switch (latest?.kind) {
    case 'keep':
      return isApprovedOn(leaving, on) ? 'kept' : 'undecided'
    case 'transfer':
      return latest.answer === 'declined' ? 'transfer_declined' : 'transfer_proposed'
    default:
      return 'undecided'
  }
}
