import { countAskedResults, readResult, readResults, resultsQuery } from '../../usecases/results/read-results.ts'
import { both, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { ApprovalFilterEnum, FamilyEnum, ResultKindEnum } from './enums.ts'
import { enterpriseOfRow, memberOfRow, ObligationRef, ResultRef } from './refs.ts'

const { said, maybe } = under('results.read')

ResultRef.implement({
  description: both('认证结果（某一修订）', 'The outcome of a certification, in one revision (N4)'),
  fields: (t) => ({
    id: t.exposeID('id', said('本修订编号', 'Id of this revision')),
    rootId: t.exposeID('rootId', said('首次修订编号', 'Id of the first revision')),
    revision: t.exposeInt('revision', said('修订号', 'Revision')),
    supersedesId: t.exposeID('supersedesId', maybe('所更正的修订', 'The revision that it corrects')),
    supersededAt: t.expose('supersededAt', { ...maybe('被更正时刻', 'When it was superseded'), type: 'Instant' }),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    enterpriseId: t.exposeID('enterpriseId', said('企业编号', 'Id of the enterprise')),
    schemeCode: t.exposeString('schemeCode', said('认证方案', 'Scheme')),
    assignmentId: t.exposeID('assignmentId', maybe('认证任务编号', 'Id of the assignment')),
    certificateId: t.exposeID('certificateId', maybe('证书编号', 'Id of the certificate')),
    kind: t.expose('kind', { ...said('种类', 'Kind'), type: ResultKindEnum }),
    family: t.expose('family' as never, { ...said('产品大类', 'Product family'), type: FamilyEnum }),
    productName: t.exposeString('productName', said('产品或服务名称', 'Product or service')),
    decidedOn: t.expose('decidedOn', { ...said('认证决定日', 'Day of the decision'), type: 'Day' }),
    effectiveDecidedOn: t.expose('effectiveDecidedOn', {
      ...said('期限与指标所用的决定日', 'The day that clocks and figures use (R2)'),
      type: 'Day',
    }),
    reasonCode: t.exposeString('reasonCode', maybe('理由代码', 'Reason code')),
    reasonText: t.exposeString('reasonText', maybe('理由', 'Reason in words')),
    memberReference: t.exposeString('memberReference', said('机构自编号', 'The member’s own reference')),
    approval: t.exposeString(
      'approval',
      said(
        '更正的批准：not_needed 不需要，pending 待批，approved 已批，rejected 未批',
        'Approval of a correction: not_needed, pending, approved or rejected',
      ),
    ),
    approvalNote: t.exposeString('approvalNote', maybe('批准说明', 'What the secretariat said of it')),
    explanation: t.exposeString('explanation', maybe('更正说明', 'Why it was corrected')),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    recordedBy: t.exposeString('recordedBy', said('登记者', 'Who recorded it')),
    revisions: t.field({
      ...said('全部修订', 'All revisions, first to last'),
      type: [ResultRef],
      resolve: async ({ rootId }, _, { loaders }) => (await loaders.revisions.load(rootId)) ?? [],
    }),
    member: t.field(memberOfRow),
    enterprise: t.field(enterpriseOfRow),
    obligations: t.field({
      ...under('obligations.read').said('由此产生的义务', 'What follows from it'),
      type: [ObligationRef],
      resolve: async ({ rootId }, _, { loaders }) => (await loaders.obligationsOfResult.load(rootId)) ?? [],
    }),
  }),
})

connectionField('results', {
  said: said('认证结果现行修订，按决定日', 'Results in their current revision, by decision day'),
  name: 'Result',
  node: ResultRef,
  query: resultsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    enterpriseId: arg.id({ description: both('企业编号', 'Id of an enterprise') }),
    memberReference: arg.string({ description: both('机构自编号', 'The member’s own reference') }),
    approval: arg({ type: ApprovalFilterEnum, description: both('更正待批', 'Corrections that wait') }),
    decidedFrom: arg({ type: 'Day', description: both('决定日不早于', 'Decided on this day or later') }),
    decidedUntil: arg({ type: 'Day', description: both('决定日不晚于', 'Decided on this day or earlier') }),
  }),
  read: readResults,
  count: countAskedResults,
})

singleField('result', {
  said: said('一项认证结果', 'One result, by the id of any revision'),
  node: ResultRef,
  read: readResult,
})
