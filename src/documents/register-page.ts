import { createHash } from 'node:crypto'
import { type ProductState, productStateNames, productStates } from '../domain/announcement.ts'
import { families } from '../domain/families.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { escaped } from './escaped.ts'

type Words = { readonly zh: string; readonly en: string }
type Count = { readonly enterprises: number; readonly products: number }

type Product = {
  readonly announcementNumber: string
  readonly announcedOn: PlainDate
  readonly place: number
  readonly enterpriseName: string
  readonly productName: string
  readonly memberName: string | null
  readonly certificateNumber: string | null
  readonly differences: readonly Words[]
  readonly present: {
    readonly stateName: Words
    readonly since: PlainDate | null
    readonly reason: Words | null
    readonly holder: string | null
    readonly product: string | null
    readonly certificateNumber: string | null
    readonly member: { readonly name: string } | null
    readonly validUntil: PlainDate | null
    readonly successor: { readonly cameBy: 'transfer' | 'renewal' } | null
  } | null
}

/** What was asked for, as it stands in the address. */
export type PageQuery = Readonly<
  Partial<Record<'on' | 'scheme' | 'batchYear' | 'family' | 'state' | 'text' | 'limit', string>>
>

export type ShownList = {
  readonly totals: {
    readonly on: PlainDate
    readonly announced: Count
    readonly inForce: Count
    readonly notInForce: readonly (Count & {
      readonly state: ProductState
      readonly stateName: Words
      readonly reasons: readonly (Count & Words)[]
    })[]
  }
  readonly products: readonly Product[]
  readonly query: PageQuery
  readonly nextCursor: string | null
}

/** The list as announced and as of a day on one page without scripts, for anybody (N8, N13). */
export function registerPage({ totals, products, query, nextCursor }: ShownList): string {
  const next =
    nextCursor === null
      ? ''
      : `<p><a rel="next" href="?${escaped(new URLSearchParams({ ...query, cursor: nextCursor }).toString())}">下一页 / next page</a></p>`
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>获证产品名单：公告与现状 / Certified products, as announced and today</title><style>${style}</style></head><body>
<h1>获证产品名单：公告与现状 <small lang="en">Certified products, as announced and as of ${totals.on}</small></h1>
${formOf(query)}
${totalsOf(totals)}
<main>${tableOf(products)}${next}</main></body></html>
`
}

/** For the header that keeps anything else from running or loading; the form asks this page again. */
export function registerPageSecurityPolicy(): string {
  const hash = createHash('sha256').update(style).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`
}

const style = `
:root { color-scheme: light; --ink: #111827; --link: #0b5ea8; --line: #9ca3af }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; color: var(--ink); font: 1rem/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif }
h1 { font-size: 1.4rem } small { font-size: .75em; font-weight: 400 } form { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; border: 1px solid var(--line); padding: .6rem }
label { display: grid; font-size: .9rem } input, select, button { font: inherit; padding: .15em .4em; height: 2em; box-sizing: border-box } .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; margin: .6em 0 }
caption { text-align: left; font-weight: 700 } th, td { border: 1px solid var(--line); padding: .2em .5em; text-align: left; vertical-align: top } td.number { text-align: right; font-variant-numeric: tabular-nums } td small { color: #4b5563 }
a { color: var(--link) } a:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible { outline: 3px solid #c2570c }
@media print { form { display: none } }
`

function formOf(query: PageQuery): string {
  const familyChoices = families.map(({ code, zh, en }) => [code, `${zh} / ${en}`] as const)
  const stateChoices = productStates.map((state) => [state, productStateNames[state].join(' / ')] as const)
  return `<form method="get" aria-label="筛选 / filter">
${inputOf('text', '企业、产品或证书编号 / firm, product or number', 'search', query)}
${inputOf('batchYear', '批次年度 / batch year', 'number', query)}
${selectOf('family', '类别 / family', familyChoices, query)}
${selectOf('state', '现状 / state', stateChoices, query)}
${inputOf('on', '日期 / as of', 'date', query)}
${hiddenOf('scheme', query)}${hiddenOf('limit', query)}<button>查询 / ask</button></form>`
}

/** What was asked for and cannot be changed here goes on with the form. */
function hiddenOf(name: keyof PageQuery, query: PageQuery): string {
  const value = query[name]
  return value === undefined ? '' : `<input type="hidden" name="${name}" value="${escaped(value)}">`
}

function inputOf(name: keyof PageQuery, label: string, type: string, query: PageQuery): string {
  return `<label>${label}<input type="${type}" name="${name}" value="${escaped(query[name] ?? '')}"></label>`
}

function selectOf(
  name: keyof PageQuery,
  label: string,
  choices: readonly (readonly [string, string])[],
  query: PageQuery,
): string {
  const options = choices.map(
    ([value, words]) =>
      `<option value="${value}"${query[name] === value ? ' selected' : ''}>${escaped(words)}</option>`,
  )
  return `<label>${label}<select name="${name}"><option value="">全部 / all</option>${options.join('')}</select></label>`
}

function totalsOf({ on, announced, inForce, notInForce }: ShownList['totals']): string {
  const others = notInForce.flatMap(({ stateName, reasons, ...count }) => [
    countRow(`其余：${stateName.zh} / others: ${stateName.en}`, count),
    ...reasons.map(({ zh, en, ...ofReason }) => countRow(`其中：${zh} / of these: ${en}`, ofReason)),
  ])
  return `<div class="scroll"><table><caption>汇总 / Totals</caption><thead><tr><th scope="col"></th><th scope="col">企业（家） / firms</th><th scope="col">产品（个） / products</th></tr></thead><tbody>
${countRow('公告列入 / announced', announced)}
${countRow(`${on} 有效 / in force on the day`, inForce)}
${others.join('\n')}</tbody></table></div>`
}

function countRow(words: string, { enterprises, products }: Count): string {
  return `<tr><th scope="row">${escaped(words)}</th><td class="number">${enterprises}</td><td class="number">${products}</td></tr>`
}

const heads = [
  '公告 / announcement',
  '公告所列企业 / firm as announced',
  '公告所列产品 / product as announced',
  '公告所列证书 / certificate as announced',
  '现状 / state',
  '现证书 / certificate now',
  '与公告的差异 / what is otherwise',
]

function tableOf(products: readonly Product[]): string {
  if (products.length === 0) return '<p>无 / none</p>'
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('')
  return `<div class="scroll"><table><caption>名单 / The list</caption><thead><tr>${head}</tr></thead><tbody>
${products.map(rowOf).join('\n')}</tbody></table></div>`
}

function rowOf(product: Product): string {
  const { announcementNumber, announcedOn, place, enterpriseName, productName, present } = product
  const cells = [
    [announcementNumber, `${announcedOn}，第${place}项 / line ${place}`],
    [enterpriseName, present?.holder ? `现名称 / now: ${present.holder}` : ''],
    [productName, present?.product ? `现名称 / now: ${present.product}` : ''],
    [product.certificateNumber ?? '—', product.memberName ?? ''],
    stateCell(present),
    certificateCell(present),
    [product.differences.map(({ zh }) => zh).join('；') || '无', product.differences.map(({ en }) => en).join('; ')],
  ]
  return `<tr>${cells.map(cellOf).join('')}</tr>`
}

function stateCell(present: Product['present']): string[] {
  if (!present) return ['—', '']
  const { stateName, since, reason } = present
  const why = reason === null ? '' : `：${reason.zh} / ${reason.en}`
  return [`${stateName.zh} / ${stateName.en}`, `${since === null ? '' : `自 ${since} 起 / since`}${why}`]
}

const ways = { transfer: '转移 / by transfer', renewal: '再认证 / by renewal' }

function certificateCell(present: Product['present']): string[] {
  if (!present || present.certificateNumber === null) return ['—', '']
  const { certificateNumber, member, validUntil, successor } = present
  const came = successor === null ? '' : `（${ways[successor.cameBy]}）`
  return [`${certificateNumber}${came}`, `${member?.name ?? ''}，至 ${validUntil} / until`]
}

function cellOf([text = '', beneath = '']: readonly string[]): string {
  return `<td>${escaped(text)}${beneath === '' ? '' : `<br><small>${escaped(beneath)}</small>`}</td>`
}
