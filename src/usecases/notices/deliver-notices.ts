import { dayInShanghai } from '../../clock.ts'
import { nextAttemptAt } from '../../domain/delivery.ts'
import type { DeliveryChannel } from '../../domain/notice.ts'
import {
  claimDeliveries,
  type Delivery,
  putOffTarget,
  settleDelivered,
  settleFailed,
} from '../../store/notice-deliveries.ts'
import { contactEmailsOn, recipientsOn } from '../../store/notice-recipients.ts'
import { findNotices, type Notice } from '../../store/notices.ts'
import { type WebhookEndpoint, webhooksById } from '../../store/webhooks.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { addCounts, type Counts } from '../jobs/in-batches.ts'
import { type NoticeView, noticeView } from './notice-view.ts'
import { emailsOf } from './say-notices.ts'

/** How notices leave the house. What goes wrong is thrown, in words that may be kept: without secrets. */
export type Carriers = {
  /** Null while there is no mail server: mails wait. */
  readonly email: ((notice: NoticeView, address: string) => Promise<void>) | null
  readonly webhook: (notice: NoticeView, to: { url: string; secret: string }, at: Date) => Promise<void>
}

/** Thrown by a carrier that waited in vain: whatever else is for that address waits too. */
export class NoAnswer extends Error {}

/** Sent side by side; longer than any carrier takes, so that a lease passes only with its process. */
const batchSize = 20
const leaseMs = 120_000
/** Of one batch, so that an address that is slow or has much waiting keeps nobody else from theirs. */
const perTarget = 2
/** So long nothing is posted where nobody answered. */
const pauseMs = 300_000
/** One run sends at most so many of a channel; the next fire goes on. */
const batchesMax = 500

/**
 * The job of a channel: sends what is due, each at least once, with the notice's id. Sent outside of any transaction: a delivery is
 * claimed for a while, and one whose process was killed is sent again. What fails is tried again, later each time, and
 * given up in the end.
 */
export async function deliverNotices(
  registry: Registry,
  context: Context,
  carriers: Carriers,
  channel: DeliveryChannel,
  signal: AbortSignal,
): Promise<Counts> {
  authorise(context, 'jobs.run')
  let counts: Counts = { delivered: 0, failed: 0 }
  if (carriers[channel] === null) return counts
  for (let batches = 0; batches < batchesMax; batches += 1) {
    signal.throwIfAborted()
    const now = registry.clock.now()
    const until = new Date(now.getTime() + leaseMs)
    const claimed = await claimDeliveries(registry.db, { channel, now, until, limit: batchSize, perTarget })
    if (claimed.length === 0) break
    counts = addCounts(counts, await sendAll(registry, carriers, claimed))
  }
  return counts
}

async function sendAll(registry: Registry, carriers: Carriers, claimed: readonly Delivery[]): Promise<Counts> {
  const notices = await findNotices(
    registry.db,
    claimed.map(({ noticeId }) => noticeId),
  )
  const endpoints = await webhooksById(
    registry.db,
    claimed.flatMap(({ channel, target }) => (channel === 'webhook' ? [target] : [])),
  )
  const noticeOf = new Map(notices.map((notice) => [notice.id, noticeView(notice)]))
  const addressees = await addresseesOf(registry, notices)
  const sent = await Promise.allSettled(
    claimed.map(async (delivery) => {
      const notice = noticeOf.get(delivery.noticeId)
      if (!notice) throw new Error(`notice ${delivery.noticeId} vanished`)
      return settle(registry, delivery, () => send(registry, carriers, notice, delivery, { endpoints, addressees }))
    }),
  )
  // Only now: nothing is left on its way that nobody waits for.
  const broken = sent.find((each) => each.status === 'rejected')
  if (broken) throw broken.reason
  const delivered = sent.filter((each) => each.status === 'fulfilled' && each.value).length
  return { delivered, failed: sent.length - delivered }
}

type WhereTo = {
  readonly endpoints: ReadonlyMap<string, WebhookEndpoint>
  readonly addressees: Awaited<ReturnType<typeof addresseesOf>>
}

/** The e-mail addresses that each of the notices would go to now: who was removed since is told nothing. */
async function addresseesOf(
  { db, clock }: Registry,
  notices: readonly Notice[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const today = dayInShanghai(clock.now())
  const memberIds = [...new Set(notices.flatMap(({ memberId }) => memberId ?? []))]
  const [recipients, contacts] = [await recipientsOn(db, today), await contactEmailsOn(db, memberIds, today)]
  return new Map(notices.map((notice) => [notice.id, new Set(emailsOf(notice, recipients, contacts))]))
}

async function send(
  registry: Registry,
  carriers: Carriers,
  notice: NoticeView,
  { channel, target }: Delivery,
  { endpoints, addressees }: WhereTo,
): Promise<void> {
  if (channel === 'email') {
    if (!addressees.get(notice.id)?.has(target)) throw new NowhereToGo('the address was removed')
    return carriers.email?.(notice, target)
  }
  const endpoint = endpoints.get(target)
  if (!endpoint || endpoint.disabledAt !== null) throw new NowhereToGo('the webhook was removed')
  return carriers.webhook(notice, endpoint, registry.clock.now())
}

class NowhereToGo extends Error {}

/** Sends one and keeps what became of it. True when it was taken. */
async function settle(registry: Registry, delivery: Delivery, sending: () => Promise<void>): Promise<boolean> {
  try {
    await sending()
  } catch (error) {
    const now = registry.clock.now()
    const next = error instanceof NowhereToGo ? null : nextAttemptAt(delivery.attempts, now)
    await settleFailed(registry.db, delivery, { now, next, error: wordsOf(error) })
    if (error instanceof NoAnswer) await putOffTarget(registry.db, delivery, { now, until: pausedUntil(now) })
    return false
  }
  await settleDelivered(registry.db, delivery.id, registry.clock.now())
  return true
}

function pausedUntil(now: Date): Date {
  return new Date(now.getTime() + pauseMs)
}

/** What went wrong, short, on one line. */
function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message || error.name : String(error)
  return words.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300)
}
