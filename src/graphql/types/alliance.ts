import { documentKinds } from '../../domain/alliance.ts'
import type { Appointment } from '../../usecases/alliance/manage-appointments.ts'
import { readAppointments } from '../../usecases/alliance/manage-appointments.ts'
import {
  documentsQuery,
  type ListedDocumentView,
  readAcknowledgements,
  readDocuments,
} from '../../usecases/alliance/manage-documents.ts'
import {
  type InactiveMember,
  inactivityQuery,
  readInactive,
  readReviews,
} from '../../usecases/alliance/review-inactivity.ts'
import { idInput, memberQuery } from '../../usecases/inputs.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { listField } from '../list-fields.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('alliance.read')
const ofReviews = under('alliance.oversee')

const AppointmentRef = builder.objectRef<Appointment>('SecretariatAppointment').implement({
  description: both('秘书处任命', 'Who was appointed to run the alliance (N1)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    organisation: t.exposeString('organisation', said('单位', 'Organisation')),
    fromOn: t.expose('fromOn', { ...said('起始日', 'First day'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...maybe('终止日', 'Last day'), type: 'Day' }),
    document: t.exposeString('document', said('任命文件', 'Document of the appointment')),
  }),
})

listField('secretariatAppointments', {
  said: maybe('秘书处任命，最早的在前', 'Appointments, the oldest first'),
  node: AppointmentRef,
  read: async ({ registry, context }, _given, limit) =>
    (await readAppointments(registry, context)).items.slice(0, limit),
})

const DocumentKindEnum = enumOf('DocumentKind', both('文件种类', 'Kind of a document'), documentKinds, {
  charter: ['章程', 'charter'],
  management_rules: ['管理办法', 'management rules'],
  work_rules: ['工作规则', 'work rules'],
  reporting_rules: ['报送规则', 'reporting rules'],
  notice: ['通知', 'notice'],
  other: ['其他', 'other'],
})

const DocumentRef = builder.objectRef<ListedDocumentView>('AllianceDocument').implement({
  description: both('联盟文件的一个版本；全文用 REST', 'A document in one version; its text by REST (N1)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    code: t.exposeString('code', said('代码', 'Code')),
    version: t.exposeInt('version', said('版本', 'Version')),
    kind: t.expose('kind', { ...said('种类', 'Kind'), type: DocumentKindEnum }),
    title: t.exposeString('title', said('标题', 'Title')),
    sha256: t.exposeString('sha256', said('标题与正文的 SHA-256', 'SHA-256 of title and text')),
    validFromOn: t.expose('validFromOn', { ...said('生效日', 'Holds from'), type: 'Day' }),
    acknowledgedAt: t.expose('acknowledgedAt', {
      ...maybe('本机构确认已阅的时刻', 'When the member that asks took note of it'),
      type: 'Instant',
    }),
  }),
})

connectionField('allianceDocuments', {
  said: said('联盟文件，按生效日', 'Documents by the day from which they hold'),
  name: 'AllianceDocument',
  node: DocumentRef,
  query: documentsQuery,
  filters: () => ({}),
  read: readDocuments,
})

const AcknowledgementRef = builder
  .objectRef<Awaited<ReturnType<typeof readAcknowledgements>>['items'][number]>('DocumentAcknowledgement')
  .implement({
    description: both('一家机构是否已阅', 'Whether a body has taken note of a document'),
    fields: (t) => ({
      memberId: t.exposeID('memberId', ofReviews.said('成员机构编号', 'Id of the member')),
      name: t.exposeString('name', ofReviews.said('名称', 'Name')),
      acknowledgedAt: t.expose('acknowledgedAt', {
        ...ofReviews.maybe('确认已阅的时刻；未确认为空', 'When it took note; null where it did not'),
        type: 'Instant',
      }),
      member: t.field(memberOfRow),
    }),
  })

connectionField('documentAcknowledgements', {
  said: ofReviews.said('各机构对一份文件的确认情况，按名称', 'Which bodies have taken note of a document, by name'),
  name: 'DocumentAcknowledgement',
  node: AcknowledgementRef,
  query: documentsQuery.extend({ documentId: idInput }),
  filters: (arg) => ({ documentId: arg.id({ required: true, description: both('文件编号', 'Id of the document') }) }),
  read: (registry, context, { documentId, ...page }) => readAcknowledgements(registry, context, documentId, page),
})

const InactiveRef = builder.objectRef<InactiveMember>('InactiveMember').implement({
  description: both('两年无认证结果、待审查的机构', 'A body without a result for two years (R9)'),
  fields: (t) => ({
    memberId: t.exposeID('memberId', ofReviews.said('成员机构编号', 'Id of the member')),
    name: t.exposeString('name', ofReviews.said('名称', 'Name')),
    since: t.expose('since', { ...ofReviews.said('起于', 'Since'), type: 'Day' }),
    member: t.field(memberOfRow),
  }),
})

listField('inactiveMembers', {
  said: ofReviews.maybe('待作不活跃审查的机构', 'Bodies whose inactivity is to be reviewed'),
  node: InactiveRef,
  filters: (arg) => ({ on: arg({ type: 'Day', description: both('所问之日', 'The day asked for') }) }),
  read: async ({ registry, context }, given, limit) =>
    (await readInactive(registry, context, parsedArguments(inactivityQuery, given))).items.slice(0, limit),
})

type Review = Awaited<ReturnType<typeof readReviews>>['items'][number]

const ReviewRef = builder.objectRef<Review>('InactivityReview').implement({
  description: both('一次不活跃审查的结论', 'What came of an inactivity review (R9)'),
  fields: (t) => ({
    id: t.exposeID('id', ofReviews.said('编号', 'Id')),
    memberId: t.exposeID('memberId', ofReviews.said('成员机构编号', 'Id of the member')),
    reviewedOn: t.expose('reviewedOn', { ...ofReviews.said('审查日', 'Reviewed on'), type: 'Day' }),
    staysAsItIs: t.boolean({
      ...ofReviews.said('是否维持', 'Whether the body stays, without a measure'),
      resolve: ({ conclusion }) => conclusion === 'keep',
    }),
    words: t.exposeString('words', ofReviews.said('说明', 'In words')),
  }),
})

listField('inactivityReviews', {
  said: ofReviews.maybe('一家机构的不活跃审查，新的在前', 'The inactivity reviews of a body, the latest first'),
  node: ReviewRef,
  filters: (arg) => ({ memberId: arg.id({ required: true, description: both('成员机构编号', 'Id of a member') }) }),
  read: async ({ registry, context }, given, limit) =>
    (await readReviews(registry, context, parsedArguments(memberQuery, given).memberId)).items.slice(0, limit),
})
