import { z } from 'zod'
import { parseApprovalNumber } from '../../domain/approval-number.ts'
import { holdsOn } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { effectsOf, type Standing, standingOn, standings } from '../../domain/standing.ts'
import { historyOf } from '../../store/events.ts'
import { countMembers, listMembers, type MemberFilter } from '../../store/lists/members.ts'
import type { Total } from '../../store/lists/totals.ts'
import { revocationOf } from '../../store/measures.ts'
import { detailsOf, findMember, type Member, mergerOf } from '../../store/members.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const membersQuery = z.strictObject({
  ...pageInput,
  on: dayInput.optional(),
  name: textInput(200).optional().meta({ description: 'The name begins with this.' }),
  approvalNumber: textInput(100).optional(),
  standing: z.enum(standings).optional(),
})

export type MembersQuery = z.infer<typeof membersQuery>

export type MemberView = Omit<Member, 'identityKey' | 'creditCodeEvidence'> & {
  /** On the day asked for; null where it is unknown (opening balance). */
  readonly standing: Standing | null
}

/** Members by name, with their standing on the day asked for (N1). A member sees itself. @throws Refusal */
export async function readMembers(
  registry: Registry,
  context: Context,
  query: MembersQuery,
): Promise<KeysetPage<MemberView>> {
  const rows = await listMembers(registry.lists, filterOf(context, query))
  return pageOf(
    'members',
    rows,
    query.limit,
    ({ member }) => ({ value: member.name, id: member.id }),
    ({ member, standing }) => memberView(member, standing),
  )
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedMembers(registry: Registry, context: Context, query: MembersQuery): Promise<Total> {
  return countMembers(registry.lists, filterOf(context, query))
}

/** @throws Refusal */
function filterOf(context: Context, query: MembersQuery): MemberFilter {
  return {
    id: confinedTo(context, 'members.read'),
    after: positionOf('members', 'text', query.cursor),
    limit: query.limit,
    on: query.on ?? context.today,
    name: query.name,
    approvalNumber: query.approvalNumber && (parseApprovalNumber(query.approvalNumber) ?? query.approvalNumber),
    standing: query.standing,
  }
}

export function memberView(
  { identityKey: _, creditCodeEvidence: __, ...shown }: Member,
  standing: Standing | null,
): MemberView {
  return { ...shown, standing }
}

/** One member with standings, scopes, executing units, contacts, names and history. @throws Refusal */
export async function readMember(registry: Registry, context: Context, id: string, on = context.today) {
  const own = confinedTo(context, 'members.read')
  const member = own !== null && own !== id ? undefined : await findMember(registry.db, id)
  if (!member) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  const [details, history, revocation, merger] = await Promise.all([
    detailsOf(registry.db, id),
    historyOf(registry.db, 'member', id),
    revocationOf(registry.db, id),
    mergerOf(registry.db, id),
  ])
  const standing = standingOn(details.standings, on)
  return {
    ...memberView(member, standing),
    effects: effectsOf(standing),
    ...details,
    approvalRevocation: revocation ?? null,
    merger: merger ?? null,
    scopes: details.scopes.map((scope) => ({ ...scope, holds: holdsOn(scope, on) })),
    history,
  }
}
