import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type Audience, audiences } from '../../domain/escalation.ts'
import {
  type DeliveryChannel,
  deliveryChannels,
  type NoticeFacts,
  type NoticeKind,
  noticeKinds,
} from '../../domain/notice.ts'
import { certificates } from './certificates.ts'
import { day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'
import { obligations } from './obligations.ts'

/**
 * The outbox: one row for each notice, whoever is told (R2). Ids become visible in their order, as who writes one holds
 * a lock until it commits: to ask for what came after an id never misses one.
 */
export const notices = pgTable(
  'notices',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Kind, thing and stage: a job that runs twice says nothing twice. */
    noticeKey: text('notice_key').notNull().unique(),
    kind: text('kind').notNull().$type<NoticeKind>(),
    stage: text('stage').notNull(),
    audiences: text('audiences').array().notNull().$type<Audience[]>(),
    memberId: uuid('member_id').references(() => members.id),
    obligationId: uuid('obligation_id').references(() => obligations.id),
    certificateId: uuid('certificate_id').references(() => certificates.id),
    subjectZh: text('subject_zh').notNull(),
    subjectEn: text('subject_en').notNull(),
    facts: jsonb('facts').notNull().$type<NoticeFacts>(),
    onDay: day('on_day').notNull(),
    recordedAt: recordedAt(),
  },
  (table) => [
    oneOf('notices_kind', table.kind, noticeKinds),
    check(
      'notices_audiences',
      sql`cardinality(${table.audiences}) > 0 and ${table.audiences} <@ array['member', 'secretariat', 'regulator']`,
    ),
    index('notices_by_member').on(table.memberId, table.id),
    index('notices_by_obligation').on(table.obligationId, table.id),
  ],
)

/**
 * A notice on its way to one address. `next_attempt_at` is also the lease of one that is being sent: when nobody has
 * settled it by then, it is sent again.
 */
export const noticeDeliveries = pgTable(
  'notice_deliveries',
  {
    id: id(),
    noticeId: bigint('notice_id', { mode: 'number' })
      .notNull()
      .references(() => notices.id),
    channel: text('channel').notNull().$type<DeliveryChannel>(),
    /** An e-mail address, or the id of a webhook endpoint. */
    target: text('target').notNull(),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull(),
    deliveredAt: instant('delivered_at'),
    givenUpAt: instant('given_up_at'),
    lastError: text('last_error'),
    recordedAt: recordedAt(),
  },
  (table) => [
    oneOf('notice_deliveries_channel', table.channel, deliveryChannels),
    unique('notice_deliveries_once').on(table.noticeId, table.channel, table.target),
    check('notice_deliveries_one_end', sql`${table.deliveredAt} is null or ${table.givenUpAt} is null`),
    index('notice_deliveries_due')
      .on(table.channel, table.target, table.nextAttemptAt, table.id)
      .where(sql`${table.deliveredAt} is null and ${table.givenUpAt} is null`),
    index('notice_deliveries_dead').on(table.id).where(sql`${table.givenUpAt} is not null`),
  ],
)

/** Who is told by e-mail on the side of the secretariat and the regulator; members are told through their contacts. */
export const noticeRecipients = pgTable(
  'notice_recipients',
  {
    id: id(),
    audience: text('audience').notNull().$type<'secretariat' | 'regulator'>(),
    email: text('email').notNull(),
    fromOn: day('from_on').notNull(),
    endedAt: instant('ended_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf(
      'notice_recipients_audience',
      table.audience,
      audiences.filter((audience) => audience !== 'member'),
    ),
    uniqueIndex('notice_recipients_once').on(table.audience, table.email).where(sql`${table.endedAt} is null`),
  ],
)
