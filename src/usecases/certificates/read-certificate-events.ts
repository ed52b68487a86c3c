import { groupedBy } from '../../domain/grouped.ts'
import { eventsOfCertificates } from '../../store/batches.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'

export type CertificateEventView = Awaited<ReturnType<typeof eventsOfCertificates>>[number]

/** What was done to several certificates, by day (R4). @throws Refusal */
export async function readCertificateEvents(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, CertificateEventView[]>> {
  const memberId = confinedTo(context, 'certificates.read')
  const events = await eventsOfCertificates(registry.lists, { ids, memberId })
  return groupedBy(events, ({ certificateId }) => certificateId)
}
