import { groupedBy } from '../../domain/grouped.ts'
import { holdsOn } from '../../domain/plain-date.ts'
import { detailsOfMembers, fatesOfMembers, membersByIds } from '../../store/batches.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type MemberView, memberView } from './read-members.ts'

/** Several members at once, as they stand today; those that the actor may not see are left out. @throws Refusal */
export async function readMembersById(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, MemberView>> {
  const memberId = confinedTo(context, 'members.read')
  const rows = await membersByIds(registry.lists, { ids, memberId, on: context.today })
  return new Map(rows.map(({ member, standing }) => [member.id, memberView(member, standing)]))
}

type Details = Awaited<ReturnType<typeof detailsOfMembers>>
export type MemberDetails = Omit<Details, 'scopes'> & {
  /** Whether the scope holds today. */
  readonly scopes: readonly (Details['scopes'][number] & { readonly holds: boolean })[]
}

/** Standings, scopes, executing units, contacts and names of several members at once (N1). @throws Refusal */
export async function readMemberDetails(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, MemberDetails>> {
  const own = confinedTo(context, 'members.read')
  const visible = own === null ? ids : ids.filter((id) => id === own)
  const details = await detailsOfMembers(registry.lists, visible)
  const scopes = details.scopes.map((scope) => ({ ...scope, holds: holdsOn(scope, context.today) }))
  const of = {
    standings: groupedBy(details.standings, ({ memberId }) => memberId),
    scopes: groupedBy(scopes, ({ memberId }) => memberId),
    units: groupedBy(details.units, ({ memberId }) => memberId),
    contacts: groupedBy(details.contacts, ({ memberId }) => memberId),
    names: groupedBy(details.names, ({ memberId }) => memberId),
  }
  return new Map(
    visible.map((id) => [
      id,
      {
        standings: of.standings.get(id) ?? [],
        scopes: of.scopes.get(id) ?? [],
        units: of.units.get(id) ?? [],
        contacts: of.contacts.get(id) ?? [],
        names: of.names.get(id) ?? [],
      },
    ]),
  )
}

type Fates = Awaited<ReturnType<typeof fatesOfMembers>>
export type MemberFate = Pick<Fates, 'approvalNumbers'> & {
  readonly merger: Fates['mergers'][number] | null
  readonly approvalRevocation: Fates['revocations'][number] | null
}

/** The approval numbers of several members, their mergers and the revocations that stand (N1, R8). @throws Refusal */
export async function readMemberFates(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, MemberFate>> {
  const own = confinedTo(context, 'members.read')
  const visible = own === null ? ids : ids.filter((id) => id === own)
  const fates = await fatesOfMembers(registry.lists, visible)
  const numbers = groupedBy(fates.approvalNumbers, ({ memberId }) => memberId)
  return new Map(
    visible.map((id) => [
      id,
      {
        approvalNumbers: numbers.get(id) ?? [],
        merger: fates.mergers.find(({ memberId }) => memberId === id) ?? null,
        approvalRevocation: fates.revocations.find(({ memberId }) => memberId === id) ?? null,
      },
    ]),
  )
}
