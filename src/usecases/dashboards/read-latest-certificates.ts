import type { CertificateView } from '../certificates/certificate-view.ts'
import type { Context, Registry } from '../context.ts'

export const latestCertificatesMax = 20

/**
 * The certificates that were recorded last for each of these members, newest first, in one statement. A member gets
 * its own alone; a foreign id is left out. `limit` is cut to {@link latestCertificatesMax}. @throws Refusal `forbidden`
 */
export async function readLatestCertificates(
  _registry: Registry,
  _context: Context,
  _memberIds: readonly string[],
  _limit: number,
): Promise<ReadonlyMap<string, readonly CertificateView[]>> {
  throw new Error('to come')
}
