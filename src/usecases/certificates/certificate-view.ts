import {
  type CertificateAction,
  type CertificateFacts,
  type CertificateState,
  certificateStateOn,
  legalMoves,
} from '../../domain/certificate.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Certificate, ListedCertificate } from '../../store/certificates.ts'

/** A certificate as it stands on a day: the facts, its derived state and what may be done with it (R4). */
export type CertificateView = Omit<Certificate, 'changedAt'> & {
  readonly state: CertificateState
  readonly suspensions: readonly { fromOn: PlainDate; untilOn: PlainDate; liftedOn: PlainDate | null }[]
  readonly actionsAllowed: readonly CertificateAction[]
}

export function certificateView({ certificate, suspensions }: ListedCertificate, on: PlainDate): CertificateView {
  const { state, suspensions: shown, actionsAllowed } = standingOf({ suspensions, ...certificate }, on)
  return { state, suspensions: shown, actionsAllowed, ...certificate }
}

export type CertificateStanding = Pick<CertificateView, 'state' | 'suspensions' | 'actionsAllowed'>

/** What is derived for a day: everything else of a certificate is as it was written. */
export function standingOf(facts: CertificateFacts, on: PlainDate): CertificateStanding {
  const state = certificateStateOn(facts, on)
  return {
    state,
    suspensions: facts.suspensions.map(({ fromOn, untilOn, liftedOn }) => ({ fromOn, untilOn, liftedOn })),
    actionsAllowed: legalMoves[state],
  }
}
