import {
  type CertificateAction,
  type CertificateState,
  certificateStateOn,
  legalMoves,
} from '../../domain/certificate.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Certificate, CertificateWithSuspensions } from '../../store/certificates.ts'

/** A certificate as it stands on a day: the facts, its derived state and what may be done with it (R4). */
export type CertificateView = Certificate & {
  readonly state: CertificateState
  readonly suspensions: readonly { fromOn: PlainDate; untilOn: PlainDate; liftedOn: PlainDate | null }[]
  readonly actionsAllowed: readonly CertificateAction[]
}

export function certificateView(
  { certificate, suspensions }: CertificateWithSuspensions,
  on: PlainDate,
): CertificateView {
  const state = certificateStateOn({ ...certificate, suspensions }, on)
  return {
    ...certificate,
    state,
    suspensions: suspensions.map(({ fromOn, untilOn, liftedOn }) => ({ fromOn, untilOn, liftedOn })),
    actionsAllowed: legalMoves[state],
  }
}
