import { complaintStateNames, complaintStates } from '../../domain/conduct.ts'
import { type Signal, signalKinds } from '../../domain/signal.ts'
import { type ComplaintView, complaintsQuery, readComplaints } from '../../usecases/conduct/read-complaints.ts'
import { readSignals, signalsQuery } from '../../usecases/conduct/read-signals.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { listField } from '../list-fields.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const ofComplaints = under('complaints.read')
const ofSignals = under('signals.read')

const StateEnum = enumOf(
  'ComplaintState',
  both('投诉办理状态', 'How a complaint stands'),
  complaintStates,
  complaintStateNames,
)

const ComplaintRef = builder.objectRef<ComplaintView>('Complaint').implement({
  description: both('一件投诉；投诉人另行保护', 'A complaint; who complained stands elsewhere (R8)'),
  fields: (t) => ({
    id: t.exposeID('id', ofComplaints.said('编号', 'Id')),
    text: t.exposeString(
      'text',
      ofComplaints.maybe(
        '原文；未获同意或已删除时为空',
        'As it was written; null where the author did not agree, or it was erased',
      ),
    ),
    memberNamed: t.exposeString('memberNamed', ofComplaints.maybe('所称机构', 'The body, as the author calls it')),
    certificateNumber: t.exposeString('certificateNumber', ofComplaints.maybe('证书号', 'Certificate number')),
    isAnonymous: t.exposeBoolean('isAnonymous', ofComplaints.said('是否匿名', 'Whether it has no author')),
    mayBeNamed: t.exposeBoolean('mayBeNamed', ofComplaints.said('是否同意公开姓名', 'Whether the author may be named')),
    state: t.expose('state', { ...ofComplaints.said('状态', 'State'), type: StateEnum }),
    caseId: t.exposeID('caseId', ofComplaints.maybe('案件编号', 'Id of the case that it led to')),
    receivedOn: t.expose('receivedOn', { ...ofComplaints.said('收到日', 'Received on'), type: 'Day' }),
  }),
})

connectionField('complaints', {
  said: ofComplaints.said('投诉，按收到日', 'Complaints by the day on which they came in'),
  name: 'Complaint',
  node: ComplaintRef,
  query: complaintsQuery,
  filters: () => ({}),
  read: readComplaints,
})

const SignalKindEnum = enumOf('SignalKind', both('线索种类', 'What is asked about'), signalKinds, {
  recorded_on_last_day: ['恰在期限最后一日登记', 'recorded on the last day'],
  decided_on_days_off: ['休息日作出决定', 'decided on days off'],
  corrected_before_bulletin: ['通报前集中更正', 'corrected before a bulletin'],
  certified_after_refusal: ['他机构不予认证后认证', 'certified after a refusal elsewhere'],
})

const SignalRef = builder.objectRef<Signal>('Signal').implement({
  description: both('线索提示：只是提问', 'Something to look into: a question, never a verdict (R8)'),
  fields: (t) => ({
    kind: t.expose('kind', { ...ofSignals.said('种类', 'Kind'), type: SignalKindEnum }),
    memberId: t.exposeID('memberId', ofSignals.said('成员机构编号', 'Id of the member')),
    questionZh: t.string({ ...ofSignals.said('中文提问', 'In Chinese'), resolve: ({ question }) => question.zh }),
    questionEn: t.string({ ...ofSignals.said('英文提问', 'In English'), resolve: ({ question }) => question.en }),
    resultIds: t.idList({
      ...ofSignals.said('所涉结果', 'The results behind it'),
      resolve: ({ resultIds }) => [...resultIds],
    }),
    member: t.field(memberOfRow),
  }),
})

listField('signals', {
  said: ofSignals.maybe('可供核查的线索', 'What may be looked into'),
  node: SignalRef,
  filters: (arg) => ({
    from: arg({ type: 'Day', description: both('自该日起的决定', 'Decisions from this day on') }),
    until: arg({ type: 'Day', description: both('至该日止', 'Until this day') }),
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
  }),
  read: async ({ registry, context }, given, limit) =>
    (await readSignals(registry, context, parsedArguments(signalsQuery, given))).items.slice(0, limit),
})
