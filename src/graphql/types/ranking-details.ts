import { z } from 'zod'
import { needGroundNames, needGrounds } from '../../domain/capacity-need.ts'
import { cities } from '../../domain/cities.ts'
import { counterNames, counters } from '../../domain/ranking/counter.ts'
import type { FigureChange } from '../../domain/ranking/difference.ts'
import { idInput } from '../../usecases/inputs.ts'
import { readRankingPolicies } from '../../usecases/ranking/manage-policies.ts'
import { compareLatest } from '../../usecases/ranking/read-bulletins.ts'
import { type NeedView, readCapacityNeeds } from '../../usecases/ranking/read-needs.ts'
import { readRowsBehind, rowsQuery } from '../../usecases/ranking/read-rows.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { listField } from '../list-fields.ts'
import { enumOf, FamilyEnum } from './enums.ts'
import { IndicatorEnum } from './rankings.ts'

/** The rows behind a figure, the policies, where capacity is short, why two bulletins differ (R9, N2). */
const ofRankings = under('rankings.read')
const ofPolicies = under('policies.read')
const ofNeeds = under('needs.read')
const ofBulletins = under('bulletins.read')

const CounterEnum = enumOf('Counter', both('计入哪一项', 'What a row is counted as'), counters, counterNames)
const GroundEnum = enumOf('NeedGround', both('能力不足的原因', 'Why capacity is short'), needGrounds, needGroundNames)

type Row = Awaited<ReturnType<typeof readRowsBehind>>['items'][number]

const RowRef = builder.objectRef<Row>('IndicatorRow').implement({
  description: both('指标数值背后的一行', 'A row behind a figure'),
  fields: (t) => ({
    kind: t.exposeString('kind', ofRankings.said('种类', 'What it is')),
    id: t.exposeID('id', ofRankings.said('编号', 'Id')),
    counter: t.expose('counter', { ...ofRankings.said('计入哪一项', 'What it is counted as'), type: CounterEnum }),
    onDay: t.expose('onDay', { ...ofRankings.said('所属日', 'Its day'), type: 'Day' }),
    workingDays: t.exposeInt('workingDays', ofRankings.maybe('工作日数', 'Working days that it took')),
    contested: t.exposeBoolean('contested', ofRankings.said('是否有争议', 'Whether it is contested')),
  }),
})

listField('indicatorRows', {
  said: ofRankings.maybe('一家机构一项指标的数据行', 'The rows behind one figure of one body'),
  node: RowRef,
  filters: (arg) => ({
    memberId: arg.id({ required: true, description: both('成员机构编号', 'Id of the member') }),
    indicator: arg({ type: IndicatorEnum, required: true, description: both('指标', 'Which indicator') }),
    from: arg({ type: 'Day', description: both('首日', 'First day') }),
    until: arg({ type: 'Day', description: both('末日', 'Last day') }),
    bulletin: arg.id({ description: both('已发布的通报，代替期间', 'A published bulletin instead of a period') }),
  }),
  read: async ({ registry, context }, given, limit) => {
    const { bulletin, ...rest } = given
    const wanted = rowsQuery.extend({ memberId: idInput })
    const { memberId, ...asked } = parsedArguments(wanted, { ...rest, bulletinId: bulletin, limit })
    return (await readRowsBehind(registry, context, memberId, asked)).items
  },
})

type StoredPolicy = Awaited<ReturnType<typeof readRankingPolicies>>['items'][number]

const PolicyRef = builder.objectRef<StoredPolicy>('RankingPolicy').implement({
  description: both('评价办法的一个版本；全文用 REST', 'A version of the policy; its whole text by REST'),
  fields: (t) => ({
    version: t.exposeInt('version', ofPolicies.said('版本', 'Version')),
    effectiveOn: t.expose('effectiveOn', { ...ofPolicies.said('生效日', 'Holds from'), type: 'Day' }),
    approvedBy: t.exposeString('approvedBy', ofPolicies.said('批准者', 'Who approved it')),
    seed: t.string({ ...ofPolicies.said('随机种子', 'Seed'), resolve: ({ policy }) => policy.seed }),
    bar: t.float({
      ...ofPolicies.said('按期率底线', 'The bar of the on-time rate'),
      resolve: ({ policy }) => policy.recommendation.bar,
    }),
  }),
})

const policiesUsual = 10

builder.queryField('rankingPolicies', (t) =>
  t.field({
    ...ofPolicies.maybe('评价办法的全部版本', 'Every version of the policy'),
    type: [PolicyRef],
    listSize: policiesUsual,
    resolve: async (_root, _arguments, { registry, context }) => (await readRankingPolicies(registry, context)).items,
  }),
)

const NeedRef = builder.objectRef<NeedView>('CapacityNeed').implement({
  description: both('某类别在全省或某市的能力缺口', 'Where capacity is short, by family and city'),
  fields: (t) => ({
    family: t.expose('family', { ...ofNeeds.said('类别', 'Family'), type: FamilyEnum }),
    cityCode: t.exposeString('cityCode', ofNeeds.maybe('设区市；空为全省', 'City; null for the province')),
    expiring: t.exposeInt('expiring', ofNeeds.said('三年内到期的证书', 'Certificates that end within three years')),
    bodies: t.exposeInt('bodies', ofNeeds.said('有资格的机构', 'Bodies that are competent')),
    ground: t.expose('ground', {
      ...ofNeeds.maybe('原因；不缺为空', 'Why; null where nothing is short'),
      type: GroundEnum,
    }),
    shortFrom: t.expose('shortFrom', {
      ...ofNeeds.maybe('自何月起不足', 'The first month in which it is short'),
      type: 'Day',
    }),
    shortBy: t.exposeInt('shortBy', ofNeeds.said('缺口数', 'By how many cases in all')),
  }),
})

const needsUsual = 4 * (cities.length + 1)

builder.queryField('capacityNeeds', (t) =>
  t.field({
    ...ofNeeds.maybe('能力缺口', 'Where capacity is short, and by when'),
    type: [NeedRef],
    listSize: needsUsual,
    resolve: async (_root, _arguments, { registry, context }) => (await readCapacityNeeds(registry, context)).items,
  }),
)

const ChangeRef = builder.objectRef<FigureChange>('FigureChange').implement({
  description: both('一个数值的变化及其构成', 'Why a figure is another than before: the parts sum to the change'),
  fields: (t) => ({
    memberId: t.exposeID('memberId', ofBulletins.said('成员机构编号', 'Id of the member')),
    indicator: t.expose('indicator', { ...ofBulletins.said('指标', 'Which indicator'), type: IndicatorEnum }),
    before: t.exposeFloat('before', ofBulletins.maybe('先前的数值', 'Before')),
    after: t.exposeFloat('after', ofBulletins.maybe('之后的数值', 'After')),
    lateArrivals: t.exposeFloat('lateArrivals', ofBulletins.maybe('迟到的数据', 'Of what became known later')),
    data: t.exposeFloat('data', ofBulletins.maybe('数据', 'Of the data')),
    definition: t.exposeFloat('definition', ofBulletins.maybe('定义', 'Of the definition')),
  }),
})

/** In objects: a period is counted again. */
const differenceCost = 1_000
const changesUsual = 640
const bulletinsCompared = z.strictObject({ earlier: idInput.optional(), later: idInput.optional() })

builder.queryField('bulletinDifference', (t) =>
  t.field({
    ...ofBulletins.maybe('两次通报的差异：数据、定义、迟到数据', 'Why the figures of two bulletins differ'),
    type: [ChangeRef],
    listSize: changesUsual,
    costApart: differenceCost,
    args: {
      earlier: t.arg.id({
        description: both('较早的通报；缺省为前一次', 'The earlier bulletin; the one before where absent'),
      }),
      later: t.arg.id({
        description: both('较晚的通报；缺省为最近发布', 'The later bulletin; the latest published where absent'),
      }),
    },
    resolve: async (_root, given, { registry, context }) => {
      return (await compareLatest(registry, context, parsedArguments(bulletinsCompared, given))).items
    },
  }),
)
