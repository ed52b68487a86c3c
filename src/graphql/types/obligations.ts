import {
  countAskedObligations,
  type ObligationPart,
  obligationColumns,
  obligationsQuery,
  obligationsWriter,
  readObligation,
  readObligations,
} from '../../usecases/obligations/read-obligations.ts'
import { both, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { DutyEnum, ObligationStateEnum } from './enums.ts'
import { Explanation, Lateness, ReceiptType } from './obligation-parts.ts'
import { enterpriseOfRow, memberOfRow, ObligationRef } from './refs.ts'

const { said, maybe } = under('obligations.read')

ObligationRef.implement({
  description: both(
    '报送义务，按 on 所问之日；附于他行时按今天',
    'What is owed by a due date, as it stands on the day asked for with `on`; reached from another row, today (R2)',
  ),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    duty: t.expose('duty', { ...said('种类', 'What is owed'), type: DutyEnum }),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    enterpriseId: t.exposeID('enterpriseId', maybe('企业编号', 'Id of the enterprise')),
    resultId: t.exposeID('resultId', maybe('认证结果首次修订编号', 'Id of the result’s first revision')),
    certificateId: t.exposeID('certificateId', maybe('证书编号', 'Id of the certificate')),
    assignmentId: t.exposeID('assignmentId', maybe('认证任务编号', 'Id of the assignment')),
    endingId: t.exposeID('endingId', maybe('结束记录编号', 'Id of the recorded ending')),
    cityCode: t.exposeString('cityCode', maybe('设区市', 'City (GB/T 2260)')),
    subject: t.exposeString('subject', said('企业与产品', 'Enterprise and product in words')),
    openedOn: t.expose('openedOn', { ...said('产生之日', 'From this day on it is there'), type: 'Day' }),
    eventOn: t.expose('eventOn', { ...said('起算日（不计入）', 'The event day; it does not count'), type: 'Day' }),
    dueOn: t.expose('dueOn', { ...said('期限', 'Due day; it ends at 24:00'), type: 'Day' }),
    provisional: t.exposeBoolean('provisional', said('期限是否暂定', 'Counted without an official notice (R1)')),
    ruleVersion: t.exposeInt('ruleVersion', said('期限规则版本', 'Version of the deadline rule')),
    calendarVersion: t.exposeInt('calendarVersion', maybe('日历版本', 'Version of the calendar')),
    state: t.expose('state', { ...said('状态', 'State'), type: ObligationStateEnum }),
    lateness: t.expose('lateness', { ...maybe('迟了多久', 'How late; null where it is not'), type: Lateness }),
    metOn: t.expose('metOn', { ...maybe('履行之日', 'Day on which it was met'), type: 'Day' }),
    contested: t.exposeBoolean('contested', said('监管部门是否有异议', 'The regulator contests it')),
    waivedOn: t.expose('waivedOn', { ...maybe('免除之日', 'Day on which it was waived'), type: 'Day' }),
    waivedGround: t.exposeString('waivedGround', maybe('免除依据', 'Ground of the waiver')),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    explanation: t.field({
      ...said('期限的算法', 'The arithmetic of the due day'),
      type: Explanation,
      resolve: (obligation, _, { loaders }) => loaders.explanation.load(obligation),
    }),
    receipts: t.field({
      ...said('回执', 'Receipts, oldest first'),
      type: [ReceiptType],
      resolve: async ({ id }, _, { loaders }) => (await loaders.receipts.load(id)) ?? [],
    }),
    member: t.field(memberOfRow),
    enterprise: t.field(enterpriseOfRow),
  }),
})

connectionField('obligations', {
  said: said('报送义务，按期限', 'Obligations by due day'),
  name: 'Obligation',
  node: ObligationRef,
  query: obligationsQuery,
  filters: (arg) => ({
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
    duty: arg({ type: DutyEnum, description: both('种类', 'What is owed') }),
    state: arg({ type: ObligationStateEnum, description: both('该日的状态', 'State on that day') }),
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    cityCode: arg.string({ description: both('设区市，县区代表其市', 'City; a county stands for its city') }),
    dueBefore: arg({ type: 'Day', description: both('期限早于', 'Due before this day') }),
    dueAfter: arg({ type: 'Day', description: both('期限晚于', 'Due after this day') }),
  }),
  read: readObligations,
  count: countAskedObligations,
  writing: {
    columns: obligationColumns,
    derived: ['state', 'lateness'],
    writer: (parts) => obligationsWriter(parts as readonly ObligationPart[]),
  },
})

singleField('obligation', {
  said: said('一项报送义务', 'One obligation'),
  node: ObligationRef,
  isOfDay: true,
  read: readObligation,
})
