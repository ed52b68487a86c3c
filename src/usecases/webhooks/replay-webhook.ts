import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { record } from '../../store/events.ts'
import { hasWaiting, requeueDeliveries } from '../../store/notice-deliveries.ts'
import { listNotices } from '../../store/notices.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { deliveryRow, isFor } from '../notices/say-notices.ts'
import { liveWebhook } from './manage-webhooks.ts'

export const replayInput = z.strictObject({
  afterId: z.number().int().min(0).meta({ description: 'The last notice that was received; 0 for all.' }),
})

/** So many notices are looked through at a time; `lastId` tells where to go on. */
const replayedMax = 10_000
/** While so many wait for an endpoint, no more are queued for it. */
const waitingMax = 1_000

export type Replayed = { readonly queued: number; readonly lastId: number; readonly hasMore: boolean }

/** Queues the notices after one again for an endpoint, as if none had been delivered. @throws Refusal `webhook_behind` */
export async function replayWebhook(
  registry: Registry,
  context: Context,
  id: string,
  { afterId }: z.infer<typeof replayInput>,
): Promise<Replayed> {
  const own = confinedTo(context, 'webhooks.manage')
  return registry.db.transaction(async (tx) => {
    const endpoint = await liveWebhook(tx, own, id)
    if (await hasWaiting(tx, 'webhook', id, waitingMax))
      throw refuse('webhook_behind', '', { values: { count: waitingMax } })
    const rows = await listNotices(tx, { afterId, limit: replayedMax, memberId: endpoint.memberId })
    const wanted = rows.filter((notice) => isFor(notice, endpoint))
    const deliveries = wanted.map((notice) => deliveryRow(notice.id, 'webhook', id, context.now))
    await requeueDeliveries(tx, deliveries, context.now)
    await record(tx, context, {
      action: 'webhook.replayed',
      entity: 'webhook',
      entityId: id,
      memberId: endpoint.memberId,
      changes: { afterId, queued: wanted.length },
    })
    return { queued: wanted.length, lastId: rows.at(-1)?.id ?? afterId, hasMore: rows.length === replayedMax }
  })
}
