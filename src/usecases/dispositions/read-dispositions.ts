import { z } from 'zod'
import {
  type DispositionState,
  dispositionStateNames,
  dispositionStateOn,
  isLeaving,
} from '../../domain/disposition.ts'
import { refuse } from '../../domain/refusals.ts'
import { type Disposition, leavingOf, listDispositions, listLeft } from '../../store/dispositions.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const workListQuery = z.strictObject(pageInput)
type WorkListQuery = z.infer<typeof workListQuery>

/** A live certificate of a body that leaves, and how it stands with it. */
export type LeftCertificate = {
  readonly certificateId: string
  readonly number: string
  readonly holderName: string
  readonly productName: string
  readonly validUntil: string
  readonly state: DispositionState
  readonly stateName: { readonly zh: string; readonly en: string }
  readonly disposition: Disposition | null
}

/**
 * The work list of a body that has left or lost its approval: its live certificates by their last day; empty for any
 * other body (R4). Derived: nothing has to be opened for it. @throws Refusal
 */
export async function readWorkList(
  registry: Registry,
  context: Context,
  memberId: string,
  { limit, cursor }: WorkListQuery,
): Promise<KeysetPage<LeftCertificate>> {
  const own = confinedTo(context, 'dispositions.read')
  const on = context.today
  const leaving = own !== null && own !== memberId ? undefined : await leavingOf(registry.lists, memberId, on)
  if (!leaving) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  const after = positionOf('left-certificates', 'day', cursor)
  const rows = isLeaving(leaving, on) ? await listLeft(registry.lists, { memberId, on, after, limit }) : []
  const placeOf = ({ certificate }: (typeof rows)[number]) => ({ value: certificate.validUntil, id: certificate.id })
  return pageOf('left-certificates', rows, limit, placeOf, ({ certificate, disposition }) => {
    const state = dispositionStateOn(disposition, leaving, on)
    const [zh, en] = dispositionStateNames[state]
    const { id: certificateId, number, holderName, productName, validUntil } = certificate
    return { certificateId, number, holderName, productName, validUntil, state, stateName: { zh, en }, disposition }
  })
}

/** What was decided, by day; a member sees what it leaves behind and what it is to receive (R4). @throws Refusal */
export async function readDispositions(
  registry: Registry,
  context: Context,
  { limit, cursor }: WorkListQuery,
): Promise<KeysetPage<Disposition>> {
  const own = confinedTo(context, 'dispositions.read')
  const rows = await listDispositions(registry.lists, { own, limit, after: positionOf('dispositions', 'day', cursor) })
  return pageOf(
    'dispositions',
    rows,
    limit,
    ({ decidedOn, id }) => ({ value: decidedOn, id }),
    (row) => row,
  )
}
