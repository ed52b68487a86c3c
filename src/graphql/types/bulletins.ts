import { bulletinKindNames, bulletinKinds, bulletinStateNames, bulletinStates } from '../../domain/ranking/bulletin.ts'
import type { BulletinView } from '../../usecases/ranking/bulletin-view.ts'
import {
  bulletinsQuery,
  countAskedBulletins,
  readBulletinRanking,
  readBulletins,
} from '../../usecases/ranking/read-bulletins.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { enumOf } from './enums.ts'
import { RankingRef } from './rankings.ts'

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
