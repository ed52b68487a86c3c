import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { record } from '../../store/events.ts'
import { type Delivery, findDelivery, listDeliveries, reviveDelivery } from '../../store/notice-deliveries.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'

export const deliveriesQuery = z.strictObject({
  ...pageInput,
  state: z
    .enum(['waiting', 'delivered', 'dead'])
    .optional()
    .meta({ description: 'dead: given up after the last attempt.' }),
})

export type DeliveryView = Delivery & {
  readonly kind: string
  readonly stage: string
}

/** Deliveries of notices; with `state=dead` the list of dead letters. @throws Refusal */
export async function readDeliveries(
  registry: Registry,
  context: Context,
  query: z.infer<typeof deliveriesQuery>,
): Promise<Page<DeliveryView>> {
  authorise(context, 'notices.manage')
  const after = positionOf('notice-deliveries', 'text', query.cursor)
  const rows = await listDeliveries(registry.db, { state: query.state, afterId: after?.id ?? null, limit: query.limit })
  return pageOf(
    'notice-deliveries',
    rows,
    query.limit,
    ({ delivery: { id } }) => ({ value: id, id }),
    ({ delivery, kind, stage }) => ({ ...delivery, kind, stage }),
  )
}

/** Puts a dead letter back into the queue, with all its attempts before it. @throws Refusal */
export async function retryDelivery(registry: Registry, context: Context, id: string): Promise<Delivery> {
  authorise(context, 'notices.manage')
  return registry.db.transaction(async (tx) => {
    const revived = await reviveDelivery(tx, id, context.now)
    if (!revived) {
      if (await findDelivery(tx, id)) throw refuse('delivery_not_dead')
      throw refuse('not_found', 'id', { values: { what: ['通知投递', 'delivery'] } })
    }
    await record(tx, context, {
      action: 'notice_delivery.retried',
      entity: 'notice_delivery',
      entityId: id,
      changes: { noticeId: revived.noticeId, channel: revived.channel },
    })
    return revived
  })
}
