import { workKinds } from '../../domain/work-queue.ts'
import { type AllianceFigures, readAllianceFigures } from '../../usecases/dashboards/read-alliance-figures.ts'
import { expiriesQuery, type MonthOfExpiries, readExpiriesByMonth } from '../../usecases/dashboards/read-expiries.ts'
import { readWorkQueue, type WorkItem } from '../../usecases/dashboards/read-work-queue.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { enumOf, StandingEnum } from './enums.ts'
import { FiguresType, FigureType } from './figures.ts'

const ofFigures = under('obligations.read')
const ofCertificates = under('certificates.read')
const ofSession = under('session.read')

const MembersOfStanding = builder
  .objectRef<AllianceFigures['membersByStanding'][number]>('MembersOfStanding')
  .implement({
    description: both('某一状态的成员机构数', 'How many members have a standing'),
    fields: (t) => ({
      standing: t.expose('standing', {
        ...ofFigures.maybe('状态；期初不明为空', 'Standing; null where unknown'),
        type: StandingEnum,
      }),
      members: t.expose('members', { ...ofFigures.said('机构数', 'Members'), type: FigureType }),
    }),
  })

const Alliance = builder.objectRef<AllianceFigures>('Alliance').implement({
  description: both('联盟整体（成员机构只见本机构）', 'All members together; for a member, itself'),
  fields: (t) => ({
    figures: t.field({
      ...ofFigures.said('各项指标', 'The figures'),
      type: FiguresType,
      resolve: (figures) => figures,
    }),
    membersByStanding: t.expose('membersByStanding' as never, {
      ...ofFigures.said('按状态的成员机构数', 'Members by their standing today'),
      type: [MembersOfStanding] as never,
    }),
  }),
})

builder.queryField('alliance', (t) =>
  t.field({
    ...ofFigures.maybe('联盟整体指标', 'The figures over all members'),
    type: Alliance,
    resolve: (_root, _arguments, { registry, context }) => readAllianceFigures(registry, context),
  }),
)

const ExpiryMonth = builder.objectRef<MonthOfExpiries>('ExpiryMonth').implement({
  description: both('某月到期的证书数', 'How many certificates end in a month'),
  fields: (t) => ({
    month: t.exposeString('month', ofCertificates.said('月份，YYYY-MM', 'The month, YYYY-MM')),
    certificates: t.expose('certificates', { ...ofCertificates.said('证书数', 'Certificates'), type: FigureType }),
  }),
})

builder.queryField('expiriesByMonth', (t) =>
  t.field({
    ...ofCertificates.maybe('今后各月到期的有效证书', 'Live certificates by the month in which they end'),
    type: [ExpiryMonth],
    listSize: 60,
    args: {
      memberId: t.arg.id({ description: both('成员机构编号', 'Id of a member') }),
      months: t.arg.int({
        description: both('月数，含本月，1 至 60', 'So many months, the present one included, 1 to 60'),
      }),
    },
    resolve: async (_root, given, { registry, context }) =>
      readExpiriesByMonth(registry, context, parsedArguments(expiriesQuery, given)),
  }),
)

const WorkKindEnum = enumOf(
  'WorkKind',
  both('待办种类', 'What waits'),
  Object.keys(workKinds) as (keyof typeof workKinds)[],
  Object.fromEntries(Object.entries(workKinds).map(([name, { zh, en }]) => [name, [zh, en]])) as never,
)

const WorkItemType = builder.objectRef<WorkItem>('WorkItem').implement({
  description: both('一类待办', 'One kind of work that waits'),
  fields: (t) => ({
    kind: t.expose('kind', { ...ofSession.said('种类', 'Kind'), type: WorkKindEnum }),
    count: t.expose('count', {
      ...ofSession.said('件数，最多数到 1000', 'How many; counting ends at 1000'),
      type: FigureType,
    }),
    atLeast: t.exposeBoolean('atLeast', ofSession.said('是否还有更多', 'True where there is more than was counted')),
    oldestOn: t.expose('oldestOn', { ...ofSession.maybe('最早之日', 'The earliest day'), type: 'Day' }),
  }),
})

builder.queryField('workQueue', (t) =>
  t.field({
    ...ofSession.maybe('当前登录者的待办', 'What waits for the one who is signed in'),
    type: [WorkItemType],
    resolve: async (_root, _arguments, { registry, context }) => (await readWorkQueue(registry, context)).items,
  }),
)
