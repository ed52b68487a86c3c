import { latestCertificates } from '../../store/lists/certificates.ts'
import { type CertificateView, certificateView } from '../certificates/certificate-view.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'

export const latestCertificatesMax = 20

/**
 * The certificates that were recorded last for each of these members, newest first, in one statement. A member gets
 * its own alone; a foreign id is left out. `limit` is cut to {@link latestCertificatesMax}. @throws Refusal `forbidden`
 */
export async function readLatestCertificates(
  registry: Registry,
  context: Context,
  memberIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly CertificateView[]>> {
  const own = confinedTo(context, 'certificates.read')
  const asked = [...new Set(memberIds)].filter((id) => own === null || id === own)
  const latest = new Map<string, CertificateView[]>(asked.map((id) => [id, []]))
  if (asked.length === 0) return latest
  const found = await latestCertificates(registry.lists, asked, Math.min(limit, latestCertificatesMax))
  for (const row of found) latest.get(row.certificate.memberId)?.push(certificateView(row, context.today))
  return latest
}
