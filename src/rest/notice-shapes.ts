import { z } from 'zod'
import { audiences } from '../domain/escalation.ts'
import { deliveryChannels, factNames, noticeKinds } from '../domain/notice.ts'
import { day, instant, listOf } from './shapes.ts'

/** What answers about notices, webhooks, explanations and jobs look like. */
const id = z.string().meta({ format: 'uuid' })
const text = z.string()

export const notice = z.object({
  id: z.number(),
  kind: z.enum(noticeKinds),
  stage: text,
  audiences: listOf(z.enum(audiences)),
  memberId: id.nullable(),
  obligationId: id.nullable(),
  certificateId: id.nullable(),
  subject: z.object({ zh: text, en: text }),
  facts: z.partialRecord(z.enum(Object.keys(factNames) as [keyof typeof factNames]), text),
  onDay: day,
  recordedAt: instant,
})

export const noticesPage = z.object({
  items: listOf(notice),
  lastId: z.number().meta({ description: 'Ask next with afterId set to it.' }),
})

export const delivery = z.object({
  id,
  noticeId: z.number(),
  channel: z.enum(deliveryChannels),
  target: text,
  attempts: z.number(),
  nextAttemptAt: instant,
  deliveredAt: instant.nullable(),
  givenUpAt: instant.nullable(),
  lastError: text.nullable(),
  recordedAt: instant,
})

export const listedDelivery = delivery.extend({ kind: text, stage: text })

export const recipient = z.object({
  id,
  audience: text,
  email: text,
  fromOn: day,
  recordedAt: instant,
  recordedBy: text,
})

export const webhook = z.object({
  id,
  memberId: id.nullable(),
  url: text,
  kinds: listOf(z.enum(noticeKinds)).nullable(),
  recordedAt: instant,
  recordedBy: text,
})

export const newWebhook = webhook.extend({
  secret: text.meta({ description: 'Told once: the key of the signatures, as Standard Webhooks has it.' }),
})

export const escalationRule = z.object({
  version: z.number(),
  effectiveOn: day,
  workingDays: z.object({ reminder: z.number(), overdue: z.number(), warning: z.number(), public_listing: z.number() }),
  clause: text,
})

const counts = z.record(text, z.number())

export const job = z.object({
  name: text,
  title: z.object({ zh: text, en: text }),
  cron: text,
  nextFireAt: instant,
  runs: listOf(
    z.object({
      fireAt: instant,
      cause: text,
      attempts: z.number(),
      startedAt: instant,
      claimedUntil: instant,
      finishedAt: instant.nullable(),
      outcome: text.nullable(),
      counts: counts.nullable(),
      error: text.nullable(),
      isLost: z.boolean().meta({ description: 'Its process gave no sign for too long: it will be taken over.' }),
    }),
  ),
})

export const jobRan = z.object({ name: text, on: day, counts })
