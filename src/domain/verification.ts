import {
  type CertificateFacts,
  type CertificateState,
  certificateStateNames,
  certificateStateOn,
  certificateStates,
  type Suspension,
} from './certificate.ts'
import { addDays, laterOf, type PlainDate } from './plain-date.ts'
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

/** What is known of a certificate to say how it stands, since when and why. */
export type VerifiableFacts = Omit<CertificateFacts, 'suspensions'> & {
  readonly endedReason: string | null
  /** Since when its body’s approval is revoked. */
  readonly approvalRevokedOn: PlainDate | null
  readonly suspensions: readonly (Suspension & { readonly reasonCode: string | null })[]
}

/** The day since which it is not valid, or from which it will be; null while it is valid. */
export function notValidSince(certificate: VerifiableFacts, state: VerifiedState, on: PlainDate): PlainDate | null {
  switch (state) {
    case 'valid':
      return null
    case 'not_yet_valid':
      return certificate.validFrom
    case 'expired':
      return addDays(certificate.validUntil, 1)
    case 'withdrawn':
    case 'cancelled':
      return certificate.endedOn
    case 'suspended':
      return suspensionOn(certificate, on)?.fromOn ?? null
    case 'approval_revoked':
      return certificate.approvalRevokedOn
  }
}

/** Since when a valid certificate is so: from its first day, or since its last suspension was lifted. */
export function validSince({ validFrom, suspensions }: VerifiableFacts, on: PlainDate): PlainDate {
  const lifted = suspensions.flatMap(({ liftedOn }) => (liftedOn !== null && liftedOn <= on ? [liftedOn] : []))
  return lifted.reduce(laterOf, validFrom)
}

/** The reason that its body gave for the state; null where there is none. */
export function reasonCodeOn(certificate: VerifiableFacts, state: VerifiedState, on: PlainDate): string | null {
  if (state === 'withdrawn' || state === 'cancelled') return certificate.endedReason
  return state === 'suspended' ? (suspensionOn(certificate, on)?.reasonCode ?? null) : null
}

function suspensionOn({ suspensions }: VerifiableFacts, on: PlainDate) {
  return suspensions.filter(({ fromOn }) => fromOn <= on).at(-1)
}

/** Since when the body has left the alliance, as of a day; null while it is inside, or where nothing is known. */
export function memberLeftOn(history: readonly StandingFact[], on: PlainDate): PlainDate | null {
  if (standingOn(history, on) !== 'removed') return null
  const days = history
    .filter(({ standing, fromOn }) => standing === 'removed' && fromOn <= on)
    .map((fact) => fact.fromOn)
  return days.sort().at(-1) ?? null
}
