import {
  assignmentsQuery,
  countAskedAssignments,
  readAssignment,
  readAssignments,
} from '../../usecases/assignments/read-assignments.ts'
import { both, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { AssignmentAnswerEnum, FamilyEnum } from './enums.ts'
import { AssignmentRef, enterpriseOfRow, memberOfRow, ObligationRef } from './refs.ts'

const { said, maybe } = under('assignments.read')

AssignmentRef.implement({
  description: both('认证任务', 'One product or service of one enterprise, given to one member (N3)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    schemeCode: t.exposeString('schemeCode', said('认证方案', 'Scheme')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    enterpriseId: t.exposeID('enterpriseId', said('企业编号', 'Id of the enterprise')),
    executingUnitId: t.exposeID('executingUnitId', maybe('执行机构编号', 'Id of the executing unit')),
    kind: t.exposeString('kind', said('product 产品，service 服务', 'product or service')),
    productName: t.exposeString('productName', said('产品或服务名称', 'Product or service')),
    family: t.expose('family' as never, { ...said('产品大类', 'Product family'), type: FamilyEnum }),
    industryCode: t.exposeString('industryCode', maybe('行业代码', 'Industry code (GB/T 4754)')),
    standards: t.exposeStringList('standards', said('标准', 'Standards')),
    mode: t.exposeString(
      'mode',
      said('self_selected 企业自选，secretariat_assigned 秘书处指派', 'self_selected or secretariat_assigned'),
    ),
    choiceProof: t.exposeString('choiceProof', maybe('自选证明', 'Proof of the firm’s own choice')),
    feeQuotedYuan: t.exposeString('feeQuotedYuan', maybe('报价（元）', 'Fee quoted, in yuan')),
    feePaidYuan: t.exposeString('feePaidYuan', maybe('实付（元）', 'Fee paid, in yuan')),
    assignedOn: t.expose('assignedOn', { ...said('指派日', 'Day of the assignment'), type: 'Day' }),
    acceptedOn: t.expose('acceptedOn', { ...maybe('接受日', 'Day of acceptance'), type: 'Day' }),
    declinedOn: t.expose('declinedOn', { ...maybe('谢绝日', 'Day of declining'), type: 'Day' }),
    declineReason: t.exposeString('declineReason', maybe('谢绝理由', 'Why it was declined')),
    expectedDecisionOn: t.expose('expectedDecisionOn', {
      ...maybe('预计作出决定之日', 'Day on which the decision is expected'),
      type: 'Day',
    }),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    member: t.field(memberOfRow),
    enterprise: t.field(enterpriseOfRow),
    obligations: t.field({
      ...under('obligations.read').said('由此产生的义务', 'What follows from it'),
      type: [ObligationRef],
      resolve: async ({ id }, _, { loaders }) => (await loaders.obligationsOfAssignment.load(id)) ?? [],
    }),
  }),
})

connectionField('assignments', {
  said: said('认证任务，按指派日', 'Assignments by the day they were made'),
  name: 'Assignment',
  node: AssignmentRef,
  query: assignmentsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    enterpriseId: arg.id({ description: both('企业编号', 'Id of an enterprise') }),
    answer: arg({ type: AssignmentAnswerEnum, description: both('答复情况', 'How it was answered') }),
  }),
  read: readAssignments,
  count: countAskedAssignments,
})

singleField('assignment', { said: said('一项认证任务', 'One assignment'), node: AssignmentRef, read: readAssignment })
