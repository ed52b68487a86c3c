import {
  type CaseState,
  type CorrectionState,
  caseOutcomeNames,
  caseOutcomes,
  caseSourceNames,
  caseSources,
  caseStateNames,
  caseStates,
  correctionStates,
  findingGradeNames,
  findingGrades,
  findingKindNames,
  findingKinds,
} from '../../domain/conduct.ts'
import type { SurveyFigures } from '../../domain/survey.ts'
import type { CaseView, FindingView } from '../../usecases/conduct/case-view.ts'
import {
  casesQuery,
  countAskedCases,
  countAskedFindings,
  findingsQuery,
  readCase,
  readCases,
  readFinding,
  readFindings,
} from '../../usecases/conduct/read-conduct.ts'
import { readSurvey, surveyPeriodQuery } from '../../usecases/conduct/survey-firms.ts'
import { idInput } from '../../usecases/inputs.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('conduct.read')

const SourceEnum = enumOf('CaseSource', both('案件来源', 'Where a case comes from'), caseSources, caseSourceNames)
const StateEnum = enumOf<CaseState>('CaseState', both('案件状态', 'How a case stands'), caseStates, caseStateNames)
export const FindingKindEnum = enumOf(
  'FindingKind',
  both('问题种类', 'Kind of a finding'),
  findingKinds,
  findingKindNames,
)
export const FindingGradeEnum = enumOf(
  'FindingGrade',
  both('问题等级', 'Grade of a finding'),
  findingGrades,
  findingGradeNames,
)
const CorrectionEnum = enumOf<CorrectionState>(
  'CorrectionState',
  both('整改情况', 'How the corrective action stands'),
  correctionStates,
  {
    none_due: ['无须整改', 'none due'],
    open: ['整改中', 'open'],
    overdue: ['逾期未整改', 'overdue'],
    closed_on_time: ['按期完成', 'closed on time'],
    closed_late: ['逾期完成', 'closed late'],
  },
)

const OutcomeEnum = enumOf('CaseOutcome', both('案件结论', 'How a case was concluded'), caseOutcomes, caseOutcomeNames)

const CaseRef = builder.objectRef<CaseView>('ConductCase').implement({
  description: both('行为案件', 'A case of conduct (R8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    source: t.expose('source', { ...said('来源', 'Source'), type: SourceEnum }),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    certificateId: t.exposeID('certificateId', maybe('证书编号', 'Id of the certificate')),
    state: t.expose('state', { ...said('状态', 'State'), type: StateEnum }),
    words: t.exposeString('words', said('事由', 'What is held against the body')),
    passed: t.exposeBoolean('passed', maybe('抽查是否合格', 'Of a spot check: whether it was passed')),
    openedOn: t.expose('openedOn', { ...said('立案日', 'Opened on'), type: 'Day' }),
    replyUntilOn: t.expose('replyUntilOn', { ...said('答复截止日', 'Last day to reply'), type: 'Day' }),
    occurredOn: t.expose('occurredOn', { ...said('发生日', 'Day on which it happened'), type: 'Day' }),
    document: t.exposeString('document', maybe('文号', 'Document')),
    assignedTo: t.exposeString('assignedTo', maybe('承办人', 'Who deals with it')),
    repliedOn: t.expose('repliedOn', { ...maybe('答复日', 'Replied on'), type: 'Day' }),
    reply: t.exposeString('reply', maybe('机构的答复', 'What the body replied')),
    concludedOn: t.expose('concludedOn', { ...maybe('结论日', 'Concluded on'), type: 'Day' }),
    outcome: t.expose('outcome', { ...maybe('结论', 'Outcome'), type: OutcomeEnum }),
    conclusion: t.exposeString('conclusion', maybe('结论说明', 'The conclusion in words')),
    annulledOn: t.expose('annulledOn', { ...maybe('结论撤销日', 'Annulled on'), type: 'Day' }),
    annulledGround: t.exposeString('annulledGround', maybe('撤销理由', 'Why it was annulled')),
    member: t.field(memberOfRow),
  }),
})

connectionField('conductCases', {
  said: said('案件，按立案日', 'Cases by the day they were opened'),
  name: 'ConductCase',
  node: CaseRef,
  query: casesQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    source: arg({ type: SourceEnum, description: both('来源', 'Source') }),
  }),
  read: readCases,
  count: countAskedCases,
})

singleField('conductCase', { said: said('一件案件', 'One case'), node: CaseRef, read: readCase })

const FindingRef = builder.objectRef<FindingView>('Finding').implement({
  description: both('经查实的问题', 'What was found in a case (R8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    caseId: t.exposeID('caseId', said('案件编号', 'Id of the case')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    kind: t.expose('kind', { ...said('种类', 'Kind'), type: FindingKindEnum }),
    grade: t.expose('grade', { ...said('等级', 'Grade'), type: FindingGradeEnum }),
    words: t.exposeString('words', said('说明', 'In words')),
    foundOn: t.expose('foundOn', { ...said('认定日', 'Found on'), type: 'Day' }),
    correction: t.expose('correction', { ...said('整改情况', 'Corrective action'), type: CorrectionEnum }),
    correctUntilOn: t.expose('correctUntilOn', { ...maybe('整改期限', 'To be corrected by'), type: 'Day' }),
    correctedOn: t.expose('correctedOn', { ...maybe('整改完成日', 'Corrected on'), type: 'Day' }),
    correctedNote: t.exposeString('correctedNote', maybe('整改说明', 'What was corrected')),
    annulledOn: t.expose('annulledOn', { ...maybe('撤销日', 'Annulled on'), type: 'Day' }),
    annulledGround: t.exposeString('annulledGround', maybe('撤销理由', 'Why it was annulled')),
    member: t.field(memberOfRow),
  }),
})

connectionField('findings', {
  said: said('问题，按认定日', 'Findings by day'),
  name: 'Finding',
  node: FindingRef,
  query: findingsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    kind: arg({ type: FindingKindEnum, description: both('种类', 'Kind') }),
  }),
  read: readFindings,
  count: countAskedFindings,
})

singleField('finding', { said: said('一项问题', 'One finding'), node: FindingRef, read: readFinding })

const ofSurveys = under('surveys.read')

const SurveyRef = builder.objectRef<SurveyFigures>('SurveyFigures').implement({
  description: both('企业调查结果，五份起合并显示', 'What firms answered, five at a time (N6)'),
  fields: (t) => ({
    period: t.exposeString('period', ofSurveys.said('半年', 'Half-year')),
    answers: t.exposeInt('answers', ofSurveys.said('显示的答卷数', 'Answers that are shown')),
    bundling: t.int({
      ...ofSurveys.maybe('被要求搭售', 'Asked to buy other business'),
      resolve: ({ yes }) => yes?.bundling ?? null,
    }),
    paidConsulting: t.int({
      ...ofSurveys.maybe('被要求有偿咨询', 'Asked to take paid consulting'),
      resolve: ({ yes }) => yes?.paidConsulting ?? null,
    }),
    pressure: t.int({
      ...ofSurveys.maybe('受到不当压力', 'Undue pressure'),
      resolve: ({ yes }) => yes?.pressure ?? null,
    }),
    otherCost: t.int({ ...ofSurveys.maybe('其他负担', 'Other costs'), resolve: ({ yes }) => yes?.otherCost ?? null }),
  }),
})

const surveyQuery = surveyPeriodQuery.extend({ memberId: idInput })

builder.queryField('survey', (t) =>
  t.field({
    ...ofSurveys.maybe('对一家机构的企业调查', 'What firms answered about a body'),
    type: SurveyRef,
    args: {
      memberId: t.arg.id({ required: true, description: both('成员机构编号', 'Id of a member') }),
      period: t.arg.string({ description: both('半年，如 2026-H2；缺省为本半年', 'Half-year such as 2026-H2') }),
    },
    resolve: (_root, given, { registry, context }) => {
      const { memberId, period } = parsedArguments(surveyQuery, given)
      return readSurvey(registry, context, memberId, { period })
    },
  }),
)
