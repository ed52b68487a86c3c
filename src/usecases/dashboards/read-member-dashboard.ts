import { z } from 'zod'
import type { MemberFigures } from '../../domain/member-figures.ts'
import { standings } from '../../domain/standing.ts'
import type { CertificateView } from '../certificates/certificate-view.ts'
import type { Context, Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { type MemberView, readMembers } from '../members/read-members.ts'
import { type Page, pageInput } from '../pages.ts'
import { latestCertificatesMax, readLatestCertificates } from './read-latest-certificates.ts'
import { confinedToFigures, readMemberFigures } from './read-member-figures.ts'

/** A page of figures is shorter than one of a list: each row reads more. */
const dashboardPageSizeMax = 100

export const memberDashboardQuery = z.strictObject({
  limit: pageInput.limit.unwrap().max(dashboardPageSizeMax).default(30),
  cursor: pageInput.cursor,
  name: textInput(200).optional().meta({ description: 'The name begins with this.' }),
  standing: z.enum(standings).optional(),
  latestCertificates: z.coerce
    .number()
    .int()
    .min(0)
    .max(latestCertificatesMax)
    .default(0)
    .meta({ description: 'How many of the certificates that were recorded last to show with each member.' }),
})

export type MemberOnDashboard = {
  readonly member: MemberView
  readonly figures: MemberFigures
  readonly latestCertificates: readonly CertificateView[]
}

/** Members by name with their figures today and, where asked for, their latest certificates: three statements. @throws Refusal */
export async function readMemberDashboard(
  registry: Registry,
  context: Context,
  { latestCertificates: latest, ...query }: z.infer<typeof memberDashboardQuery>,
): Promise<Page<MemberOnDashboard>> {
  confinedToFigures(context)
  const page = await readMembers(registry, context, query)
  const ids = page.items.map(({ id }) => id)
  const [figures, certificates] = await Promise.all([
    readMemberFigures(registry, context, ids),
    latest === 0 ? new Map() : readLatestCertificates(registry, context, ids, latest),
  ])
  return {
    items: page.items.map((member) => {
      const own = figures.get(member.id)
      if (!own) throw new Error(`member ${member.id} has no figures`)
      return { member, figures: own, latestCertificates: certificates.get(member.id) ?? [] }
    }),
    nextCursor: page.nextCursor,
  }
}
