import { createHash } from 'node:crypto'
import { countMoves } from '../../domain/report/change.ts'
import { annexNames, type ReportAnnexes, type ReportContent, type ReportRow } from '../../domain/report/content.ts'
import { type FigureName, partsOf, type ReportSet } from '../../domain/report/figure.ts'
import {
  disagreementWords,
  memberOfFigure,
  parseReportFigureId,
  type ReportFigureName,
  unitOfFigure,
  valueOfFigure,
  wordsOfFigure,
} from '../../domain/report/named-figure.ts'
import type { Block, Run, Runs } from './blocks.ts'
import { reportChart } from './report-charts.ts'
import { reportBlocks } from './whole.ts'

export type PageRows = {
  /** The freeze that the page shows; null of the draft as it stands now. */
  readonly freeze: number | null
  /** All rows of the sets that are written into the page. */
  readonly rows: readonly (ReportRow & { readonly set: ReportSet })[]
  readonly sets: readonly ReportSet[]
  /** What the rows come to, recovered as they were known at the freeze; null of the draft, which was counted just now. */
  readonly recovered: Pick<ReportContent, 'figures' | 'pace' | 'annexes'> | null
  /** Whether facts recorded since change a figure of the freeze. */
  readonly isOutdated: boolean
}

/** So many rows of one figure are shown. */
const rowsShown = 20

/** The report as one page without scripts: the same content, each figure a link to its definition and rows (R10). */
export async function reportPage(content: ReportContent, annexes: ReportAnnexes, shown: PageRows): Promise<string> {
  const blocks = reportBlocks(content, annexes)
  const body: string[] = []
  for (const block of blocks) body.push(await htmlOf(content, block))
  const ids = [...new Set(blocks.flatMap(figuresIn))]
  const state =
    shown.freeze === null ? '草稿，未冻结 / draft, not frozen' : `第${shown.freeze}次冻结 / freeze ${shown.freeze}`
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(content.title)}</title><style>${style}</style></head><body>
<p class="state">${state}；数据截至 ${escaped(content.knownAt)} / as known at</p>
${warningsOf(content, shown)
  .map(([zh, en]) => `<p class="state warning" role="note">${escaped(zh)}<br><span lang="en">${escaped(en)}</span></p>`)
  .join('\n')}
<main>${body.join('\n')}</main>
<section aria-label="数字出处"><h2 class="first">数字出处 / Where the figures come from</h2>
${ids.map((id) => sourceOf(content, shown, id)).join('\n')}</section></body></html>
`
}

/** For the header that keeps anything else from running or loading: the page needs its own style and nothing more. */
export function pageSecurityPolicy(): string {
  const hash = createHash('sha256').update(style).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

const style = `
:root { color-scheme: light; --ink: #111827; --link: #0b5ea8; --line: #9ca3af }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); font: 1.1rem/1.8 FangSong, 仿宋, STFangsong, "Noto Serif CJK SC", serif }
h1 { text-align: center; font-size: 1.7rem; line-height: 1.4 } .first { font: 700 1.15rem/1.8 SimHei, 黑体, "Noto Sans CJK SC", sans-serif; margin: 1.2em 0 .3em }
.second { font: 1.1rem/1.8 KaiTi, 楷体, STKaiti, serif; margin: .8em 0 .2em } main p { text-indent: 2em; margin: .3em 0 } main p.flush, .state { text-indent: 0 } main p.right { text-align: right; text-indent: 0; padding-right: 4em }
.state { border: 1px solid var(--line); padding: .2em .8em; font: .9rem/1.6 sans-serif } .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .95rem; line-height: 1.5; margin: .3em 0 1em }
caption { font: 700 1rem/1.8 SimHei, 黑体, sans-serif } th, td { border: 1px solid var(--line); padding: .15em .5em; text-align: left; vertical-align: top } a { color: var(--link) } a:focus-visible { outline: 3px solid #c2570c } img { max-width: 100%; height: auto; display: block; margin: 0 auto }
.warning { border-color: #b45309; color: #92400e }
article { border-top: 1px solid var(--line); padding: .3em 0; font: .9rem/1.6 sans-serif } article:target { background: #fef3c7 } article h3 { margin: 0; font-size: 1rem } code { overflow-wrap: anywhere }
@media print { .state, section { display: none } a { color: inherit; text-decoration: none } }
`

async function htmlOf(content: ReportContent, block: Block): Promise<string> {
  switch (block.kind) {
    case 'title':
      return `<h1>${escaped(block.text)}</h1>`
    case 'addressee':
      return `<p class="flush">${escaped(block.text)}</p>`
    case 'heading':
      return `<h${block.level + 1} class="${block.level === 1 ? 'first' : 'second'}">${escaped(block.text)}</h${block.level + 1}>`
    case 'annex':
      return `<h2 class="first">${escaped(`附件${block.number}　${block.text}`)}</h2>`
    case 'annex_note':
      return block.titles
        .map((title, at) => `<p>${escaped(`${at === 0 ? '附件：' : '　　　'}${at + 1}.${title}`)}</p>`)
        .join('')
    case 'paragraph':
      return `<p>${runsOf(block.runs)}</p>`
    case 'closing':
      return `<p>${escaped(block.text)}</p>`
    case 'signature':
      return block.lines.map((line) => `<p class="right">${escaped(line)}</p>`).join('')
    case 'table':
      return tableOf(block)
    case 'chart': {
      const svg = Buffer.from(await reportChart(content, block.chart)).toString('base64')
      return `<img alt="${escaped(block.alternative)}" src="data:image/svg+xml;base64,${svg}">`
    }
  }
}

function tableOf({ caption, head, rows }: Extract<Block, { kind: 'table' }>): string {
  const heads = head.map((text) => `<th scope="col">${escaped(text)}</th>`).join('')
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${runsOf(cell)}</td>`).join('')}</tr>`).join('\n')
  const title = caption === '' ? '' : `<caption>${escaped(caption)}</caption>`
  return `<div class="scroll"><table>${title}<thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`
}

function runsOf(runs: Runs): string {
  return runs.map(runOf).join('')
}

function runOf(run: Run): string {
  if (typeof run === 'string') return escaped(run)
  return `<a href="#${anchorOf(run.figure)}">${escaped(run.text)}</a>`
}

function figuresIn(block: Block): string[] {
  const runs = block.kind === 'paragraph' ? block.runs : block.kind === 'table' ? block.rows.flat(2) : []
  return runs.flatMap((run) => (typeof run === 'string' ? [] : [run.figure]))
}

function anchorOf(id: string): string {
  return escaped(`figure-${id.replaceAll(' ', '_')}`)
}

/** That a freeze is outdated, and that what was recovered is not what was frozen: said before anything else (R4a, R10). */
function warningsOf(
  content: ReportContent,
  { recovered, isOutdated }: PageRows,
): (readonly [zh: string, en: string])[] {
  const moved = recovered === null ? 0 : countMoves(content, recovered).length
  const annexes =
    recovered === null
      ? []
      : annexNames.filter((name) => recovered.annexes[name].sha256 !== content.annexes[name].sha256)
  return [
    ...(isOutdated
      ? ([
          [
            '该冻结已过时：冻结以后登记的事实使其中的数字有变；变化见草稿。',
            'This freeze is outdated: facts recorded since change figures of it; the draft tells what changed.',
          ],
        ] as const)
      : []),
    ...(moved > 0
      ? ([
          [
            `${moved}个数字与按冻结时所知还原的数据行不符，以冻结的文件为准；见各数字的说明。`,
            `${moved} figures are not what the rows come to that were recovered as known at the freeze; the frozen document holds.`,
          ],
        ] as const)
      : []),
    ...(annexes.length > 0
      ? ([
          [
            '按冻结时所知还原的附件与冻结时的不符，以冻结的文件为准。',
            'The annexes recovered as known at the freeze are not those that were frozen; the frozen document holds.',
          ],
        ] as const)
      : []),
  ]
}

/** Definition, value, rows, and the address that answers all of them. */
function sourceOf(content: ReportContent, shown: PageRows, id: string): string {
  const figure = parseReportFigureId(id)
  if (!figure) throw new Error(`${id} names no figure`)
  const memberId = memberOfFigure(figure)
  const words = wordsOfFigure(figure, content.bodies.find((body) => body.memberId === memberId)?.name ?? null)
  const value = `${valueOfFigure(content, figure) ?? '—'}${unitOfFigure(figure)}`
  const address = `/v1/annual-reports/${content.year}/figures/${encodeURIComponent(id)}?scheme=${content.schemeCode}&freeze=${shown.freeze ?? 0}`
  const listed = figure.kind === 'count' ? listOf(content, shown, figure.name) : ''
  return `<article id="${anchorOf(id)}"><h3>${value}</h3><p>${escaped(words.zh)}<br><span lang="en">${escaped(words.en)}</span></p>${disagreement(content, shown, figure)}${listed}<p><code>${escaped(address)}</code></p></article>`
}

/** Rows that do not come to the frozen value are not shown as if they did (R4a). */
function disagreement(content: ReportContent, { recovered }: PageRows, figure: ReportFigureName): string {
  if (recovered === null || (figure.kind !== 'count' && figure.kind !== 'pace')) return ''
  const words = disagreementWords(valueOfFigure(content, figure), valueOfFigure({ ...content, ...recovered }, figure))
  return words === null
    ? ''
    : `<p class="warning">${escaped(words.zh)}<br><span lang="en">${escaped(words.en)}</span></p>`
}

function listOf(content: ReportContent, { rows, sets }: PageRows, name: FigureName): string {
  const parts = partsOf(name.set)
  if (!parts.every((part) => sets.includes(part))) return ''
  return rowList(
    content,
    rows.filter((row) => parts.includes(row.set) && isBehind(content, name, row)),
  )
}

function isBehind({ spans }: ReportContent, { window, by }: FigureName, row: ReportRow): boolean {
  const from = window === 'period' ? spans.from : window === 'year' ? spans.yearFrom : null
  if (from !== null && (row.onDay < from || row.onDay > spans.cutOffOn)) return false
  if (by === null) return true
  const of = { family: row.family, region: row.region, member: row.memberId, detail: row.detail }
  return of[by.dimension] === by.key
}

function rowList({ bodies }: ReportContent, rows: readonly ReportRow[]): string {
  const lines = rows.slice(0, rowsShown).map(({ onDay, memberId, subject, kind, id }) => {
    const member = bodies.find((body) => body.memberId === memberId)?.name ?? ''
    return `<li>${onDay} ${escaped(member)} ${escaped(subject ?? '')} <code>${kind} ${id}</code></li>`
  })
  const rest = rows.length - lines.length
  return `<ul>${lines.join('')}</ul>${rest > 0 ? `<p>另有${rest}行 / ${rest} more</p>` : ''}`
}

/** For text and attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
