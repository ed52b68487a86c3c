import { z } from 'zod'
import { assignmentModes, conflictKindNames, conflictKinds, type Ineligibility } from '../../domain/eligibility.ts'
import { sentenceOf } from '../../domain/refusals.ts'
import { capacitiesQuery, readCapacities } from '../../usecases/assignments/manage-capacities.ts'
import { conflictsQuery, readConflicts } from '../../usecases/assignments/manage-conflicts.ts'
import {
  type BatchView,
  batchesQuery,
  countBatches,
  type LineView,
  linesQuery,
  type ProposalView,
  readBatch,
  readBatches,
  readLines,
} from '../../usecases/assignments/read-batches.ts'
import { type EligibilityView, eligibilityQuery, readEligibility } from '../../usecases/assignments/read-eligibility.ts'
import { countLedger, type LedgerRow, ledgerQuery, readLedger } from '../../usecases/assignments/read-ledger.ts'
import { idInput } from '../../usecases/inputs.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { enumOf, FamilyEnum } from './enums.ts'
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

const ofEligibility = under('eligibility.read')
const ModeEnum = enumOf('AssignmentMode', both('任务由谁给出', 'By whom a case is given'), assignmentModes, {
  self_selected: ['企业自选', 'chosen by the firm'],
  secretariat_assigned: ['秘书处安排', 'assigned by the secretariat'],
})

const ReasonRef = builder.objectRef<Ineligibility>('Ineligibility').implement({
  description: both('不具备资格的一项理由', 'One reason why a body may not have a case (R7)'),
  fields: (t) => ({
    code: t.exposeString('code', ofEligibility.said('代码', 'Code')),
    zh: t.string({ ...ofEligibility.said('中文', 'In Chinese'), resolve: (reason) => sentenceOf(reason, 'zh') }),
    en: t.string({ ...ofEligibility.said('英文', 'In English'), resolve: (reason) => sentenceOf(reason, 'en') }),
  }),
})

const EligibilityRef = builder.objectRef<EligibilityView>('Eligibility').implement({
  description: both('一家机构对一项任务的资格', 'Whether a body may be given a case, and every reason why not'),
  fields: (t) => ({
    memberId: t.exposeID('memberId', ofEligibility.said('成员机构编号', 'Id of the member')),
    name: t.exposeString('name', ofEligibility.said('名称', 'Name')),
    eligible: t.exposeBoolean('eligible', ofEligibility.said('是否具备资格', 'Whether it is eligible')),
    reasons: t.field({
      ...ofEligibility.said('全部理由', 'Every reason why not'),
      type: [ReasonRef],
      resolve: ({ reasons }) => [...reasons],
    }),
    kilometres: t.exposeFloat(
      'kilometres',
      ofEligibility.maybe('距离（公里）', 'To its nearest unit, in a straight line'),
    ),
    unitCityCode: t.exposeString('unitCityCode', ofEligibility.maybe('最近执行机构所在市', 'City of that unit')),
    member: t.field(memberOfRow),
  }),
})

connectionField('eligibility', {
  said: ofEligibility.said('一项任务由谁承担，按名称', 'Who is eligible for a case, and why not the others, by name'),
  name: 'Eligibility',
  node: EligibilityRef,
  query: eligibilityQuery,
  filters: (arg) => ({
    enterpriseId: arg.id({ description: both('企业编号', 'Id of the enterprise') }),
    family: arg({ type: FamilyEnum, required: true, description: both('产品大类', 'Product family') }),
    industryCode: arg.string({ description: both('行业代码', 'Industry code') }),
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
    mode: arg({ type: ModeEnum, description: both('方式，缺省为秘书处安排', 'By whom the case is given') }),
    replacesId: arg.id({ description: both('所替代的任务', 'The assignment that is to be replaced') }),
    cityCode: arg.string({ description: both('企业所在市', 'Where the firm is') }),
  }),
  read: readEligibility,
})

const ofConflicts = under('conflicts.read')
const ConflictKindEnum = enumOf(
  'ConflictKind',
  both('利益冲突种类', 'Kind of a conflict'),
  conflictKinds,
  conflictKindNames,
)

const ConflictRef = builder
  .objectRef<Awaited<ReturnType<typeof readConflicts>>['items'][number]>('ConflictOfInterest')
  .implement({
    description: both('申报的利益冲突', 'A declared conflict of interest with a firm (R7)'),
    fields: (t) => ({
      id: t.exposeID('id', ofConflicts.said('编号', 'Id')),
      memberId: t.exposeID('memberId', ofConflicts.said('成员机构编号', 'Id of the member')),
      enterpriseId: t.exposeID('enterpriseId', ofConflicts.said('企业编号', 'Id of the enterprise')),
      kind: t.expose('kind', { ...ofConflicts.said('种类', 'Kind'), type: ConflictKindEnum }),
      note: t.exposeString('note', ofConflicts.maybe('说明', 'Note')),
      declaredBy: t.exposeString('declaredBy', ofConflicts.said('申报人', 'Who declared it')),
      fromOn: t.expose('fromOn', { ...ofConflicts.said('首日', 'First day'), type: 'Day' }),
      untilOn: t.expose('untilOn', { ...ofConflicts.maybe('末日', 'Last day'), type: 'Day' }),
      member: t.field(memberOfRow),
    }),
  })

connectionField('conflictsOfInterest', {
  said: ofConflicts.said('利益冲突申报，按首日', 'Declared conflicts by their first day'),
  name: 'ConflictOfInterest',
  node: ConflictRef,
  query: conflictsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    enterpriseId: arg.id({ description: both('企业编号', 'Id of an enterprise') }),
    on: arg({ type: 'Day', description: both('该日有效', 'Only those that hold on that day') }),
  }),
  read: readConflicts,
})

const ofCapacities = under('capacities.read')

const CapacityRef = builder
  .objectRef<Awaited<ReturnType<typeof readCapacities>>['items'][number]>('Capacity')
  .implement({
    description: both('一年可承担的任务数', 'How many cases of the secretariat a body takes in a year (R7)'),
    fields: (t) => ({
      id: t.exposeID('id', ofCapacities.said('编号', 'Id')),
      memberId: t.exposeID('memberId', ofCapacities.said('成员机构编号', 'Id of the member')),
      year: t.exposeInt('year', ofCapacities.said('年度', 'Year')),
      family: t.exposeString(
        'family',
        ofCapacities.maybe('产品大类；空为合计', 'Product family; null for all together'),
      ),
      cases: t.exposeInt('cases', ofCapacities.said('任务数', 'Cases')),
      statedBy: t.exposeString('statedBy', ofCapacities.said('申报人', 'Who stated it')),
      member: t.field(memberOfRow),
    }),
  })

connectionField('capacities', {
  said: ofCapacities.said('各机构承担能力，按年度', 'Capacities by year'),
  name: 'Capacity',
  node: CapacityRef,
  query: capacitiesQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    year: arg.int({ description: both('年度', 'Year') }),
  }),
  read: readCapacities,
})

const ProposalRef = builder.objectRef<ProposalView>('BatchProposal').implement({
  description: both('一个分派方案', 'Who would be given what (N3)'),
  fields: (t) => ({
    id: t.exposeID('id', batches.said('编号', 'Id')),
    number: t.exposeInt('number', batches.said('序号', 'The first of a batch is 1')),
    onDay: t.expose('onDay', { ...batches.said('所据之日', 'The day whose facts were taken'), type: 'Day' }),
    seed: t.exposeString('seed', batches.said('种子', 'Breaks ties; with the input it repeats the proposal')),
    inputHash: t.exposeString(
      'inputHash',
      batches.said('输入的 SHA-256；输入用 REST', 'SHA-256 of its input, which REST gives'),
    ),
    gap: t.exposeFloat('gap', batches.said('与最优的差距上限', 'How far from the best it may be')),
    cases: t.exposeInt('cases', batches.said('任务数', 'Cases')),
    placed: t.exposeInt('placed', batches.said('已安排', 'Cases that were placed')),
    largestDeviation: t.exposeFloat('largestDeviation', batches.said('最大份额偏离', 'Largest deviation from a share')),
    kilometres: t.exposeInt('kilometres', batches.said('总距离（公里）', 'All distances together')),
  }),
})

const BatchDetailRef = builder.objectRef<Awaited<ReturnType<typeof readBatch>>>('AssignmentBatchDetail').implement({
  description: both('一个批次及其方案', 'A batch with its proposals, the latest first'),
  fields: (t) => ({
    id: t.exposeID('id', batches.said('编号', 'Id')),
    name: t.exposeString('name', batches.said('名称', 'Name')),
    cases: t.exposeInt('cases', batches.said('任务数', 'Cases')),
    proposals: t.field({
      ...batches.said('方案，最近的在前', 'Proposals, the latest first'),
      type: [ProposalRef],
      listSize: 10,
      resolve: (batch) => [...batch.proposals],
    }),
  }),
})

singleField('assignmentBatch', { said: batches.said('一个批次', 'One batch'), node: BatchDetailRef, read: readBatch })

const LineRef = builder.objectRef<LineView>('ProposalLine').implement({
  description: both('方案的一行', 'A case of a proposal, with why it goes where it goes'),
  fields: (t) => ({
    caseId: t.exposeID('caseId', batches.said('任务编号', 'Id of the case')),
    place: t.exposeInt('place', batches.said('序号', 'Its place in the list')),
    enterpriseName: t.exposeString('enterpriseName', batches.said('企业', 'Enterprise')),
    productName: t.exposeString('productName', batches.said('产品', 'Product')),
    family: t.exposeString('family', batches.said('产品大类', 'Product family')),
    industryCode: t.exposeString('industryCode', batches.maybe('行业代码', 'Industry code')),
    proposedMemberId: t.exposeID('proposedMemberId', batches.maybe('方案所定机构', 'Who was proposed')),
    memberId: t.exposeID('memberId', batches.maybe('现定机构', 'Who would get it now')),
    ground: t.string({ ...batches.said('理由代码', 'Ground, as a code'), resolve: ({ ground }) => ground.code }),
    groundZh: t.string({ ...batches.said('理由', 'Ground in Chinese'), resolve: ({ ground }) => ground.words[0] }),
    groundEn: t.string({
      ...batches.said('理由，英文', 'Ground in English'),
      resolve: ({ ground }) => ground.words[1],
    }),
    kilometres: t.float({ ...batches.maybe('距离', 'Distance'), resolve: ({ ground }) => ground.kilometres }),
  }),
})

connectionField('proposalLines', {
  said: batches.said('方案各行，按名单次序', 'Lines of a proposal in the order of the list'),
  name: 'ProposalLine',
  node: LineRef,
  query: linesQuery.extend({ batchId: idInput, proposalId: idInput, unplaced: z.boolean().default(false) }),
  filters: (arg) => ({
    batchId: arg.id({ required: true, description: both('批次编号', 'Id of the batch') }),
    proposalId: arg.id({ required: true, description: both('方案编号', 'Id of the proposal') }),
    unplaced: arg.boolean({ description: both('只列未安排的', 'Only cases that could not be placed') }),
  }),
  read: (registry, context, { batchId, proposalId, ...query }) =>
    readLines(registry, context, { id: batchId, proposalId }, query),
})
