import { type CertificateState, certificateStateNames, certificateStateOn, certificateStates } from './certificate.ts'
import type { PlainDate } from './plain-date.ts'
import { type StandingFact, standingOn } from './standing.ts'

/** How a certificate stands towards a stranger: its own state, or that it proves nothing any more (R4). */
export const verifiedStates = [...certificateStates, 'approval_revoked'] as const
export type VerifiedState = (typeof verifiedStates)[number]

export const verifiedStateNames: Readonly<Record<VerifiedState, readonly [zh: string, en: string]>> = {
  ...certificateStateNames,
  approval_revoked: ['发证机构的批准已被撤销，证书不能证明', 'the body’s approval was revoked; it proves nothing'],
}

const stillAlive: readonly CertificateState[] = ['not_yet_valid', 'valid', 'suspended']

/**
 * The state that a stranger is told. From the day on which the body's approval is revoked, what has not ended by itself
 * proves nothing (R4).
 */
export function verifiedStateOn(
  certificate: Parameters<typeof certificateStateOn>[0],
  approvalRevokedOn: PlainDate | null,
  on: PlainDate,
): VerifiedState {
  const state = certificateStateOn(certificate, on)
  const isRevoked = approvalRevokedOn !== null && approvalRevokedOn <= on
  return isRevoked && stillAlive.includes(state) ? 'approval_revoked' : state
}

/** Since when the body has left the alliance, as of a day; null while it is inside, or where nothing is known. */
export function memberLeftOn(history: readonly StandingFact[], on: PlainDate): PlainDate | null {
  if (standingOn(history, on) !== 'removed') return null
  const days = history
    .filter(({ standing, fromOn }) => standing === 'removed' && fromOn <= on)
    .map((fact) => fact.fromOn)
  return days.sort().at(-1) ?? null
}
