import { groupedBy } from '../../domain/grouped.ts'
import type { ReportContent, ReportRow } from '../../domain/report/content.ts'
import { type FigureName, figureIn, partsOf, type ReportSet, type RowsAsked } from '../../domain/report/figure.ts'
import {
  bodyNames,
  disagreementWords,
  memberOfFigure,
  parseReportFigureId,
  type ReportFigureName,
  reportsMade,
  unitOfFigure,
  valueOfFigure,
  wordsOfFigure,
} from '../../domain/report/named-figure.ts'
import { escaped } from '../escaped.ts'

export type RowInPage = ReportRow & { readonly set: ReportSet }

export type PageRows = {
  /** The freeze that the page shows; null of the draft as it stands now. */
  readonly freeze: number | null
  /** All rows of the sets that are written into the page. */
  readonly rows: readonly RowInPage[]
  readonly sets: readonly ReportSet[]
  /** The annexes as they were recovered; null of the draft. */
  readonly annexes: ReportContent['annexes'] | null
  /** What the whole freeze came to when it was counted again; null where nobody asked for that, and of the draft. */
  readonly checked: {
    /** As it was known at the freeze. */
    readonly recovered: Pick<ReportContent, 'figures' | 'pace'>
    /** Whether facts recorded since change its counts, pace, decisions or candidates. */
    readonly isOutdated: boolean
  } | null
}

/** So many rows of one figure are shown. */
const rowsShown = 20

/** Where each of these figures comes from: definition, value, rows, and the address that answers all of them (R10). */
export function sourcesOf(content: ReportContent, shown: PageRows, ids: readonly string[]): string[] {
  const names = bodyNames(content)
  const rowsOf = rowsByFigure(content, shown.rows)
  return ids.map((id) => {
    const figure = parseReportFigureId(id)
    if (!figure) throw new Error(`${id} names no figure`)
    const words = wordsOfFigure(figure, names.get(memberOfFigure(figure) ?? '') ?? null)
    const value = `${valueOfFigure(content, figure) ?? '—'}${unitOfFigure(figure)}`
    const asked = rowsInPage(figure)
    const isListed = asked?.sets.every((set) => shown.sets.includes(set)) ?? false
    const list = asked && isListed ? rowList(names, rowsOf(asked)) : ''
    return `<article id="${anchorOf(id)}"><h3>${value}</h3><p>${escaped(words.zh)}<br><span lang="en">${escaped(words.en)}</span></p>${disagreement(content, shown, figure)}${list}<p>${linkTo(content, shown, id, figure)}</p></article>`
  })
}

export function anchorOf(id: string): string {
  return escaped(`figure-${id.replaceAll(' ', '_')}`)
}

export function addressOf({ year, schemeCode }: ReportContent, { freeze }: PageRows, path: string): string {
  return `/v1/annual-reports/${year}/${path}?scheme=${encodeURIComponent(schemeCode)}&freeze=${freeze ?? 0}`
}

/** All rows, wherever the page lists some of them or none. */
function linkTo(content: ReportContent, shown: PageRows, id: string, figure: ReportFigureName): string {
  const count = rowCount(content, figure)
  const [zh, en] =
    count === null
      ? ['所依据的全部数据行', 'all rows that it rests on']
      : [count === 0 ? '无数据行' : `全部${count}行`, count === 0 ? 'no rows' : `rows: ${count}`]
  const address = escaped(addressOf(content, shown, `figures/${encodeURIComponent(id)}`))
  return `<a href="${address}">${zh} / ${en}<br><code>${address}</code></a>`
}

/** How many rows a figure leads to; null of a cell of the quality table, which rests on rows of several years. */
function rowCount(content: ReportContent, figure: ReportFigureName): number | null {
  const { figures, previous } = content
  if (figure.kind === 'ranking') return null
  if (figure.kind === 'bodies') return valueOfFigure(content, figure)
  if (figure.kind === 'previous') return figureIn(previous?.figures ?? {}, { ...figure.name, counts: 'rows' })
  const names =
    figure.kind === 'pace'
      ? reportsMade.map((set) => ({ set, window: 'period', by: null }) as const)
      : [{ ...figure.name }]
  return names.reduce((sum, name) => sum + figureIn(figures, { ...name, counts: 'rows' }), 0)
}

/** Null where the rows are of another year’s freeze, or of the ranking: those are not written into the page. */
function rowsInPage(figure: ReportFigureName): RowsAsked | null {
  if (figure.kind === 'count') return { ...figure.name, sets: partsOf(figure.name.set) }
  return figure.kind === 'pace' ? { sets: reportsMade, window: 'period', by: null } : null
}

/**
 * The rows behind a figure, by day. They are grouped once by set and by what they may be narrowed by: a report of
 * hundreds of bodies has tens of thousands of figures, none of which goes through the rows of the others.
 */
export function rowsByFigure({ spans }: Pick<ReportContent, 'spans'>, rows: readonly RowInPage[]) {
  const ofSets = groupedBy(rows, ({ set }) => set)
  const ofKeys = new Map<string, ReadonlyMap<string | null, readonly RowInPage[]>>()
  const narrowed = (set: ReportSet, { dimension, key }: NonNullable<FigureName['by']>) => {
    const name = `${set}.${dimension}`
    const column = dimension === 'member' ? 'memberId' : dimension
    const groups = ofKeys.get(name) ?? groupedBy(ofSets.get(set) ?? [], (row) => row[column])
    ofKeys.set(name, groups)
    return groups.get(key) ?? []
  }
  return ({ sets, window, by }: RowsAsked): ReportRow[] => {
    const from = window === 'period' ? spans.from : window === 'year' ? spans.yearFrom : null
    const isWithin = ({ onDay }: ReportRow) => from === null || (onDay >= from && onDay <= spans.cutOffOn)
    const found = sets.flatMap((set) => (by === null ? (ofSets.get(set) ?? []) : narrowed(set, by)).filter(isWithin))
    return found.sort((a, b) => (a.onDay === b.onDay ? (a.id < b.id ? -1 : 1) : a.onDay < b.onDay ? -1 : 1))
  }
}

function rowList(names: ReadonlyMap<string, string>, rows: readonly ReportRow[]): string {
  const lines = rows.slice(0, rowsShown).map(({ onDay, memberId, subject, kind, id }) => {
    const member = names.get(memberId ?? '') ?? ''
    return `<li>${onDay} ${escaped(member)} ${escaped(subject ?? '')} <code>${kind} ${id}</code></li>`
  })
  const rest = rows.length - lines.length
  return `<ul>${lines.join('')}</ul>${rest > 0 ? `<p>另有${rest}行 / ${rest} more</p>` : ''}`
}

/** Rows that do not come to the frozen value are not shown as if they did (R4a). */
function disagreement(content: ReportContent, { checked }: PageRows, figure: ReportFigureName): string {
  if (checked === null || (figure.kind !== 'count' && figure.kind !== 'pace')) return ''
  const again = valueOfFigure({ ...content, ...checked.recovered }, figure)
  const words = disagreementWords(valueOfFigure(content, figure), again)
  return words === null
    ? ''
    : `<p class="warning">${escaped(words.zh)}<br><span lang="en">${escaped(words.en)}</span></p>`
}
