import {
  expiryReminderDays,
  lapseReminderDays,
  lapseStage,
  lapseToldDays,
  reminderStage,
} from '../../domain/expiry-reminder.ts'
import type { NoticeKind } from '../../domain/notice.ts'
import { addDays, type PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../../store/database.ts'
import {
  type AfterEnd,
  approvalsEndingBetween,
  certificatesEndingBetween,
  scopesEndingBetween,
  suspensionsPastEnd,
} from '../../store/endings-ahead.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { addCounts, batchRows, type Counts, inBatches, positionAfter } from '../jobs/in-batches.ts'
import { type Saying, sayNotices, unsaid } from './say-notices.ts'

/** The job: certificates that expire, once for each and stage; of several stages that were missed only the nearest (N6). */
export async function notifyExpiries(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const { today } = context
  const span = { on: today, from: today, until: addDays(today, Math.max(...expiryReminderDays)) }
  return notifyEach(registry, context, signal, {
    read: (tx, after) => certificatesEndingBetween(tx, span, after, batchRows),
    at: ({ validUntil, id }) => ({ endOn: validUntil, id }),
    saying: (certificate) => {
      const stage = reminderStage(certificate.validUntil, today, expiryReminderDays)
      return stage === null
        ? null
        : { ...aboutCertificate(certificate), kind: 'certificate_expiry', stage: String(stage) }
    },
  })
}

function aboutCertificate(certificate: Awaited<ReturnType<typeof certificatesEndingBetween>>[number]) {
  const { id, memberId, memberName, number, holderName, productName, validUntil } = certificate
  return {
    thing: id,
    audiences: ['member'] as const,
    memberId,
    certificateId: id,
    facts: { member: memberName, number, holder: holderName, product: productName, validUntil },
  }
}

/** The job: scopes and approvals that lapse, ahead of it and once they have (N1). */
export async function notifyLapses(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const { today } = context
  const from = addDays(today, -lapseToldDays)
  const span = { on: today, from, until: addDays(today, Math.max(...lapseReminderDays)) }
  const scopes = await notifyEach(registry, context, signal, {
    read: (tx, after) => scopesEndingBetween(tx, span, after, batchRows),
    at: ({ endOn, id }) => ({ endOn, id }),
    saying: ({ id, memberId, memberName, description, endOn }) =>
      lapsing('scope_lapse', id, memberId, endOn, today, { member: memberName, scope: description, untilOn: endOn }),
  })
  const approvals = await notifyEach(registry, context, signal, {
    read: (tx, after) => approvalsEndingBetween(tx, span, after, batchRows),
    at: ({ endOn, id }) => ({ endOn, id }),
    saying: ({ id, memberName, endOn }) =>
      lapsing('approval_lapse', id, id, endOn, today, { member: memberName, untilOn: endOn }),
  })
  return addCounts(scopes, approvals)
}

/** The last day is part of the key: an approval that was prolonged lapses anew. */
function lapsing(
  kind: NoticeKind,
  id: string,
  memberId: string,
  endOn: PlainDate,
  today: PlainDate,
  facts: Saying['facts'],
): Words | null {
  const stage = lapseStage(endOn, today)
  if (stage === null) return null
  return { kind, thing: `${id}@${endOn}`, stage: String(stage), audiences: ['member', 'secretariat'], memberId, facts }
}

/** The job: suspensions that passed their end and stay suspended until somebody decides (R4). */
export async function notifySuspensions(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  return notifyEach(registry, context, signal, {
    read: (tx, after) => suspensionsPastEnd(tx, context.today, after, batchRows),
    at: ({ untilOn, id }) => ({ endOn: untilOn, id }),
    saying: ({ id, certificateId, memberId, memberName, number, holderName, productName, untilOn }) => ({
      kind: 'suspension_past_end',
      thing: id,
      stage: 'past_end',
      audiences: ['member', 'secretariat'],
      memberId,
      certificateId,
      facts: { member: memberName, number, holder: holderName, product: productName, untilOn },
    }),
  })
}

type Words = Omit<Saying, 'onDay'>
type Walk<Row> = {
  readonly read: (tx: Db, after: AfterEnd) => Promise<Row[]>
  readonly at: (row: Row) => NonNullable<AfterEnd>
  readonly saying: (row: Row) => Words | null
}

async function notifyEach<Row>(
  registry: Registry,
  context: Context,
  signal: AbortSignal,
  { read, at, saying }: Walk<Row>,
): Promise<Counts> {
  return inBatches<NonNullable<AfterEnd>>(registry, signal, async (tx, after) => {
    const rows = await read(tx, after)
    const due = rows.map(saying).flatMap((words) => (words ? [{ ...words, onDay: context.today }] : []))
    const said = await sayNotices(tx, context, await unsaid(tx, due))
    return { next: positionAfter(rows, at), counts: { seen: rows.length, said: said.length } }
  })
}
