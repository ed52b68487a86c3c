import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { noticeKinds } from '../../domain/notice.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { findMember } from '../../store/members.ts'
import {
  countWebhooks,
  disableWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  type WebhookEndpoint,
} from '../../store/webhooks.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'

export const webhookInput = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(500),
  memberId: idInput.optional().meta({ description: 'Whose notices; a member’s own always. Absent: everybody’s.' }),
  kinds: z
    .array(z.enum(noticeKinds))
    .min(1)
    .max(noticeKinds.length)
    .optional()
    .meta({ description: 'Only these kinds; every kind where absent.' }),
})

export const webhooksQuery = z.strictObject(pageInput)

export type WebhookView = Omit<WebhookEndpoint, 'secret'>

/** Live endpoints that one owner may have. */
const webhooksMax = 10

/**
 * Registers an address that notices are posted to. Its secret is told in this answer and never again. Whether the
 * address leads where it may is judged at each post, where its name is resolved. @throws Refusal
 */
export async function createWebhook(
  registry: Registry,
  context: Context,
  input: z.infer<typeof webhookInput>,
  policy: { plainHttp: boolean },
): Promise<WebhookView & { secret: string }> {
  const own = confinedTo(context, 'webhooks.manage')
  const memberId = own ?? input.memberId ?? null
  if (own !== null && input.memberId !== undefined && input.memberId !== own) throw unknownMember()
  refuseUrl(input.url, policy)
  return registry.db.transaction(async (tx) => {
    if (memberId !== null && !(await findMember(tx, memberId))) throw unknownMember()
    if ((await countWebhooks(tx, memberId)) >= webhooksMax)
      throw refuse('webhooks_limit', '', { values: { limit: webhooksMax } })
    const endpoint = await insertWebhook(tx, {
      id: newId(context.now),
      memberId,
      url: input.url,
      secret: `whsec_${randomBytes(32).toString('base64')}`,
      kinds: input.kinds ? [...new Set(input.kinds)] : null,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await recordOf(tx, context, endpoint, 'webhook.created')
    return endpoint
  })
}

function refuseUrl(url: string, { plainHttp }: { plainHttp: boolean }): void {
  const { protocol, username, password, hash } = new URL(url)
  const refused = (zh: string, en: string) => refuse('webhook_url_refused', 'url', { values: { reason: [zh, en] } })
  if (protocol !== 'https:' && !plainHttp) throw refused('须以 https:// 开头', 'it must begin with https://')
  if (username !== '' || password !== '') throw refused('不得含有用户名或口令', 'it holds a name or a password')
  if (hash !== '') throw refused('不得含有 # 之后的部分', 'it holds a fragment')
}

function unknownMember() {
  return refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
}

/** No more is posted there, and it is on no list. What it was told stays known. @throws Refusal */
export async function removeWebhook(registry: Registry, context: Context, id: string): Promise<void> {
  const own = confinedTo(context, 'webhooks.manage')
  await registry.db.transaction(async (tx) => {
    const endpoint = await liveWebhook(tx, own, id)
    if (!(await disableWebhook(tx, id, context.now))) throw unknownWebhook()
    await recordOf(tx, context, endpoint, 'webhook.removed')
  })
}

/** A live endpoint that the actor may see. @throws Refusal `not_found`, also for another's */
export async function liveWebhook(db: Db, own: string | null, id: string): Promise<WebhookEndpoint> {
  const endpoint = await findWebhook(db, id)
  if (!endpoint || endpoint.disabledAt !== null || (own !== null && endpoint.memberId !== own)) throw unknownWebhook()
  return endpoint
}

function unknownWebhook() {
  return refuse('not_found', 'id', { values: { what: ['推送地址', 'webhook'] } })
}

function recordOf(tx: Db, context: Context, endpoint: WebhookEndpoint, action: string): Promise<void> {
  const { id, memberId, url, kinds } = endpoint
  // Not the whole address, which may hold a token of its owner.
  const { origin } = new URL(url)
  return record(tx, context, { action, entity: 'webhook', entityId: id, memberId, changes: { origin, kinds } })
}

/**
 * Live endpoints, without their secrets; a member sees its own. Of a member's, others see only where it leads: the rest of
 * an address may hold a token of its owner. @throws Refusal
 */
export async function readWebhooks(
  registry: Registry,
  context: Context,
  query: z.infer<typeof webhooksQuery>,
): Promise<Page<WebhookView>> {
  const memberId = confinedTo(context, 'webhooks.manage')
  const after = positionOf('webhooks', 'text', query.cursor)
  const rows = await listWebhooks(registry.db, { memberId, afterId: after?.id ?? null, limit: query.limit })
  return pageOf(
    'webhooks',
    rows,
    query.limit,
    ({ id }) => ({ value: id, id }),
    ({ secret: _, ...shown }) => ({
      ...shown,
      url: shown.memberId === memberId ? shown.url : new URL(shown.url).origin,
    }),
  )
}
