import type { Funnel, FunnelLimit, RankRow, TrendPoint } from '../../domain/ranking/chart.ts'
import { chartQuery, readFunnel, readRankIntervals, readTrend, trendQuery } from '../../usecases/ranking/read-charts.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { IndicatorEnum } from './rankings.ts'

/** What the charts show, as data for dashboards; the pictures are by REST (R9). */
const { said, maybe } = under('rankings.read')

/** In objects: a ranking is counted and drawn. */
const rankingCost = 1_000
const bodiesUsual = 40
const limitsMost = 60
const monthsMost = 13

type Point = Funnel['points'][number]

const PointRef = builder.objectRef<Point>('FunnelPoint').implement({
  description: both('一家机构', 'A body in the funnel'),
  fields: (t) => ({
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    name: t.exposeString('name', said('成员机构', 'Name')),
    due: t.exposeInt('due', said('到期报送数', 'Reports due')),
    rate: t.exposeFloat('rate', said('按期率', 'On-time rate')),
  }),
})

const LimitRef = builder.objectRef<FunnelLimit>('FunnelLimit').implement({
  description: both(
    '控制限：按期率与全体相同的机构有 95%、99.8% 在其间',
    'Within these lie 95 and 99.8 of a hundred bodies of the common rate',
  ),
  fields: (t) => ({
    due: t.exposeInt('due', said('到期报送数', 'Reports due')),
    low95: t.exposeFloat('low95', said('95% 下限', 'Lower limit, 95 %')),
    high95: t.exposeFloat('high95', said('95% 上限', 'Upper limit, 95 %')),
    low998: t.exposeFloat('low998', said('99.8% 下限', 'Lower limit, 99.8 %')),
    high998: t.exposeFloat('high998', said('99.8% 上限', 'Upper limit, 99.8 %')),
  }),
})

const FunnelRef = builder.objectRef<Funnel>('Funnel').implement({
  description: both('按期报送率漏斗图的数据', 'The funnel plot as data'),
  fields: (t) => ({
    commonRate: t.exposeFloat('commonRate', maybe('全体按期率', 'The rate of all together')),
    points: t.expose('points' as never, {
      ...said('各机构；机构只见本机构', 'The bodies; a body sees its own'),
      type: [PointRef] as never,
      listSize: bodiesUsual,
    }),
    limits: t.expose('limits' as never, {
      ...said('控制限', 'The limits of chance'),
      type: [LimitRef] as never,
      listSize: limitsMost,
    }),
  }),
})

const RankRowRef = builder.objectRef<RankRow>('RankIntervalRow').implement({
  description: both('位次及位次区间', 'A place with the places that chance leaves open'),
  fields: (t) => ({
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    name: t.exposeString('name', said('成员机构', 'Name')),
    place: t.exposeInt('place', said('位次', 'Place')),
    best: t.exposeInt('best', said('最好位次', 'Best place')),
    worst: t.exposeInt('worst', said('最差位次', 'Worst place')),
  }),
})

const TrendPointRef = builder.objectRef<TrendPoint>('TrendPoint').implement({
  description: both('一个月的比率', 'A share in a month'),
  fields: (t) => ({
    month: t.expose('month', { ...said('当月首日', 'First day of the month'), type: 'Day' }),
    numerator: t.exposeInt('numerator', said('分子', 'Numerator')),
    denominator: t.exposeInt('denominator', maybe('分母', 'Denominator')),
    value: t.exposeFloat('value', maybe('比率；当月无数据为空', 'The share; null in a month without data')),
  }),
})

const day = (zh: string, en: string) => ({ type: 'Day' as const, required: true as const, description: both(zh, en) })

builder.queryField('funnel', (t) =>
  t.field({
    ...maybe('按期报送率漏斗图', 'On-time rate against volume'),
    type: FunnelRef,
    costApart: rankingCost,
    args: { from: t.arg(day('首日', 'First day')), until: t.arg(day('末日', 'Last day')) },
    resolve: async (_root, given, { registry, context }) =>
      (await readFunnel(registry, context, parsedArguments(chartQuery, given))).data,
  }),
)

builder.queryField('rankIntervals', (t) =>
  t.field({
    ...maybe('质量位次及位次区间', 'Places with their intervals'),
    type: [RankRowRef],
    listSize: bodiesUsual,
    costApart: rankingCost,
    args: { from: t.arg(day('首日', 'First day')), until: t.arg(day('末日', 'Last day')) },
    resolve: async (_root, given, { registry, context }) =>
      (await readRankIntervals(registry, context, parsedArguments(chartQuery, given))).data.items,
  }),
)

builder.queryField('trend', (t) =>
  t.field({
    ...maybe('一项比率逐月的变化', 'A share month by month'),
    type: [TrendPointRef],
    listSize: monthsMost,
    args: {
      from: t.arg(day('首日', 'First day')),
      until: t.arg(day('末日', 'Last day')),
      indicator: t.arg({
        type: IndicatorEnum,
        description: both('指标，缺省为按期报送', 'Which share; reports to CNCA where absent'),
      }),
      memberId: t.arg.id({ description: both('成员机构编号', 'Id of a member') }),
    },
    resolve: async (_root, given, { registry, context }) =>
      (await readTrend(registry, context, parsedArguments(trendQuery, given))).data.items,
  }),
)
