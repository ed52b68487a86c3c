import { z } from 'zod'
import { reportStateNames, reportStates } from '../../domain/report/annual-report.ts'
import { changedParts, type PartChange } from '../../domain/report/change.ts'
import type { ReportRow } from '../../domain/report/content.ts'
import { schemeQuery, yearInput } from '../../usecases/reports/asked-report.ts'
import { figureQuery, type ReportFigure, readReportFigure } from '../../usecases/reports/read-figure.ts'
import {
  type ChangesSince,
  type DraftView,
  type FigureChange,
  type ReportView,
  readDraft,
  readReport,
  readReports,
} from '../../usecases/reports/read-reports.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { listField } from '../list-fields.ts'
import { enumOf, ObligationStateEnum } from './enums.ts'

const { said, maybe } = under('reports.read')

const StateEnum = enumOf(
  'AnnualReportState',
  both('年度报告状态', 'How a report stands'),
  reportStates,
  reportStateNames,
)

const FreezeRef = builder.objectRef<ReportView['freezes'][number]>('AnnualReportFreeze').implement({
  description: both('一次冻结；文件用 REST', 'A freeze; its files by REST (R4a)'),
  fields: (t) => ({
    number: t.exposeInt('number', said('次数', 'Number')),
    frozenOn: t.expose('frozenOn', { ...said('冻结日', 'Frozen on'), type: 'Day' }),
    knownAt: t.expose('knownAt', { ...said('数据所知时点', 'What was known at'), type: 'Instant' }),
    sha256: t.exposeString('sha256', said('冻结内容的 SHA-256', 'SHA-256 of what was frozen')),
    documentSha256: t.exposeString('documentSha256', said('文件的 SHA-256', 'SHA-256 of the document')),
  }),
})

const SubmissionRef = builder.objectRef<ReportView['submissions'][number]>('AnnualReportSubmission').implement({
  description: both('一次报送及其答复', 'A submission with its answer (N5)'),
  fields: (t) => ({
    number: t.exposeInt('number', said('次数', 'Number')),
    freezeNumber: t.exposeInt('freezeNumber', said('所报的冻结', 'The freeze that was handed in')),
    submittedOn: t.expose('submittedOn', { ...said('报送日', 'Submitted on'), type: 'Day' }),
    verdict: t.string({
      ...maybe('答复：acknowledged 或 returned', 'How it was answered: acknowledged or returned'),
      resolve: ({ answer }) => answer?.verdict ?? null,
    }),
    words: t.string({ ...maybe('答复意见', 'In words'), resolve: ({ answer }) => answer?.words ?? null }),
    answeredOn: t.field({
      ...maybe('答复日', 'Answered on'),
      type: 'Day',
      resolve: ({ answer }) => answer?.answeredOn ?? null,
    }),
  }),
})

const freezesUsual = 5

const ReportRef = builder.objectRef<ReportView>('AnnualReport').implement({
  description: both('年度报告', 'The December report (N5, R10)'),
  fields: (t) => ({
    schemeCode: t.exposeString('schemeCode', said('认证方案', 'Scheme')),
    year: t.exposeInt('year', said('年度', 'Year')),
    title: t.exposeString('title', said('标题', 'Title, in Chinese')),
    state: t.expose('state', { ...said('状态', 'State'), type: StateEnum }),
    openedOn: t.expose('openedOn', { ...said('草稿开启日', 'Draft open since'), type: 'Day' }),
    fromOn: t.expose('fromOn', { ...said('报告期首日', 'First day of the period'), type: 'Day' }),
    cutOffOn: t.expose('cutOffOn', { ...said('统计截止日', 'Day of the cut-off'), type: 'Day' }),
    dueOn: t.expose('dueOn', { ...said('到期日', 'Due on'), type: 'Day' }),
    isProvisional: t.exposeBoolean('isProvisional', said('该年日历未录入', 'The year’s calendar is not recorded')),
    metOn: t.expose('metOn', { ...maybe('报送日', 'Met on'), type: 'Day' }),
    dutyState: t.expose('dutyState', { ...said('报送义务的状态', 'State of the duty'), type: ObligationStateEnum }),
    freezes: t.expose('freezes' as never, {
      ...said('各次冻结', 'The freezes'),
      type: [FreezeRef] as never,
      listSize: freezesUsual,
    }),
    submissions: t.expose('submissions' as never, {
      ...said('各次报送', 'The submissions'),
      type: [SubmissionRef] as never,
      listSize: freezesUsual,
    }),
  }),
})

listField('annualReports', {
  said: maybe('年度报告，最近年度在前', 'December reports, the latest year first'),
  node: ReportRef,
  filters: (arg) => ({
    scheme: arg.string({ description: both('认证方案', 'Scheme; the alliance’s own where absent') }),
  }),
  read: async ({ registry, context }, given, limit) =>
    (await readReports(registry, context, parsedArguments(schemeQuery, given))).items.slice(0, limit),
})

const RowRef = builder.objectRef<ReportRow>('AnnualReportRow').implement({
  description: both('数字背后的一行', 'A row behind a figure'),
  fields: (t) => ({
    kind: t.exposeString('kind', said('种类', 'What it is')),
    id: t.exposeID('id', said('编号', 'Id')),
    onDay: t.expose('onDay', { ...said('所属日', 'Its day'), type: 'Day' }),
    memberId: t.exposeID('memberId', maybe('成员机构编号', 'Id of the member')),
    family: t.exposeString('family', maybe('类别', 'Family')),
    region: t.exposeString('region', maybe('地区', 'Region')),
    detail: t.exposeString('detail', maybe('细目', 'Detail')),
    workingDays: t.exposeInt('workingDays', maybe('所用工作日', 'Working days that it took')),
    subject: t.exposeString('subject', maybe('事项', 'In words')),
  }),
})

const rowsShown = 100

const FigureRef = builder.objectRef<ReportFigure>('AnnualReportFigure').implement({
  description: both('报告中的一个数字；全部数据行用 REST', 'A figure of a report; all of its rows by REST (R10)'),
  fields: (t) => ({
    id: t.exposeString('id', said('数字编号', 'Its name')),
    value: t.exposeFloat('value', maybe('数值；无可说时为空', 'Value; null where there is nothing to say')),
    recoveredValue: t.float({
      ...maybe(
        '按冻结时所知还原的数据行所得',
        'What the rows come to, recovered as they were known; null of an estimate',
      ),
      resolve: ({ recovered }) => recovered?.value ?? null,
    }),
    isRecovered: t.boolean({
      ...maybe('还原的数据行与数值是否一致', 'Whether the recovered rows come to the value; null of an estimate'),
      resolve: ({ recovered }) => recovered?.isSame ?? null,
    }),
    unit: t.exposeString('unit', said('单位', 'What one of them is, in Chinese')),
    definitionZh: t.string({
      ...said('定义，中文', 'Definition in Chinese'),
      resolve: ({ definition }) => definition.zh,
    }),
    definitionEn: t.string({
      ...said('定义，英文', 'Definition in English'),
      resolve: ({ definition }) => definition.en,
    }),
    freeze: t.exposeInt('freeze', maybe('所属冻结；草稿为空', 'Its freeze; null of the draft')),
    sha256: t.exposeString('sha256', maybe('冻结内容的 SHA-256', 'SHA-256 of what was frozen')),
    rows: t.field({
      ...said('前一百行', 'The first hundred rows'),
      type: [RowRef] as never,
      listSize: rowsShown,
      resolve: (({ rows }: ReportFigure) => rows.items) as never,
    }),
  }),
})

const reportArguments = schemeQuery.extend({ year: yearInput })

const figureArguments = figureQuery
  .omit({ limit: true, cursor: true })
  .extend({ year: yearInput, figure: z.string().max(200) })

/** In objects: of a draft, the whole year is counted. */
const figureCost = 1_000

builder.queryField('annualReportFigure', (t) =>
  t.field({
    ...maybe('报告中的一个数字', 'One figure of a report, as of a freeze'),
    type: FigureRef,
    costApart: figureCost,
    args: {
      year: t.arg.int({ required: true, description: both('年度', 'Year') }),
      figure: t.arg.string({ required: true, description: both('数字编号', 'Its name, as certified.period') }),
      scheme: t.arg.string({ description: both('认证方案', 'Scheme; the alliance’s own where absent') }),
      freeze: t.arg.int({
        description: both('冻结次数；0 为草稿', 'A freeze; 0 is the draft; the latest where absent'),
      }),
    },
    resolve: (_root, given, { registry, context }) => {
      const { year, figure, scheme, freeze } = parsedArguments(figureArguments, given)
      const asked = { scheme, ...(freeze === undefined ? {} : { freeze }), limit: rowsShown }
      return readReportFigure(registry, context, { schemeCode: scheme, year }, figure, asked)
    },
  }),
)

builder.queryField('annualReport', (t) =>
  t.field({
    ...maybe('一个年度的报告', 'The December report of a year'),
    type: ReportRef,
    args: {
      year: t.arg.int({ required: true, description: both('年度', 'Year') }),
      scheme: t.arg.string({ description: both('认证方案', 'Scheme; the alliance’s own where absent') }),
    },
    resolve: (_root, given, { registry, context }) => {
      const { year, scheme } = parsedArguments(reportArguments, given)
      return readReport(registry, context, { schemeCode: scheme, year })
    },
  }),
)

const FigureChangeRef = builder.objectRef<FigureChange>('AnnualReportFigureChange').implement({
  description: both('与冻结不同的一个数字', 'A figure that differs from the freeze'),
  fields: (t) => ({
    id: t.exposeString('id', said('数字编号', 'Its name')),
    before: t.exposeFloat(
      'before',
      maybe('冻结时；当时无此数字的为空', 'When it was frozen; null where it was not there'),
    ),
    now: t.exposeFloat('now', maybe('现在；已无此数字的为空', 'Now; null where it is there no longer')),
    definitionZh: t.string({ ...said('定义，中文', 'Definition in Chinese'), resolve: ({ words }) => words.zh }),
    definitionEn: t.string({ ...said('定义，英文', 'Definition in English'), resolve: ({ words }) => words.en }),
  }),
})

const PartChangeRef = builder.objectRef<PartChange>('AnnualReportPartChange').implement({
  description: both('数字以外的变化', 'What reads otherwise besides figures'),
  fields: (t) => ({
    part: t.exposeString('part', said('部分', 'Which part')),
    zh: t.string({ ...said('变化，中文', 'What changed, in Chinese'), resolve: ({ words }) => words.zh }),
    en: t.string({ ...said('变化，英文', 'What changed, in English'), resolve: ({ words }) => words.en }),
  }),
})

type Changes = Pick<DraftView, 'changes' | 'parts'> & { readonly since: ChangesSince }
const changesShown = 200

const ChangesRef = builder.objectRef<Changes>('AnnualReportChanges').implement({
  description: both('最近冻结以后的变化', 'What changed since the latest freeze (R10)'),
  fields: (t) => ({
    freeze: t.int({ ...said('冻结次数', 'Number of the freeze'), resolve: ({ since }) => since.freeze }),
    frozenOn: t.field({ ...said('冻结日', 'Frozen on'), type: 'Day', resolve: ({ since }) => since.frozenOn }),
    isSubmitted: t.boolean({
      ...said('是否已报送', 'Whether it was handed in'),
      resolve: ({ since }) => since.isSubmitted,
    }),
    isOutdated: t.boolean({
      ...said(
        '冻结以后登记的事实使其计数、报送用时、决定或候选机构有变；较早版本的冻结为空',
        'Whether facts recorded since change its counts, pace, decisions or candidates; null of a freeze that an earlier version made',
      ),
      nullable: true,
      resolve: ({ since }) => since.isOutdated,
    }),
    figureCount: t.int({
      ...said('有变化的数字个数', 'How many figures differ'),
      resolve: ({ changes }) => changes?.length ?? 0,
    }),
    figures: t.field({
      ...said('前两百个有变化的数字', 'The first two hundred figures that differ'),
      type: [FigureChangeRef] as never,
      listSize: changesShown,
      resolve: (({ changes }: Changes) => changes?.slice(0, changesShown) ?? []) as never,
    }),
    parts: t.field({
      ...said('数字以外的变化', 'What else reads otherwise'),
      type: [PartChangeRef] as never,
      listSize: changedParts.length,
      resolve: (({ parts }: Changes) => parts ?? []) as never,
    }),
  }),
})

builder.queryField('annualReportChanges', (t) =>
  t.field({
    ...maybe('最近冻结以后的变化；未冻结时为空', 'What changed since the latest freeze; null where nothing was frozen'),
    type: ChangesRef,
    costApart: figureCost,
    args: {
      year: t.arg.int({ required: true, description: both('年度', 'Year') }),
      scheme: t.arg.string({ description: both('认证方案', 'Scheme; the alliance’s own where absent') }),
    },
    resolve: async (_root, given, { registry, context }) => {
      const { year, scheme } = parsedArguments(reportArguments, given)
      const { since, changes, parts } = await readDraft(registry, context, { schemeCode: scheme, year })
      return since && { since, changes, parts }
    },
  }),
)
