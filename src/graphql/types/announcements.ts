import { announcementStateNames, announcementStates, lineEffectNames, lineEffects } from '../../domain/announcement.ts'
import type { AnnouncementView } from '../../usecases/announcements/announcement-view.ts'
import {
  announcementLinesQuery,
  announcementsQuery,
  type LineView,
  readAnnouncement,
  readAnnouncementLines,
  readAnnouncements,
} from '../../usecases/announcements/read-announcements.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { listField } from '../list-fields.ts'
import { singleField } from '../single-fields.ts'
import { enumOf } from './enums.ts'

const { said, maybe } = under('announcements.read')

const StateEnum = enumOf(
  'AnnouncementState',
  both('公告状态', 'How an announcement stands'),
  announcementStates,
  announcementStateNames,
)

const AnnouncementRef = builder.objectRef<AnnouncementView>('Announcement').implement({
  description: both('公告；各行见 announcementLines', 'An announcement; its lines are `announcementLines` (N8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    schemeCode: t.exposeString('schemeCode', said('认证方案', 'Scheme')),
    number: t.exposeString('number', said('公告编号', 'Number')),
    title: t.exposeString('title', said('标题', 'Title')),
    issuingOffices: t.exposeStringList('issuingOffices', said('发布单位', 'Offices that issue it')),
    batchYear: t.exposeInt('batchYear', said('批次年度', 'Year of the batch')),
    announcedOn: t.expose('announcedOn', { ...said('公告日期', 'Announced on'), type: 'Day' }),
    correctsId: t.exposeID('correctsId', maybe('所更正的公告', 'The announcement that it puts right')),
    correctedById: t.id({
      ...maybe('更正本公告的公告', 'The published announcement that puts it right'),
      resolve: ({ correctedBy }) => correctedBy?.id ?? null,
    }),
    version: t.exposeInt('version', said('草稿版本', 'Version of the draft')),
    state: t.expose('state', { ...said('状态', 'State'), type: StateEnum }),
    publishedOn: t.field({
      ...maybe('发布日', 'Published on'),
      type: 'Day',
      resolve: ({ publication }) => publication?.publishedOn ?? null,
    }),
    lines: t.int({
      ...maybe('发布时的行数', 'Lines when it was published'),
      resolve: ({ publication }) => publication?.lines ?? null,
    }),
    unmatchedReason: t.string({
      ...maybe('列入本系统所无证书的理由', 'Why it lists what the register does not hold'),
      resolve: ({ publication }) => publication?.unmatchedReason ?? null,
    }),
    sha256: t.string({
      ...maybe('发布内容的 SHA-256', 'SHA-256 of what was published'),
      resolve: ({ publication }) => publication?.sha256 ?? null,
    }),
  }),
})

listField('announcements', {
  said: maybe('公告，最近日期在前', 'Announcements, drafts among them, the latest day first'),
  node: AnnouncementRef,
  filters: (arg) => ({
    scheme: arg.string({ description: both('认证方案', 'Scheme') }),
    batchYear: arg.int({ description: both('批次年度', 'Year of the batch') }),
  }),
  read: async ({ registry, context }, given, limit) =>
    (await readAnnouncements(registry, context, parsedArguments(announcementsQuery, { ...given, limit }))).items,
})

singleField('announcement', {
  said: said('一个公告', 'One announcement'),
  node: AnnouncementRef,
  read: readAnnouncement,
})

const EffectEnum = enumOf('LineEffect', both('一行的作用', 'What a line does'), lineEffects, lineEffectNames)

const LineRef = builder.objectRef<LineView>('AnnouncementLine').implement({
  description: both('公告的一行', 'A line of an announcement (N8)'),
  fields: (t) => ({
    announcementId: t.exposeID('announcementId', said('公告编号', 'Id of the announcement')),
    place: t.exposeInt('place', said('序号', 'Its place, from 1')),
    effect: t.expose('effect', { ...said('作用', 'What it does'), type: EffectEnum }),
    enterpriseName: t.exposeString('enterpriseName', said('公告所列企业', 'Firm as announced')),
    productName: t.exposeString('productName', said('公告所列产品', 'Product as announced')),
    family: t.exposeString('family', maybe('公告所列类别', 'Family as announced')),
    memberName: t.exposeString('memberName', maybe('公告所列机构', 'Body as announced')),
    certificateNumber: t.exposeString('certificateNumber', maybe('公告所列证书编号', 'Number as announced')),
    certificateId: t.exposeID('certificateId', maybe('对应证书', 'The certificate that it means')),
    matchedAt: t.expose('matchedAt', {
      ...maybe('发布后找到对应证书的时刻', 'When the certificate was found after the publication'),
      type: 'Instant',
    }),
    unmatchedReason: t.exposeString(
      'unmatchedReason',
      maybe('无对应证书时公告所述的理由', 'Where it has no certificate, the reason that the announcement gives'),
    ),
  }),
})

connectionField('announcementLines', {
  said: said('公告各行，按次序', 'Lines of an announcement in their order'),
  name: 'AnnouncementLine',
  node: LineRef,
  query: announcementLinesQuery,
  filters: (arg) => ({
    announcementId: arg.id({ required: true, description: both('公告编号', 'Id of the announcement') }),
  }),
  read: readAnnouncementLines,
})
