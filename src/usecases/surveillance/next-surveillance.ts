import { certificateStateOn } from '../../domain/certificate.ts'
import type { CertificateWithSuspensions } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { lockObligationOfCause, lockObligationsOf } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Visit } from '../../store/surveillance.ts'
import type { Context } from '../context.ts'
import { isOpen } from '../obligations/close-obligation.ts'
import { openObligation } from '../obligations/open-obligation.ts'
import { openObligations } from '../obligations/open-obligations.ts'
import { recount } from '../obligations/recount-obligation.ts'

/**
 * A visit opens the next year's surveillance, as long as the certificate lives that long, also where none was owed
 * before; a corrected one moves what it opened (R3). None is opened beside another that is open.
 */
export async function openNextSurveillance(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  { certificate, suspensions }: CertificateWithSuspensions,
  visit: Visit,
): Promise<void> {
  const key = `visit:${visit.rootId}`
  const following = await lockObligationOfCause(tx, `surveillance:${key}`)
  if (following) {
    if (isOpen(following)) await recount(tx, context, rulebook, following, visit.visitedOn, 'correction')
    return
  }
  const state = certificateStateOn({ ...certificate, suspensions }, context.today)
  if (state !== 'valid' && state !== 'suspended') return
  const duties = await lockObligationsOf(tx, { certificateId: certificate.id })
  if (duties.some((duty) => duty.duty === 'surveillance' && isOpen(duty))) return
  const next = openObligation(rulebook, context, {
    duty: 'surveillance',
    key,
    eventOn: visit.visitedOn,
    openedOn: visit.visitedOn,
    memberId: certificate.memberId,
    subject: `${certificate.holderName} · ${certificate.productName}`,
    enterpriseId: certificate.enterpriseId,
    cityCode: certificate.cityCode,
    family: certificate.family,
    certificateId: certificate.id,
  })
  if (next.dueOn <= certificate.validUntil) await openObligations(tx, context, [next])
}
