import { bulletinKindNames, bulletinKinds, bulletinStateNames, bulletinStates } from '../../domain/ranking/bulletin.ts'
import type { BulletinView } from '../../usecases/ranking/bulletin-view.ts'
import {
  type BulletinRead,
  bulletinsQuery,
  countAskedBulletins,
  readBulletinRanking,
  readBulletins,
} from '../../usecases/ranking/read-bulletins.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { enumOf } from './enums.ts'
import { IndicatorEnum, RankingRef, RecommendationEnum } from './rankings.ts'

const { said, maybe } = under('bulletins.read')

const KindEnum = enumOf(
  'BulletinKind',
  both('通报期间的种类', 'How long its period is'),
  bulletinKinds,
  bulletinKindNames,
)
const StateEnum = enumOf('BulletinState', both('通报状态', 'How a bulletin stands'), bulletinStates, bulletinStateNames)

/** In objects: a draft is counted and drawn when it is asked for. */
const rankingCost = 1_000

type DisputeView = BulletinRead['disputes'][number]
type DecisionView = BulletinRead['decisions'][number]

const rowsUsual = 20

const DisputeRef = builder.objectRef<DisputeView>('BulletinDispute').implement({
  description: both('对一行数据的异议', 'A dispute of one row (R9)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    indicator: t.expose('indicator', { ...said('指标', 'Which indicator'), type: IndicatorEnum }),
    rowKind: t.exposeString('rowKind', said('数据行的种类', 'What the row is')),
    rowId: t.exposeID('rowId', said('数据行编号', 'Id of the row')),
    words: t.exposeString('words', said('理由', 'In words')),
    outcome: t.exposeString('outcome', maybe('处理结果；未处理为空', 'How it was decided; null while it is not')),
    answer: t.exposeString('answer', maybe('答复', 'The answer')),
    openedOn: t.expose('openedOn', { ...said('提出日', 'Opened on'), type: 'Day' }),
  }),
})

const DecisionRef = builder.objectRef<DecisionView>('BulletinDecision').implement({
  description: both('对一家机构的决定', 'What was decided on a body (R9)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    recommendation: t.expose('recommendation', {
      ...said('当时的建议', 'What was recommended'),
      type: RecommendationEnum,
    }),
    decision: t.expose('decision', { ...said('决定', 'What was decided'), type: RecommendationEnum }),
    words: t.exposeString('words', said('理由', 'In words')),
    measureId: t.exposeID('measureId', maybe('同时提出的处理措施', 'The measure that it proposes')),
    decidedOn: t.expose('decidedOn', { ...said('决定日', 'Decided on'), type: 'Day' }),
  }),
})

const BulletinRef = builder.objectRef<BulletinView>('Bulletin').implement({
  description: both('通报', 'A bulletin (R9)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    kind: t.expose('kind', { ...said('种类', 'Kind'), type: KindEnum }),
    fromOn: t.expose('fromOn', { ...said('期间首日', 'First day of the period'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...said('期间末日', 'Last day of the period'), type: 'Day' }),
    periodZh: t.string({ ...said('期间，中文', 'The period in Chinese'), resolve: ({ period }) => period.zh }),
    periodEn: t.string({ ...said('期间，英文', 'The period in English'), resolve: ({ period }) => period.en }),
    state: t.expose('state', { ...said('状态', 'State'), type: StateEnum }),
    openedOn: t.expose('openedOn', { ...said('拟制日', 'Opened on'), type: 'Day' }),
    previewUntilOn: t.expose('previewUntilOn', { ...said('预览截止日', 'Last day of the preview'), type: 'Day' }),
    publishedOn: t.field({
      ...maybe('发布日', 'Published on'),
      type: 'Day',
      resolve: ({ publication }) => publication?.publishedOn ?? null,
    }),
    sha256: t.string({
      ...maybe('冻结内容的 SHA-256', 'SHA-256 of what was frozen'),
      resolve: ({ publication }) => publication?.sha256 ?? null,
    }),
    disputes: t.field({
      ...said('异议；机构只见本机构', 'Disputes; a body sees its own'),
      type: [DisputeRef],
      listSize: rowsUsual,
      resolve: async ({ id }, _arguments, { loaders }) => (await loaders.disputes.load(id)) ?? [],
    }),
    decisions: t.field({
      ...said('由人作出的决定；机构只见本机构', 'What people decided; a body sees its own'),
      type: [DecisionRef],
      listSize: rowsUsual,
      resolve: async ({ id }, _arguments, { loaders }) => (await loaders.decisions.load(id)) ?? [],
    }),
    ranking: t.field({
      ...said(
        '两表；草稿按现有数据，机构只见本机构',
        'Both tables; of a draft as it stands now, a body sees its own part',
      ),
      type: RankingRef,
      costApart: rankingCost,
      resolve: ({ id }, _arguments, { registry, context }) => readBulletinRanking(registry, context, id),
    }),
  }),
})

connectionField('bulletins', {
  said: said('通报，最近期间在前', 'Bulletins, the latest period first'),
  name: 'Bulletin',
  node: BulletinRef,
  query: bulletinsQuery,
  filters: () => ({}),
  read: readBulletins,
  count: countAskedBulletins,
})
