import { admissionCheckNames, admissionChecks } from '../../domain/admission.ts'
import { memberQuery } from '../../usecases/inputs.ts'
import { readAdmissionChecks } from '../../usecases/members/check-admission.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { listField } from '../list-fields.ts'
import { enumOf } from './enums.ts'

const { said } = under('members.read')

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
