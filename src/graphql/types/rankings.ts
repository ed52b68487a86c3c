import type { Span } from '../../domain/ranking/counter.ts'
import { type Indicator, type IndicatorId, indicatorIds, indicators } from '../../domain/ranking/indicator.ts'
import type {
  Judgement,
  Quality,
  Quantity,
  RankedBody,
  RankedFigure,
  RankingTable,
} from '../../domain/ranking/ranking.ts'
import { recommendationNames, recommendations } from '../../domain/ranking/recommendation.ts'
import { bodyClasses, classLimitNames, classLimits, type ScorePart } from '../../domain/ranking/score.ts'
import { type RankingView, rankingQuery, readIndicators, readRanking } from '../../usecases/ranking/read-ranking.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { enumOf, FamilyEnum } from './enums.ts'

const { said, maybe } = under('rankings.read')
const ofIndicators = under('indicators.read')

const namesOfIndicators = Object.fromEntries(indicators.map(({ id, name }) => [id, name])) as Record<
  IndicatorId,
  readonly [zh: string, en: string]
>
export const IndicatorEnum = enumOf('IndicatorId', both('指标', 'Which indicator'), indicatorIds, namesOfIndicators)
const AxisEnum = enumOf(
  'Axis',
  both('指标所属的轴，两轴从不合并', 'Axis of an indicator; the two are never mixed'),
  ['quality', 'quantity'],
  {
    quality: ['质量', 'quality'],
    quantity: ['数量', 'quantity'],
  },
)
const ClassEnum = enumOf('BodyClass', both('机构等级', 'Class of a body'), bodyClasses, {
  A: ['A 级', 'A'],
  B: ['B 级', 'B'],
  C: ['C 级', 'C'],
})
const LimitEnum = enumOf(
  'ClassLimit',
  both('等级受限的原因', 'Why a class is lower than its points'),
  classLimits,
  classLimitNames,
)
export const RecommendationEnum = enumOf(
  'Recommendation',
  both('按办法得出的建议；决定由人作出', 'What policy says; people decide'),
  recommendations,
  recommendationNames,
)

export const IndicatorRef = builder.objectRef<Indicator>('Indicator').implement({
  description: both('一项指标定义', 'A definition of an indicator, in one version (R9)'),
  fields: (t) => ({
    id: t.expose('id', { ...ofIndicators.said('指标', 'Which indicator'), type: IndicatorEnum }),
    version: t.exposeInt('version', ofIndicators.said('版本', 'Version')),
    effectiveOn: t.expose('effectiveOn', { ...ofIndicators.said('生效日', 'Holds from'), type: 'Day' }),
    axis: t.expose('axis', { ...ofIndicators.said('质量或数量', 'Quality or quantity'), type: AxisEnum }),
    nameZh: t.string({ ...ofIndicators.said('中文名称', 'Name in Chinese'), resolve: ({ name }) => name[0] }),
    nameEn: t.string({ ...ofIndicators.said('英文名称', 'Name in English'), resolve: ({ name }) => name[1] }),
    textZh: t.string({ ...ofIndicators.said('中文定义', 'Text in Chinese'), resolve: ({ text }) => text[0] }),
    textEn: t.string({ ...ofIndicators.said('英文定义', 'Text in English'), resolve: ({ text }) => text[1] }),
    rowsMin: t.exposeInt('rowsMin', ofIndicators.said('最少行数', 'Below so many rows the data are insufficient')),
    higherIsBetter: t.exposeBoolean('higherIsBetter', ofIndicators.said('是否越高越好', 'Whether more is better')),
  }),
})

builder.queryField('indicators', (t) =>
  t.field({
    ...ofIndicators.maybe('全部指标定义及其全部版本', 'Every definition in every version'),
    type: [IndicatorRef],
    listSize: indicators.length,
    resolve: (_root, _arguments, { context }) => [...readIndicators(context).items],
  }),
)

const RankedFigureRef = builder.objectRef<RankedFigure>('RankedFigure').implement({
  description: both('一项指标的数值及区间', 'A measured figure with the interval of what may be true (R9)'),
  fields: (t) => ({
    indicator: t.expose('indicator', { ...said('指标', 'Which indicator'), type: IndicatorEnum }),
    definitionVersion: t.exposeInt('definitionVersion', said('定义版本', 'Version of the definition')),
    value: t.exposeFloat(
      'value',
      maybe('观测值；无可计量时为空', 'As observed; null where nothing is there to measure'),
    ),
    numerator: t.exposeInt('numerator', said('分子', 'Numerator')),
    denominator: t.exposeInt('denominator', maybe('分母；计数为空', 'Denominator; null for a count')),
    contested: t.exposeInt('contested', said('有争议的行数', 'Rows that are contested; they count')),
    sufficient: t.exposeBoolean('sufficient', said('数据是否足够', 'Whether the data suffice')),
    low: t.exposeFloat('low', maybe('区间下限', 'Lower end of the interval')),
    high: t.exposeFloat('high', maybe('区间上限', 'Upper end of the interval')),
    estimate: t.exposeFloat('estimate', maybe('合并估计值', 'The mean of what may be true')),
    previous: t.exposeFloat('previous', maybe('上期观测值', 'As observed in the period before')),
    asOf: t.expose('asOf', { ...said('状态所属之日', 'The day of the states'), type: 'Day' }),
  }),
})

const ScorePartRef = builder.objectRef<ScorePart>('ScorePart').implement({
  description: both('得分的组成', 'What an indicator adds to the score'),
  fields: (t) => ({
    indicator: t.expose('indicator', { ...said('指标', 'Which indicator'), type: IndicatorEnum }),
    weight: t.exposeFloat('weight', said('权重，合计 100', 'Weight; they sum to 100')),
    points: t.exposeFloat('points', said('分值', 'Points from 0 to 100')),
  }),
})

const QualityRef = builder.objectRef<Quality>('QualityStanding').implement({
  description: both('质量表中的一行', 'A body in the table of quality'),
  fields: (t) => ({
    points: t.exposeFloat('points', maybe('得分；数据不足为空', 'Score; null where data are insufficient')),
    parts: t.expose('parts' as never, {
      ...said('组成', 'What it is made of'),
      type: [ScorePartRef] as never,
      listSize: 10,
    }),
    pointsClass: t.expose('pointsClass', { ...maybe('仅按得分的等级', 'Class by points alone'), type: ClassEnum }),
    class: t.expose('class', { ...maybe('等级，含封顶和否决', 'Class after cap and vetoes'), type: ClassEnum }),
    limits: t.expose('limits' as never, {
      ...said('受限原因', 'Caps and vetoes'),
      type: [LimitEnum] as never,
      listSize: 3,
    }),
    place: t.exposeInt('place', maybe('位次，并列同位', 'Place; equal ones share it')),
    placeBest: t.int({
      ...maybe('位次区间的最好位次', 'Best place that chance leaves open'),
      resolve: ({ places }) => places?.best ?? null,
    }),
    placeWorst: t.int({
      ...maybe('位次区间的最差位次', 'Worst place that chance leaves open'),
      resolve: ({ places }) => places?.worst ?? null,
    }),
    previousPlace: t.exposeInt('previousPlace', maybe('上期位次', 'Place in the period before')),
    chanceA: t.float({
      ...maybe('为 A 级的可能性', 'Chance of class A'),
      resolve: ({ classChances }) => classChances?.A ?? null,
    }),
    chanceB: t.float({
      ...maybe('为 B 级的可能性', 'Chance of class B'),
      resolve: ({ classChances }) => classChances?.B ?? null,
    }),
    chanceC: t.float({
      ...maybe('为 C 级的可能性', 'Chance of class C'),
      resolve: ({ classChances }) => classChances?.C ?? null,
    }),
    heldShare: t.exposeFloat(
      'heldShare',
      maybe('在其他合理权重下位次不变的比例', 'Share of plausible weightings under which it holds its place'),
    ),
  }),
})

const QuantityRef = builder.objectRef<Quantity>('QuantityStanding').implement({
  description: both('数量表中的一行', 'A body in the table of quantity'),
  fields: (t) => ({
    results: t.exposeInt('results', said('完成结果数', 'Results completed')),
    place: t.exposeInt('place', said('位次', 'Place')),
    previousResults: t.exposeInt('previousResults', said('上期结果数', 'Results in the period before')),
    previousPlace: t.exposeInt('previousPlace', said('上期位次', 'Place in the period before')),
  }),
})

const JudgementRef = builder.objectRef<Judgement>('Judgement').implement({
  description: both('按办法得出的建议及依据', 'What policy says, and why: over up to three years'),
  fields: (t) => ({
    met: t.exposeInt('met', said('按期报送数', 'Reports on time')),
    due: t.exposeInt('due', said('到期报送数', 'Reports due')),
    chanceBelowBar: t.exposeFloat(
      'chanceBelowBar',
      said('真实按期率低于底线的可能性', 'Chance that the true on-time rate is under the bar'),
    ),
    chanceAboveTop: t.exposeFloat(
      'chanceAboveTop',
      said('真实按期率高于 A 线的可能性', 'Chance that it is above the top bar'),
    ),
    recommendation: t.expose('recommendation', { ...said('建议', 'Recommendation'), type: RecommendationEnum }),
    wordsZh: t.string({ ...said('中文依据', 'In words, Chinese'), resolve: ({ words }) => words.zh }),
    wordsEn: t.string({ ...said('英文依据', 'In words, English'), resolve: ({ words }) => words.en }),
  }),
})

const RankedBodyRef = builder.objectRef<RankedBody>('RankedBody').implement({
  description: both('两表中的一家机构', 'A body in both tables'),
  fields: (t) => ({
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    name: t.exposeString('name', said('名称', 'Name')),
    figures: t.expose('figures' as never, {
      ...said('各项数值', 'Its figures'),
      type: [RankedFigureRef] as never,
      listSize: indicatorIds.length,
    }),
    quality: t.expose('quality', { ...said('质量', 'Quality'), type: QualityRef }),
    quantity: t.expose('quantity', { ...said('数量', 'Quantity'), type: QuantityRef }),
    judgement: t.expose('judgement', {
      ...maybe('建议；分类别表为空', 'Judgement; null within a family'),
      type: JudgementRef,
    }),
  }),
})

const bodiesUsual = 40

const RankingTableRef = builder.objectRef<RankingTable>('RankingTable').implement({
  description: both('全部类别或某一类别的表', 'The table over all families, or within one'),
  fields: (t) => ({
    family: t.expose('family', { ...maybe('类别；全部为空', 'Family; null for all together'), type: FamilyEnum }),
    bodies: t.expose('bodies' as never, {
      ...said('各机构', 'The bodies'),
      type: [RankedBodyRef] as never,
      listSize: bodiesUsual,
    }),
  }),
})

const SpanRef = builder.objectRef<Span>('DaySpan').implement({
  description: both('期间，含首尾两日', 'A span of days, both included'),
  fields: (t) => ({
    from: t.expose('from', { ...said('首日', 'First day'), type: 'Day' }),
    until: t.expose('until', { ...said('末日', 'Last day'), type: 'Day' }),
  }),
})

export const RankingRef = builder.objectRef<Omit<RankingView, 'policyVersion'>>('Ranking').implement({
  description: both('某期间的质量与数量两表', 'Both tables of a period (R9)'),
  fields: (t) => ({
    period: t.field({ ...said('期间', 'The period'), type: SpanRef, resolve: ({ windows }) => windows.period }),
    previous: t.field({
      ...said('上期', 'The period before'),
      type: SpanRef,
      resolve: ({ windows }) => windows.previous,
    }),
    asOf: t.expose('asOf', { ...said('状态所属之日', 'The day of the states'), type: 'Day' }),
    tables: t.expose('tables' as never, {
      ...said('各表', 'The tables'),
      type: [RankingTableRef] as never,
      listSize: 5,
    }),
  }),
})

/** In objects: counting and drawing cost what a long list costs. */
const rankingCost = 1_000

builder.queryField('ranking', (t) =>
  t.field({
    ...maybe('某期间按现有数据的两表', 'Both tables of a period as they stand now'),
    type: RankingRef,
    costApart: rankingCost,
    args: {
      from: t.arg({ type: 'Day', required: true, description: both('首日', 'First day') }),
      until: t.arg({ type: 'Day', required: true, description: both('末日', 'Last day') }),
      industryCode: t.arg.string({
        description: both('范围：行业代码及其所含', 'A scope: this industry with all that lies in it'),
      }),
    },
    resolve: (_root, given, { registry, context }) =>
      readRanking(registry, context, parsedArguments(rankingQuery, given)),
  }),
)
