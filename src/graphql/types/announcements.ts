import { announcementStateNames, announcementStates } from '../../domain/announcement.ts'
import type { AnnouncementView } from '../../usecases/announcements/announcement-view.ts'
import { announcementsQuery, readAnnouncements } from '../../usecases/announcements/read-announcements.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { listField } from '../list-fields.ts'
import { enumOf } from './enums.ts'

const { said, maybe } = under('announcements.read')

const StateEnum = enumOf(
  'AnnouncementState',
  both('公告状态', 'How an announcement stands'),
  announcementStates,
  announcementStateNames,
)

const AnnouncementRef = builder.objectRef<AnnouncementView>('Announcement').implement({
  description: both('公告；各行用 REST', 'An announcement; its lines by REST (N8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    schemeCode: t.exposeString('schemeCode', said('认证方案', 'Scheme')),
    number: t.exposeString('number', said('公告编号', 'Number')),
    title: t.exposeString('title', said('标题', 'Title')),
    batchYear: t.exposeInt('batchYear', said('批次年度', 'Year of the batch')),
    announcedOn: t.expose('announcedOn', { ...said('公告日期', 'Announced on'), type: 'Day' }),
    correctsId: t.exposeID('correctsId', maybe('所更正的公告', 'The announcement that it puts right')),
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
