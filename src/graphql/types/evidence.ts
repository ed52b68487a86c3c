import { z } from 'zod'
import {
  type EvidencePack,
  type FindingTold,
  type LapseSummary,
  type PackSubject,
  packSubjects,
} from '../../domain/evidence-pack.ts'
import {
  type PackHead,
  type PackKept,
  packsQuery,
  readKeptPack,
  readKeptPacks,
} from '../../usecases/evidence/keep-pack.ts'
import { type PackMade, readPack, subjectInput, subjectOf } from '../../usecases/evidence/make-pack.ts'
import { canonicalJson } from '../../usecases/hashes.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { FindingGradeEnum, FindingKindEnum } from './conduct.ts'
import { DutyEnum, enumOf, ObligationStateEnum } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('evidence.read')

const AboutEnum = enumOf<PackSubject>('EvidenceSubject', both('证据材料所涉', 'What a pack is about'), packSubjects, {
  obligation: ['一项报送义务', 'an obligation'],
  finding: ['一项查实问题', 'a finding'],
  period: ['一家机构某期间', 'a body and a period'],
})

const LapseRef = builder.objectRef<LapseSummary>('EvidencedLapse').implement({
  description: both('逾期或迟报的义务', 'An obligation that is overdue or was late'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    duty: t.expose('duty', { ...said('义务', 'What is owed'), type: DutyEnum }),
    subject: t.exposeString('subject', said('事项', 'What it is about')),
    dueOn: t.expose('dueOn', { ...said('期限', 'Due on'), type: 'Day' }),
    metOn: t.expose('metOn', { ...maybe('完成日', 'Met on'), type: 'Day' }),
    state: t.expose('state', { ...said('状态', 'State'), type: ObligationStateEnum }),
    calendarDaysLate: t.exposeInt('calendarDaysLate', maybe('超过日数', 'Calendar days late')),
    workingDaysLate: t.exposeInt('workingDaysLate', maybe('超过工作日数', 'Working days late')),
  }),
})

const FindingToldRef = builder.objectRef<FindingTold>('EvidencedFinding').implement({
  description: both('查实的问题', 'A finding'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    kind: t.expose('kind', { ...said('种类', 'Kind'), type: FindingKindEnum }),
    grade: t.expose('grade', { ...said('等级', 'Grade'), type: FindingGradeEnum }),
    foundOn: t.expose('foundOn', { ...said('认定日', 'Found on'), type: 'Day' }),
    words: t.exposeString('words', said('说明', 'In words')),
    reply: t.exposeString('reply', maybe('机构的答复', 'What the body replied')),
  }),
})

const ArticleRef = builder.objectRef<EvidencePack['articles'][number]>('EvidencedArticle').implement({
  description: both('可能涉及的条文', 'An article that may apply'),
  fields: (t) => ({
    law: t.string({ ...said('法规', 'The law'), resolve: ({ lawName: [zh, en] }) => `${zh} / ${en}` }),
    article: t.exposeString('article', said('条', 'Number of the article')),
    about: t.string({ ...said('事项', 'What for'), resolve: ({ about: [zh, en] }) => `${zh} / ${en}` }),
  }),
})

const PartRef = builder.objectRef<EvidencePack['restsOn'][number]>('EvidencePart').implement({
  description: both('材料所依据的一项及其摘要', 'A part that a pack rests on, with its hash'),
  fields: (t) => ({
    what: t.exposeString('what', said('对象', 'obligation, notice, finding or attachment')),
    id: t.exposeID('id', said('编号', 'Id')),
    sha256: t.exposeString('sha256', said('摘要（SHA-256）', 'SHA-256')),
  }),
})

const PackRef = builder.objectRef<PackMade>('EvidencePack').implement({
  description: both(
    '证据材料；Word 用 REST',
    'What a regulator is given of a lapse, a finding or a period; as Word by REST (N7)',
  ),
  fields: (t) => ({
    about: t.expose('about', { ...said('所涉', 'What it is about'), type: AboutEnum }),
    asOf: t.expose('asOf', { ...said('截至', 'As of'), type: 'Day' }),
    memberId: t.id({ ...said('成员机构编号', 'Id of the member'), resolve: ({ member }) => member.id }),
    memberName: t.string({ ...said('成员机构', 'Its name'), resolve: ({ member }) => member.name }),
    obligations: t.field({
      ...said('所涉义务', 'The obligations in question'),
      type: [LapseRef],
      resolve: ({ obligations }) => [...obligations],
    }),
    obligationCount: t.exposeInt('obligationCount', said('所涉义务数', 'How many in all')),
    earlierLapseCount: t.exposeInt('earlierLapseCount', said('此前逾期与迟报数', 'How many lapses before')),
    findings: t.field({
      ...said('查实问题', 'Findings'),
      type: [FindingToldRef],
      resolve: ({ findings }) => [...findings],
    }),
    findingCount: t.exposeInt('findingCount', said('查实问题数', 'How many findings in all')),
    articles: t.field({ ...said('条文', 'Articles'), type: [ArticleRef], resolve: ({ articles }) => [...articles] }),
    restsOn: t.field({
      ...said('所依据', 'What it rests on'),
      type: [PartRef],
      resolve: ({ restsOn }) => [...restsOn],
    }),
    sha256: t.exposeString('sha256', said('全部材料的 SHA-256', 'SHA-256 of the canonical JSON')),
    canonicalJson: t.string({
      ...said('规范化 JSON（RFC 8785），摘要据此计算', 'The canonical JSON (RFC 8785), of which the hash is'),
      resolve: ({ sha256: _, ...pack }) => canonicalJson(pack),
    }),
  }),
})

const evidenceQuery = z.strictObject(subjectInput)

builder.queryField('evidence', (t) =>
  t.field({
    ...maybe('即时查阅的证据材料，不留存', 'A pack as of now; nothing is kept of it'),
    type: PackRef,
    args: {
      obligationId: t.arg.id({ description: both('义务编号', 'Id of an obligation') }),
      findingId: t.arg.id({ description: both('问题编号', 'Id of a finding') }),
      memberId: t.arg.id({ description: both('成员机构编号，另须起止日期', 'Id of a member, with from and until') }),
      from: t.arg({ type: 'Day', description: both('自', 'First day') }),
      until: t.arg({ type: 'Day', description: both('至', 'Last day') }),
    },
    resolve: (_root, given, { registry, context }) =>
      readPack(registry, context, subjectOf(parsedArguments(evidenceQuery, given))),
  }),
)

const HeadRef = builder.objectRef<PackHead>('KeptEvidenceHead').implement({
  description: both('一份已留存的证据材料（目录）', 'That a pack was handed out'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    about: t.expose('about', { ...said('所涉', 'What it is about'), type: AboutEnum }),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    sha256: t.exposeString('sha256', said('摘要（SHA-256）', 'SHA-256')),
    madeOn: t.expose('madeOn', { ...said('制作日', 'Made on'), type: 'Day' }),
    member: t.field(memberOfRow),
  }),
})

const KeptRef = builder.objectRef<PackKept>('KeptEvidence').implement({
  description: both('一份已留存的证据材料', 'A pack as it was handed out (R4a)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    madeOn: t.expose('madeOn', { ...said('制作日', 'Made on'), type: 'Day' }),
    content: t.expose('content', { ...said('内容', 'What it held'), type: PackRef }),
  }),
})

connectionField('evidencePacks', {
  said: said('已留存的证据材料，按制作日', 'Packs that were handed out, by day'),
  name: 'KeptEvidenceHead',
  node: HeadRef,
  query: packsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    sha256: arg.string({ description: both('按摘要核对', 'Whether a copy is one that was handed out') }),
  }),
  read: readKeptPacks,
})

singleField('evidencePack', { said: said('一份已留存的证据材料', 'One pack'), node: KeptRef, read: readKeptPack })
