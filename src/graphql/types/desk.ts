import { type BatchView, batchesQuery, countBatches, readBatches } from '../../usecases/assignments/read-batches.ts'
import { countLedger, type LedgerRow, ledgerQuery, readLedger } from '../../usecases/assignments/read-ledger.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { memberOfRow } from './refs.ts'

const ledger = under('ledger.read')

const LedgerRowRef = builder.objectRef<LedgerRow>('LedgerRow').implement({
  description: both('一家机构三年内的份额', 'What a body was given in three years, against its expected share (R7)'),
  fields: (t) => ({
    id: t.exposeID('memberId', ledger.said('编号，即成员机构编号', 'Its id: that of the member')),
    memberId: t.exposeID('memberId', ledger.said('成员机构编号', 'Id of the member')),
    name: t.exposeString('name', ledger.said('机构名称', 'Name of the body')),
    fromOn: t.expose('fromOn', { ...ledger.said('首日', 'First day of the three years'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...ledger.said('末日', 'Last day'), type: 'Day' }),
    assigned: t.exposeInt('assigned', ledger.said('秘书处指派且未谢绝', 'By the secretariat, and not declined')),
    selfSelected: t.exposeInt('selfSelected', ledger.said('企业自选且未谢绝', 'Chosen by firms, and not declined')),
    declined: t.exposeInt('declined', ledger.said('谢绝', 'Declined')),
    expected: t.exposeFloat('expected', ledger.said('应得份额', 'Expected, by capacity within scope')),
    deviation: t.exposeFloat('deviation', ledger.said('偏离，正为多得', 'Deviation: above zero where it has more')),
    member: t.field(memberOfRow),
  }),
})

connectionField('fairnessLedger', {
  said: ledger.said('三年份额台账，按名称', 'The fairness ledger, bodies by name'),
  name: 'LedgerRow',
  node: LedgerRowRef,
  query: ledgerQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    on: arg({ type: 'Day', description: both('末日，缺省为今天', 'Last day; today where absent') }),
  }),
  read: readLedger,
  count: countLedger,
})

const batches = under('batches.read')

const BatchRef = builder.objectRef<BatchView>('AssignmentBatch').implement({
  description: both('一批待分派的任务', 'Cases that are given out together'),
  fields: (t) => ({
    id: t.exposeID('id', batches.said('编号', 'Id')),
    name: t.exposeString('name', batches.said('名称', 'Name')),
    schemeCode: t.exposeString('schemeCode', batches.said('认证方案', 'Scheme')),
    recordedOn: t.expose('recordedOn', { ...batches.said('登记日', 'Day on which it was recorded'), type: 'Day' }),
    issuedOn: t.field({
      ...batches.maybe('下达日；未下达为空', 'Day on which it was issued; null where it was not'),
      type: 'Day',
      resolve: ({ issue }) => issue?.issuedOn ?? null,
    }),
    assignments: t.int({
      ...batches.maybe('下达的任务数', 'Assignments that were made of it'),
      resolve: ({ issue }) => issue?.assignments ?? null,
    }),
  }),
})

connectionField('assignmentBatches', {
  said: batches.said('分派批次，按登记日', 'Batches by the day on which they were recorded'),
  name: 'AssignmentBatch',
  node: BatchRef,
  query: batchesQuery,
  filters: () => ({}),
  read: readBatches,
  count: countBatches,
})
