import type { ExplainedObligation, ObligationView } from '../../usecases/obligations/obligation-view.ts'
import type { ReceiptView } from '../../usecases/obligations/read-obligation-details.ts'
import { both, builder, under } from '../builder.ts'

const { said, maybe } = under('obligations.read')

export const Lateness = builder.objectRef<NonNullable<ObligationView['lateness']>>('Lateness').implement({
  description: both('迟了多久', 'How late something is or was'),
  fields: (t) => ({
    calendarDays: t.exposeInt('calendarDays', said('日历日', 'Calendar days, at least 1')),
    workingDays: t.exposeInt('workingDays', said('工作日', 'Working days, perhaps 0')),
  }),
})

type Arithmetic = ExplainedObligation['explanation']

const CountedDay = builder.objectRef<Arithmetic['counted'][number]>('CountedDay').implement({
  description: both('计入或跳过的一天', 'A day that was counted or skipped'),
  fields: (t) => ({
    on: t.expose('on', { ...said('日期', 'The day'), type: 'Day' }),
    kind: t.exposeString('kind', said('为何', 'Why')),
  }),
})

const Limit = builder.objectRef<Arithmetic['limit']>('Limit').implement({
  description: both('期限长短', 'How long one has'),
  fields: (t) => ({
    unit: t.exposeString('unit', said('单位', 'Unit')),
    count: t.expose('count' as never, { ...maybe('数量', 'How many'), type: 'Int' }),
    day: t.expose('day' as never, { ...maybe('次月的哪一日', 'Day of the next month'), type: 'Int' }),
  }),
})

export const Explanation = builder.objectRef<Arithmetic>('Explanation').implement({
  description: both('期限如何算出', 'How the due day was counted (R1, R2)'),
  fields: (t) => ({
    counted: t.expose('counted' as never, { ...said('计入的日子', 'Days counted'), type: [CountedDay] as never }),
    skipped: t.expose('skipped' as never, { ...said('跳过的日子', 'Days skipped'), type: [CountedDay] as never }),
    limit: t.expose('limit', { ...said('期限长短', 'How long one has'), type: Limit }),
    clause: t.exposeString('clause', said('依据', 'Clause')),
    ruleVersion: t.exposeInt('ruleVersion', said('期限规则版本', 'Version of the deadline rule')),
    calendarVersion: t.exposeInt('calendarVersion', maybe('日历版本', 'Version of the calendar')),
    provisional: t.exposeBoolean('provisional', said('是否暂定', 'Counted without an official notice')),
  }),
})

const Review = builder.objectRef<ReceiptView['reviews'][number]>('ReceiptReview').implement({
  description: both('监管部门对回执的意见', 'What the regulator said of a receipt'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    verdict: t.exposeString('verdict', said('confirmed 确认，contested 有异议', 'confirmed or contested')),
    reportedOn: t.expose('reportedOn', {
      ...maybe('监管部门所见上报日', 'The day as the regulator has it'),
      type: 'Day',
    }),
    note: t.exposeString('note', maybe('说明', 'Note')),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    recordedBy: t.exposeString('recordedBy', said('登记者', 'Who recorded it')),
  }),
})

export const ReceiptType = builder.objectRef<ReceiptView>('Receipt').implement({
  description: both('回执', 'Proof that an obligation was met'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    reportedOn: t.expose('reportedOn', { ...said('上报日', 'Day of the report, as declared'), type: 'Day' }),
    receiptNumber: t.exposeString('receiptNumber', maybe('回执编号', 'Number of the receipt')),
    evidence: t.exposeString('evidence', maybe('证据', 'Evidence')),
    backReported: t.exposeBoolean('backReported', said('是否补录', 'Recorded long afterwards')),
    supersedesId: t.exposeID('supersedesId', maybe('所更正的回执', 'The receipt that it corrects')),
    supersededAt: t.expose('supersededAt', { ...maybe('被更正时刻', 'When it was superseded'), type: 'Instant' }),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    recordedBy: t.exposeString('recordedBy', said('登记者', 'Who recorded it')),
    reviews: t.expose('reviews', { ...said('监管部门的意见', 'What the regulator said'), type: [Review] }),
  }),
})
