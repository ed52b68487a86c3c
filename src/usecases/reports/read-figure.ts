import type { z } from 'zod'
import { countersBehind } from '../../domain/ranking/indicator.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { refuse } from '../../domain/refusals.ts'
import { isMadeAgain, type ReportContent, type ReportRow } from '../../domain/report/content.ts'
import { type FigureName, figureId, partsOf, type ReportSet } from '../../domain/report/figure.ts'
import {
  type BodiesCounted,
  bodiesOfFigure,
  bodyNames,
  disagreementWords,
  isFigureThere,
  memberOfFigure,
  parseReportFigureId,
  type RankingCell,
  type ReportFigureName,
  reportsMade,
  restOf,
  unitOfFigure,
  valueOfFigure,
  wordsOfFigure,
} from '../../domain/report/named-figure.ts'
import type { Db } from '../../store/database.ts'
import { rowsBehind } from '../../store/ranking/counts.ts'
import { countOfFigure, readPace, rowsOfFigure } from '../../store/report/figures.ts'
import { freezesOf } from '../../store/report/reports.ts'
import type { AskedReport } from '../../store/report/rows.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { asKnown } from '../ranking/gather.ts'
import { askedReport, askedRows, type ReportAsked, type ReportKey } from './asked-report.ts'
import { bodiesOf, previousOf, readFigures } from './gather-report.ts'
import { draft, freezeQuery, frozenSet, knownThen } from './read-reports.ts'

export const figureQuery = freezeQuery.extend(pageInput)

export type ReportFigure = {
  readonly id: string
  /** Null where there is nothing to say: nothing reported, too few data. */
  readonly value: number | null
  readonly unit: string
  readonly definition: { readonly zh: string; readonly en: string }
  /** The freeze that it is of; null of the draft as it stands now. */
  readonly freeze: number | null
  readonly knownAt: string
  readonly sha256: string | null
  /** What the rows come to, recovered as they were known; null of an estimate, which is made of all bodies together, of a number of bodies, and of an earlier format. */
  readonly recovered: {
    readonly value: number | null
    readonly isSame: boolean
    /** That they are not the frozen value, in words; null where they are. */
    readonly words: { readonly zh: string; readonly en: string } | null
  } | null
  readonly rows: KeysetPage<ReportRow>
}

type Page = { readonly after: { value: string; id: string } | null; readonly limit: number }

/** The data set that a figure is read in; of a draft only what the figure needs is counted. */
type FigureSet = {
  readonly asked: ReportAsked
  readonly rulebook: Rulebook
  readonly known: AskedReport
  readonly content: Pick<ReportContent, 'figures' | 'previous' | 'pace' | 'ranking' | 'bodies'>
  readonly freeze: number | null
  readonly sha256: string | null
  /** Not where an earlier format counted otherwise. */
  readonly isMadeAgain: boolean
}

/** One figure with its definition and the rows behind it, as of the freeze, and whether these still come to it (R10). @throws Refusal */
export async function readReportFigure(
  registry: Registry,
  context: Context,
  key: ReportKey,
  id: string,
  { freeze: number, limit, cursor }: z.infer<typeof figureQuery>,
): Promise<ReportFigure> {
  authorise(context, 'reports.read')
  const figure = parseReportFigureId(id)
  if (!figure) throw unknownFigure(id)
  const set = await readFigureSet(registry, context, key, number, figure)
  const { content, known, freeze, sha256 } = set
  if (!isFigureThere(content, figure)) throw unknownFigure(id)
  const memberId = memberOfFigure(figure)
  const definition = wordsOfFigure(figure, bodyNames(content).get(memberId ?? '') ?? null)
  const said = { id, value: valueOfFigure(content, figure), unit: unitOfFigure(figure), definition }
  const head = { freeze, knownAt: known.knownAt.toISOString(), sha256 }
  if (figure.kind === 'previous')
    return { ...(await lastYears(registry, context, key, set, figure.name, { limit, cursor })), ...said, ...head }
  const page = { after: positionOf('report-rows', 'day', cursor), limit }
  const rows = await rowsBehindFigure(registry.lists, set, figure, page)
  const again = set.isMadeAgain ? await valueAgain(registry.lists, set, figure) : undefined
  return {
    ...said,
    ...head,
    recovered: again === undefined ? null : comparison(said.value, again),
    rows: pageOf(
      'report-rows',
      rows,
      limit,
      (row) => ({ value: row.onDay, id: row.id }),
      (row) => row,
    ),
  }
}

function comparison(frozen: number | null, again: number | null): ReportFigure['recovered'] {
  const words = disagreementWords(frozen, again)
  return { value: again, isSame: words === null, words }
}

function unknownFigure(id: string) {
  return refuse('not_found', 'id', { value: id, values: { what: ['数字', 'figure'] } })
}

/** Last year's figure leads to last year's frozen set, and to its rows as they were known then (R10). */
async function lastYears(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { content: { previous } }: FigureSet,
  name: FigureName,
  page: Pick<z.infer<typeof figureQuery>, 'limit' | 'cursor'>,
): Promise<Pick<ReportFigure, 'recovered' | 'rows'>> {
  if (previous === null) throw unknownFigure(figureId(name))
  const of = { ...key, year: previous.year }
  const asked = { scheme: key.schemeCode, freeze: previous.freeze, ...page }
  const { recovered, rows } = await readReportFigure(registry, context, of, figureId(name), asked)
  return { recovered, rows }
}

async function readFigureSet(
  registry: Registry,
  context: Context,
  key: ReportKey,
  number: number | undefined,
  figure: ReportFigureName,
): Promise<FigureSet> {
  const db = registry.lists
  const asked = await askedReport(db, context, key)
  const heads = asked.report === null ? [] : await freezesOf(db, asked.report.id)
  const wanted = number ?? heads.at(-1)?.number ?? 0
  if (wanted === 0) return draftSet(registry, context, asked, figure)
  const set = await frozenSet(registry, context, key, wanted)
  const sha256 = heads.find((head) => head.number === wanted)?.sha256 ?? null
  return {
    ...set,
    known: knownThen(set.asked, set.rulebook, set.content),
    sha256,
    isMadeAgain: isMadeAgain(set.content),
  }
}

async function draftSet(
  registry: Registry,
  context: Context,
  asked: ReportAsked,
  figure: ReportFigureName,
): Promise<FigureSet> {
  const db = registry.lists
  if (figure.kind === 'ranking' || figure.kind === 'bodies') {
    // Of all bodies together: nothing less than the whole says them.
    const whole = await draft(registry, context, asked.key)
    return { ...whole, known: knownThen(whole.asked, whole.rulebook, whole.content), sha256: null, isMadeAgain: true }
  }
  const previous = await previousOf(db, asked)
  const rulebook = await registry.rulebooks.recent(registry.db)
  const known = askedRows(asked, rulebook, { knownAt: context.now, previous })
  const figures = figure.kind === 'count' ? await readFigures(db, known, partsOf(figure.name.set)) : {}
  const named = figure.kind === 'previous' ? (previous?.figures ?? {}) : figures
  const pace = figure.kind === 'pace' ? await readPace(db, known) : null
  const content = { figures, previous, pace, ranking: null, bodies: await bodiesOf(db, known, named) }
  return { asked, rulebook, known, content, freeze: null, sha256: null, isMadeAgain: true }
}

type OfOwnYear = Exclude<ReportFigureName, { kind: 'previous' }>

async function rowsBehindFigure(db: Db, set: FigureSet, figure: OfOwnYear, page: Page): Promise<ReportRow[]> {
  switch (figure.kind) {
    case 'count':
      return rowsOfFigure(db, set.known, { ...figure.name, sets: partsOf(figure.name.set) }, page)
    case 'pace':
      return rowsOfFigure(db, set.known, { sets: reportsMade, window: 'period', by: null }, page)
    case 'ranking':
      return rankedRows(db, set, figure, page)
    case 'bodies':
      return bodyRows(set, figure.of, page)
  }
}

/** Undefined of an estimate: that is of all bodies together, and is reckoned again with the whole freeze. */
async function valueAgain(db: Db, set: FigureSet, figure: OfOwnYear): Promise<number | null | undefined> {
  switch (figure.kind) {
    case 'count':
      return countOfFigure(db, set.known, figure.name)
    case 'pace':
      return (await readPace(db, set.known))?.[figure.of] ?? null
    case 'ranking':
      return cellAgain(db, set, figure)
    case 'bodies':
      return undefined
  }
}

/** The bodies themselves, each at the cut-off. */
function bodyRows({ content, known }: FigureSet, of: BodiesCounted, { after, limit }: Page): ReportRow[] {
  const onDay = known.spans.cutOffOn
  const bodies = bodiesOfFigure(content, of).toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const rest = bodies.filter(({ memberId }) => after === null || memberId > after.id)
  return rest.slice(0, limit + 1).map(({ memberId, name }) => ({
    kind: 'member',
    id: memberId,
    onDay,
    memberId,
    enterpriseId: null,
    family: null,
    region: null,
    detail: of,
    workingDays: null,
    subject: name,
  }))
}

/** A body's own rows come to its share on time, and to what is contested of it. */
async function cellAgain(db: Db, set: FigureSet, figure: { cell: RankingCell; memberId: string }) {
  if (figure.cell !== 'on_time' && figure.cell !== 'contested') return undefined
  const by = { dimension: 'member', key: figure.memberId } as const
  const count = (of: ReportSet) => countOfFigure(db, set.known, { set: of, window: 'period', by, counts: 'rows' })
  if (figure.cell === 'contested') return count('report_contested')
  const due = await count('report_due')
  return due === 0 ? null : rounded((await count('report_on_time')) / due)
}

/** The rows that a cell of the quality table rests on, of the body's own (R9). */
async function rankedRows(
  db: Db,
  { asked, rulebook, known, content: { ranking } }: FigureSet,
  { cell, memberId }: { cell: RankingCell; memberId: string },
  page: Page,
): Promise<ReportRow[]> {
  if (ranking === null) return []
  const { windows } = ranking.tables
  const { period } = windows
  const ofScheme = asked.isOnlyScheme ? {} : { schemeCode: asked.key.schemeCode }
  const all = asKnown(rulebook, {
    period,
    years: windows.years.length,
    asOf: asked.spans.cutOffOn,
    isOver: true,
    knownAt: known.knownAt,
    memberId,
    ...ofScheme,
  })
  const rests = restOf(cell)
  const from = rests === 'judged_reports' ? (windows.years.at(-1)?.from ?? period.from) : period.from
  const weighed = ranking.definitions.filter(({ id, axis }) =>
    rests === 'score' ? axis === 'quality' : id === 'on_time_cnca',
  )
  const counters = [...new Set(weighed.flatMap(countersBehind))]
  const rows = await rowsBehind(db, { ...all, memberId, from, lastDays: [period.until] }, counters, page)
  return rows.map(({ kind, id, onDay, counter, family, workingDays }) => ({
    kind,
    id,
    onDay,
    memberId,
    enterpriseId: null,
    family,
    region: null,
    detail: counter,
    workingDays,
    subject: null,
  }))
}
