import type { ReportContent } from '../../domain/report/content.ts'
import {
  detailName,
  type FigureCounts,
  type Figures,
  figureId,
  figureIn,
  parseFigureId,
  partsOf,
  type ReportDimension,
  type ReportSet,
  type ReportWindow,
  reportDefinitions,
} from '../../domain/report/figure.ts'
import { reportFigureId } from '../../domain/report/named-figure.ts'

/**
 * The report between its data and its faces: what the Word document prints and the page shows is the same, and every
 * figure in it carries its id (R10).
 */
export type FigureRun = { readonly figure: string; readonly text: string }
export type Run = string | FigureRun
export type Runs = readonly Run[]

/** More lines than these stand in the workbook alone: a document is to be read. */
export const linesInDocumentMax = 300

export type ChartName = 'regions' | 'places' | 'expiring'

export type Block =
  | { readonly kind: 'title' | 'addressee' | 'closing'; readonly text: string }
  | { readonly kind: 'signature'; readonly lines: readonly string[] }
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly text: string }
  /** What somebody typed stands as it is. */
  | { readonly kind: 'paragraph'; readonly runs: Runs; readonly isTyped?: true }
  | {
      readonly kind: 'table'
      readonly caption: string
      readonly head: readonly string[]
      readonly rows: readonly (readonly Runs[])[]
      readonly widths: readonly number[]
    }
  | { readonly kind: 'chart'; readonly chart: ChartName; readonly alternative: string }
  /** The annexes by name, as the report lists them before its signature. */
  | { readonly kind: 'annex_note'; readonly titles: readonly string[] }
  | { readonly kind: 'annex'; readonly number: number; readonly text: string }

/** Writes what lies between the figures: say`共${of('certified')}个。` */
export function say(texts: TemplateStringsArray, ...values: readonly (Run | number | Runs)[]): Runs {
  const runs: Run[] = []
  texts.forEach((text, at) => {
    if (text !== '') runs.push(text)
    const value = values[at]
    if (value !== undefined) runs.push(...(Array.isArray(value) ? (value as Run[]) : [asRun(value as Run | number)]))
  })
  return runs
}

function asRun(value: Run | number): Run {
  return typeof value === 'number' ? String(value) : value
}

export type Narrowed = {
  readonly window?: ReportWindow
  readonly by?: readonly [dimension: ReportDimension, key: string]
  readonly counts?: FigureCounts
}

/** Reads figures out of a content, as numbers and as runs that lead to their rows. */
export function figuresOf({ figures, previous = null }: Pick<ReportContent, 'figures'> & Partial<ReportContent>) {
  const nameOf = (set: ReportSet, { window = 'period', by, counts = 'rows' }: Narrowed = {}) => ({
    set,
    window,
    by: by === undefined ? null : { dimension: by[0], key: by[1] },
    counts,
  })
  const value = (set: ReportSet, narrowed?: Narrowed) => figureIn(figures, nameOf(set, narrowed))
  const run = (set: ReportSet, narrowed?: Narrowed): FigureRun => {
    const name = nameOf(set, narrowed)
    return { figure: figureId(name), text: String(figureIn(figures, name)) }
  }
  /** Last year's figure, out of last year's frozen set; null where there is none, or it was not counted then. */
  const valueBefore = (set: ReportSet, narrowed?: Narrowed) =>
    previous === null || !wasCounted(previous, set) ? null : figureIn(previous.figures, nameOf(set, narrowed))
  const before = (set: ReportSet, narrowed?: Narrowed): Run => {
    const count = valueBefore(set, narrowed)
    if (count === null) return '无'
    return { figure: reportFigureId({ kind: 'previous', name: nameOf(set, narrowed) }), text: String(count) }
  }
  /** How it moved against last year; a dash where last year has no frozen set. */
  const change = (set: ReportSet, narrowed?: Narrowed) => changeWords(value(set, narrowed), valueBefore(set, narrowed))
  /** The keys of a dimension that a set has rows for, by their number, most first. */
  const keysIn = (of: Figures, set: ReportSet, dimension: ReportDimension, window: ReportWindow = 'period') =>
    Object.entries(of)
      .flatMap(([id, count]) => {
        const name = id.startsWith(`${set}.${window}.${dimension}.`) ? parseFigureId(id) : undefined
        return name?.by && name.counts === 'rows' ? [{ key: name.by.key, count }] : []
      })
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .map(({ key }) => key)
  const keys = (set: ReportSet, dimension: ReportDimension, window?: ReportWindow) =>
    keysIn(figures, set, dimension, window)
  /** Those that last year's report had. */
  const keysBefore = (set: ReportSet, dimension: ReportDimension) =>
    previous === null ? [] : keysIn(previous.figures, set, dimension)
  /** 未按期接受监督2张、其他1张, each with its link; nothing where the set has no details. */
  const details = (set: ReportSet, window: ReportWindow = 'period'): Runs => {
    const { unit } = reportDefinitions[set]
    return keys(set, 'detail', window).flatMap((key, at) => [
      `${at === 0 ? '' : '、'}${detailName(set, key)?.[0] ?? key}`,
      run(set, { window, by: ['detail', key] }),
      unit,
    ])
  }
  return { value, run, valueBefore, before, change, keys, keysBefore, details }
}

/** What is not there is none, and not nought (R10): a set that last year's report did not count yet. */
function wasCounted({ sets }: NonNullable<ReportContent['previous']>, set: ReportSet): boolean {
  return sets === undefined || partsOf(set).every((part) => sets.includes(part))
}

export type FiguresRead = ReturnType<typeof figuresOf>

/** A share of figures in percent; a dash where the whole is nought. It leads to the rows of its part. */
export function shareRun(part: Run, whole: number | null): Run {
  if (!whole || typeof part === 'string') return '—'
  return { figure: part.figure, text: `${((Number(part.text) / whole) * 100).toFixed(1)}%` }
}

/** Up 3, down 2, the same: against last year; a dash where last year has no frozen set. */
function changeWords(now: number, before: number | null): string {
  if (before === null) return '—'
  return now === before ? '持平' : `${now > before ? '+' : '−'}${Math.abs(now - before)}`
}

export const paragraph = (runs: Runs): Block => ({ kind: 'paragraph', runs })
export const typedParagraph = (text: string): Block => ({ kind: 'paragraph', runs: [text], isTyped: true })
export const heading = (level: 1 | 2, text: string): Block => ({ kind: 'heading', level, text })
export const table = (
  caption: string,
  head: readonly string[],
  widths: readonly number[],
  rows: readonly (readonly (Run | Runs)[])[],
): Block => ({
  kind: 'table',
  caption,
  head,
  widths,
  rows: rows.map((cells) => cells.map((cell) => (Array.isArray(cell) ? (cell as Runs) : [cell as Run]))),
})

/** Runs without their links. */
export function textOf(runs: Runs): string {
  return runs.map((run) => (typeof run === 'string' ? run : run.text)).join('')
}

const tableMark = /表#([a-z_]+)/g

/** Tables are numbered in the order in which they stand: 表#duties becomes 表7, wherever the report names it; what is no table stays as it reads. */
export function numbered(blocks: readonly Block[]): Block[] {
  const names = blocks.flatMap((block) =>
    block.kind === 'table' ? [...block.caption.matchAll(tableMark)].map(([, name]) => name) : [],
  )
  const inText = (text: string) =>
    text.replace(tableMark, (mark, name: string) => (names.includes(name) ? `表${names.indexOf(name) + 1}` : mark))
  return blocks.map((block): Block => {
    switch (block.kind) {
      case 'table':
        return { ...block, caption: inText(block.caption) }
      case 'chart':
        return { ...block, alternative: inText(block.alternative) }
      case 'paragraph':
        return {
          ...block,
          runs: block.isTyped ? block.runs : block.runs.map((run) => (typeof run === 'string' ? inText(run) : run)),
        }
      default:
        return block
    }
  })
}
