import { createHash } from 'node:crypto'
import { countMoves } from '../../domain/report/change.ts'
import { annexNames, isMadeAgain, type ReportAnnexes, type ReportContent } from '../../domain/report/content.ts'
import { escaped } from '../escaped.ts'
import type { Block, Run, Runs } from './blocks.ts'
import { addressOf, anchorOf, type PageRows, sourcesOf } from './page-sources.ts'
import { reportChart } from './report-charts.ts'
import { reportBlocks } from './whole.ts'

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
${checkOf(content, shown)}
${warningsOf(content, shown)
  .map(([zh, en]) => `<p class="state warning" role="note">${escaped(zh)}<br><span lang="en">${escaped(en)}</span></p>`)
  .join('\n')}
<main>${body.join('\n')}</main>
<section aria-label="数字出处"><h2 class="first">数字出处 / Where the figures come from</h2>
${sourcesOf(content, shown, ids).join('\n')}</section></body></html>
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

/** Counting a whole freeze again takes as long as counting it did: a page says whether that was done (R4a). */
function checkOf(content: ReportContent, shown: PageRows): string {
  if (shown.freeze === null) return ''
  if (!isMadeAgain(content))
    return `<p class="state" role="note">该冻结由较早版本的系统生成，只供读取，不再重新核算；以下数据行和附件按现行定义读取，以留存的文件为准。<br><span lang="en">This freeze was made by an earlier version: it is read, and not counted again; rows and annexes below are read under the present definitions, and the stored file holds.</span></p>`
  const address = escaped(`${addressOf(content, shown, 'preview')}&check=true`)
  return shown.checked === null
    ? `<p class="state" role="note">未重新核算：数据行是否仍合计为冻结的数字，冻结以后登记的事实是否使其有变，<a href="${address}">核算后可知</a>。<br><span lang="en">Not counted again: whether the rows still come to what was frozen, and whether facts recorded since change it, is told by <a href="${address}">the page that counts</a>.</span></p>`
    : `<p class="state" role="note">各项计数和报送用时已重新核算；不符之处均予注明。<br><span lang="en">Counts and pace were counted again; where they differ it is said.</span></p>`
}

/** That a freeze is outdated, and that what was recovered is not what was frozen: said before anything else (R4a, R10). */
function warningsOf(content: ReportContent, { annexes, checked }: PageRows): (readonly [zh: string, en: string])[] {
  const moved = checked === null ? 0 : countMoves(content, checked.recovered).length
  const otherwise = annexNames.filter(
    (name) => annexes !== null && annexes[name].sha256 !== content.annexes[name].sha256,
  )
  return [
    ...(checked?.isOutdated
      ? ([
          [
            '该冻结已过时：冻结以后登记的事实使其中的数字、决定或候选机构有变；变化见草稿。',
            'This freeze is outdated: facts recorded since change its figures, decisions or candidates; the draft tells what changed.',
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
    ...(otherwise.length > 0
      ? ([
          [
            '按冻结时所知还原的附件与冻结时的不符，以冻结的文件为准。',
            'The annexes recovered as known at the freeze are not those that were frozen; the frozen document holds.',
          ],
        ] as const)
      : []),
  ]
}
