import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import { endRecipient, insertRecipient, listRecipients, type Recipient } from '../../store/notice-recipients.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput } from '../inputs.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'

export const recipientInput = z.strictObject({
  audience: z.enum(['secretariat', 'regulator']),
  email: z.email().max(200),
  fromOn: dayInput.optional().meta({ description: 'Told from this day on; from today where absent.' }),
})

export const recipientsQuery = z.strictObject(pageInput)

/** Who is told by e-mail on the side of the secretariat and the regulator. @throws Refusal */
export async function addRecipient(
  registry: Registry,
  context: Context,
  { audience, email, fromOn = context.today }: z.infer<typeof recipientInput>,
): Promise<{ id: string }> {
  authorise(context, 'notices.manage')
  return registry.db.transaction(async (tx) => {
    const id = newId(context.now)
    const row = { id, audience, email, fromOn, recordedAt: context.now, recordedBy: context.actor.id }
    if (!(await insertRecipient(tx, row)))
      throw refuse('already_registered', 'email', { values: { what: ['收件人', 'recipient'] } })
    await record(tx, context, {
      action: 'notice_recipient.added',
      entity: 'notice_recipient',
      entityId: id,
      onDay: fromOn,
      changes: { audience, email },
    })
    return { id }
  })
}

/** @throws Refusal */
export async function removeRecipient(registry: Registry, context: Context, id: string): Promise<void> {
  authorise(context, 'notices.manage')
  await registry.db.transaction(async (tx) => {
    if (!(await endRecipient(tx, id, context.now)))
      throw refuse('not_found', 'id', { values: { what: ['收件人', 'recipient'] } })
    await record(tx, context, { action: 'notice_recipient.ended', entity: 'notice_recipient', entityId: id })
  })
}

/** @throws Refusal */
export async function readRecipients(
  registry: Registry,
  context: Context,
  query: z.infer<typeof recipientsQuery>,
): Promise<Page<Recipient>> {
  authorise(context, 'notices.manage')
  const after = positionOf('notice-recipients', 'text', query.cursor)
  const rows = await listRecipients(registry.db, { afterId: after?.id ?? null, limit: query.limit })
  return pageOf(
    'notice-recipients',
    rows,
    query.limit,
    ({ id }) => ({ value: id, id }),
    (row) => row,
  )
}
