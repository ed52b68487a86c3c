import {
  admissionCheckNames,
  admissionChecks,
  applicationStateNames,
  applicationStates,
} from '../../domain/admission.ts'
import { memberQuery } from '../../usecases/inputs.ts'
import { readAdmissionChecks } from '../../usecases/members/check-admission.ts'
import {
  type ApplicationView,
  applicationsQuery,
  readApplications,
} from '../../usecases/members/manage-applications.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { listField } from '../list-fields.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('members.read')

type CheckRow = Awaited<ReturnType<typeof readAdmissionChecks>>['items'][number]

const CheckEnum = enumOf(
  'AdmissionCheck',
  both('入盟核查事项', 'What is looked at'),
  admissionChecks,
  admissionCheckNames,
)

const CheckRef = builder.objectRef<CheckRow>('AdmissionCheckMade').implement({
  description: both('一次入盟核查', 'What was looked at before an admission (N2, R8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    check: t.expose('check', { ...said('事项', 'What'), type: CheckEnum }),
    hasPassed: t.boolean({ ...said('是否通过', 'Whether it passed'), resolve: ({ outcome }) => outcome === 'passed' }),
    note: t.exposeString('note', said('情况', 'What was seen')),
    onDay: t.expose('onDay', { ...said('日期', 'Day'), type: 'Day' }),
  }),
})

listField('admissionChecks', {
  said: under('members.read').maybe('某机构的入盟核查，先作的在前', 'The checks of a body, oldest first'),
  node: CheckRef,
  filters: (arg) => ({ memberId: arg.id({ required: true, description: both('成员机构编号', 'Id of a member') }) }),
  read: async ({ registry, context }, given, limit) =>
    (await readAdmissionChecks(registry, context, parsedArguments(memberQuery, given).memberId)).items.slice(0, limit),
})

type Readiness = Pick<Awaited<ReturnType<typeof readAdmissionChecks>>, 'missing' | 'hasApplied'>

const ReadinessRef = builder.objectRef<Readiness>('AdmissionReadiness').implement({
  description: both('加入前尚缺什么', 'What still stands in the way of an admission'),
  fields: (t) => ({
    hasApplied: t.exposeBoolean('hasApplied', said('是否有待审的申请', 'Whether an application waits')),
    missing: t.expose('missing', {
      ...said('尚缺的核查', 'The checks that are missing, or failed'),
      type: [CheckEnum],
    }),
  }),
})

builder.queryField('admissionReadiness', (t) =>
  t.field({
    ...maybe('某机构加入前尚缺什么', 'What still stands in the way of the admission of a body'),
    type: ReadinessRef,
    args: { memberId: t.arg.id({ required: true, description: both('成员机构编号', 'Id of a member') }) },
    resolve: (_root, given, { registry, context }) =>
      readAdmissionChecks(registry, context, parsedArguments(memberQuery, given).memberId),
  }),
)

const ApplicationStateEnum = enumOf(
  'ApplicationState',
  both('加入申请的状态', 'How an application to join stands'),
  applicationStates,
  applicationStateNames,
)

const ApplicationRef = builder.objectRef<ApplicationView>('AdmissionApplication').implement({
  description: both('一份加入申请', 'That a body applied to join, and what came of it (N2, R8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    appliedOn: t.expose('appliedOn', { ...said('申请日', 'Applied on'), type: 'Day' }),
    words: t.exposeString('words', said('申请内容', 'What it applies for')),
    document: t.exposeString('document', maybe('来函', 'The letter')),
    state: t.expose('state', { ...said('状态', 'State'), type: ApplicationStateEnum }),
    closedOn: t.expose('closedOn', { ...maybe('办结日', 'Closed on'), type: 'Day' }),
    ground: t.exposeString('ground', maybe('理由', 'Ground')),
    member: t.field(memberOfRow),
  }),
})

connectionField('admissionApplications', {
  said: said('加入申请，按申请日', 'Applications to join, by day'),
  name: 'AdmissionApplication',
  node: ApplicationRef,
  query: applicationsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    state: arg({ type: ApplicationStateEnum, description: both('状态', 'State') }),
  }),
  read: readApplications,
})
