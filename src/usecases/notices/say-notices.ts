import { dayInShanghai } from '../../clock.ts'
import type { Audience } from '../../domain/escalation.ts'
import { type DeliveryChannel, type NoticeFacts, type NoticeKind, noticeSubject } from '../../domain/notice.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { insertDeliveries, type NewDelivery } from '../../store/notice-deliveries.ts'
import { contactEmailsOn, recipientsOn } from '../../store/notice-recipients.ts'
import { insertNotices, type NewNotice, type Notice, noticeKeysSaid } from '../../store/notices.ts'
import { type WebhookEndpoint, webhooksFor } from '../../store/webhooks.ts'
import type { Context } from '../context.ts'

/** A notice to be said: once for each kind, thing and stage. */
export type Saying = {
  readonly kind: NoticeKind
  /** The id of what it is about; part of the key. */
  readonly thing: string
  readonly stage: string
  /** The stage in the key, where two of them are said of a thing at most once between them. */
  readonly keyStage?: string
  readonly audiences: readonly Audience[]
  /** Null where it concerns no body. */
  readonly memberId: string | null
  readonly obligationId?: string
  readonly certificateId?: string
  readonly facts: NoticeFacts
  readonly onDay: PlainDate
}

export function noticeKeyOf({ kind, thing, stage, keyStage = stage }: Saying): string {
  return `${kind}:${thing}:${keyStage}`
}

/** Leaves out what was said before. */
export async function unsaid<S extends Saying>(db: Db, sayings: readonly S[]): Promise<S[]> {
  const said = await noticeKeysSaid(db, sayings.map(noticeKeyOf))
  return sayings.filter((saying) => !said.has(noticeKeyOf(saying)))
}

/**
 * Puts notices into the outbox with their deliveries to whoever is to be told today, and answers those that are new:
 * what was said before is not said again. Comes last in its transaction, but for what only new notices lead to.
 */
export async function sayNotices(tx: Db, context: Context, sayings: readonly Saying[]): Promise<Notice[]> {
  const said = await insertNotices(
    tx,
    sayings.map((saying) => noticeRow(saying, context.now)),
  )
  if (said.length > 0) await insertDeliveries(tx, await deliveriesOf(tx, context, said))
  return said
}

function noticeRow(saying: Saying, now: Date): NewNotice {
  const { thing: _, keyStage: __, audiences, ...row } = saying
  const [subjectZh, subjectEn] = noticeSubject(saying.kind, saying.stage, saying.facts)
  return { ...row, noticeKey: noticeKeyOf(saying), audiences: [...audiences], subjectZh, subjectEn, recordedAt: now }
}

async function deliveriesOf(tx: Db, context: Context, said: readonly Notice[]): Promise<NewDelivery[]> {
  // A run for an earlier day tells those who are there today.
  const today = dayInShanghai(context.now)
  const memberIds = [...new Set(said.flatMap(({ memberId }) => (memberId === null ? [] : [memberId])))]
  const [recipients, contacts, endpoints] = [
    await recipientsOn(tx, today),
    await contactEmailsOn(tx, memberIds, today),
    await webhooksFor(tx, memberIds),
  ]
  return said.flatMap((notice) => {
    const emails = emailsOf(notice, recipients, contacts)
    const hooks = endpoints.filter((endpoint) => isFor(notice, endpoint))
    return [
      ...emails.map((email) => deliveryRow(notice.id, 'email', email, context.now)),
      ...hooks.map(({ id }) => deliveryRow(notice.id, 'webhook', id, context.now)),
    ]
  })
}

/** Each address once, of the contacts of the notice's member and of the recipients in its audiences. */
export function emailsOf(
  { audiences, memberId }: Notice,
  recipients: Awaited<ReturnType<typeof recipientsOn>>,
  contacts: Awaited<ReturnType<typeof contactEmailsOn>>,
): string[] {
  const toMember = audiences.includes('member') ? contacts.filter((each) => each.memberId === memberId) : []
  const others = recipients.filter(({ audience }) => audiences.includes(audience))
  return [...new Set([...toMember, ...others].map(({ email }) => email))]
}

/** Whether an endpoint is told: a member's of what its member is told, any other of everything, each of its kinds. */
export function isFor(notice: Notice, { memberId, kinds }: WebhookEndpoint): boolean {
  const isOwn = memberId === null || (notice.memberId === memberId && notice.audiences.includes('member'))
  return isOwn && (kinds === null || kinds.includes(notice.kind))
}

export function deliveryRow(noticeId: number, channel: DeliveryChannel, target: string, now: Date): NewDelivery {
  return { id: newId(now), noticeId, channel, target, nextAttemptAt: now, recordedAt: now }
}
