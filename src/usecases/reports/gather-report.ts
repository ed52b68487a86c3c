import { workingDaysBetween } from '../../domain/calendar.ts'
import { cities } from '../../domain/cities.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { daysBetween, holdsOn } from '../../domain/plain-date.ts'
import { type Indicator, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { policyInForce } from '../../domain/ranking/policy.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { refuse } from '../../domain/refusals.ts'
import { isReportProvisional } from '../../domain/report/annual-report.ts'
import {
  type AnnexMark,
  annexNames,
  type LapseLine,
  type ReportAnnexes,
  type ReportBody,
  type ReportContent,
  reportFormat,
  reportTitle,
  type TextSection,
} from '../../domain/report/content.ts'
import {
  countedSets,
  type Figures,
  figureId,
  partsOf,
  reportDefinitions,
  reportSets,
} from '../../domain/report/figure.ts'
import { rankApart } from '../../statistics/rank-apart.ts'
import { appointmentsOf } from '../../store/alliance.ts'
import type { Db } from '../../store/database.ts'
import { bodyFacts } from '../../store/ranking/counts.ts'
import { readPolicies, type StoredPolicy } from '../../store/ranking/policies.ts'
import { annexRowsMax, certificateLines, changeLines, lapseLines } from '../../store/report/annexes.ts'
import { candidateLines, decisionLines } from '../../store/report/decisions.ts'
import { type Cell, countCells, readPace } from '../../store/report/figures.ts'
import { freezeToCompare, type Paragraph, paragraphsOf } from '../../store/report/reports.ts'
import type { AskedReport } from '../../store/report/rows.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { sha256OfJson } from '../hashes.ts'
import { gatherInput } from '../ranking/gather.ts'
import { askedRows, type ReportAsked } from './asked-report.ts'

/** What a document bears: its day, its number, who signs. */
export type ReportSigns = Pick<ReportContent, 'datedOn' | 'documentNumber' | 'signer'>

/** What goes into a report besides what is counted: run again later, it is taken from the freeze. */
export type ReportInputs = Pick<ReportContent, 'settings' | 'secretariat' | 'texts' | 'previous'> &
  ReportSigns & {
    readonly policy: Pick<StoredPolicy, 'version' | 'policy'>
    readonly definitions: readonly Indicator[]
    readonly sets: ReportContent['sets']
  }

export type GatheredReport = { readonly content: ReportContent; readonly annexes: ReportAnnexes }

/** The steps of the work, as whoever waits is told of them. */
export const reportSteps = ['figures', 'ranking', 'annexes', 'document', 'workbook'] as const
export type ReportStep = (typeof reportSteps)[number]
export const reportStepNames: Readonly<Record<ReportStep, readonly [zh: string, en: string]>> = {
  figures: ['统计数字', 'counting'],
  ranking: ['计算质量和数量', 'ranking'],
  annexes: ['读取附件', 'reading the annexes'],
  document: ['生成文件', 'making the document'],
  workbook: ['生成附表', 'making the workbook'],
}
export type TellStep = (step: ReportStep) => void | Promise<void>

/** Counts a report as it was known at an instant; the same facts and inputs give the same content to the last byte (R4a, R10). */
export async function gatherReport(
  db: Db,
  rulebook: Rulebook,
  asked: ReportAsked,
  knownAt: Date,
  inputs: ReportInputs,
  tell: TellStep = () => {},
): Promise<GatheredReport> {
  const { key, spans } = asked
  const { settings, policy, definitions, sets, ...written } = inputs
  const rows = askedRows({ ...asked, settings }, rulebook, { knownAt, previous: inputs.previous })
  await tell('figures')
  const figures = await readFigures(
    db,
    rows,
    countedSets.filter((set) => sets.includes(set)),
  )
  const bodies = await bodiesOf(db, rows, figures)
  const pace = await readPace(db, rows)
  const [decisions, candidates] = [await decisionLines(db, rows), await candidateLines(db, rows)]
  await tell('ranking')
  const ranking = await rankingOf(db, rulebook, rows, { policy, definitions }, bodies)
  await tell('annexes')
  const annexes = await readAnnexesOf(db, rulebook, rows)
  if (Object.values(annexes).some((lines) => lines.length > annexRowsMax))
    throw refuse('report_annex_too_long', '', { values: { limit: annexRowsMax } })
  // What is counted comes last: a freeze that is run again can't hand in what it is compared with.
  const content: ReportContent = {
    ...written,
    ...key,
    settings,
    title: reportTitle(key.year, settings),
    spans,
    knownAt: knownAt.toISOString(),
    calendarVersion: rulebook.calendar.version,
    isProvisional: isReportProvisional(rulebook.calendar, key.year),
    format: reportFormat,
    sets,
    figures,
    pace,
    regions: regionsOf(settings, figures),
    bodies,
    decisions,
    candidates,
    ranking,
    annexes: marksOf(annexes),
  }
  return { content: rounded(content), annexes }
}

/** The inputs as they stand now. */
export async function readInputs(db: Db, asked: ReportAsked, signs: ReportSigns): Promise<ReportInputs> {
  const { settings, report, spans } = asked
  return {
    settings,
    ...signs,
    secretariat: await secretariatOn(db, asked),
    texts: textsOf(report === null ? [] : await paragraphsOf(db, report.id)),
    previous: await previousOf(db, asked),
    policy: policyInForce(await readPolicies(db), spans.cutOffOn),
    definitions: indicatorsInForce(spans.cutOffOn),
    sets: countedSets,
  }
}

/** Every figure that is not nought, by its id. @param wanted sets that are counted one by one */
export async function readFigures(db: Db, rows: AskedReport, wanted = countedSets): Promise<Figures> {
  const cells = await countCells(db, rows, wanted)
  return Object.fromEntries(
    [...cells, ...summedCells(cells)]
      .flatMap(figuresOf)
      .filter(([, value]) => value > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Sets that are made of others: what fell due of how it ended. Firms and bodies can't be added up. */
function summedCells(cells: readonly Cell[]): Cell[] {
  const made = reportSets.filter((set) => !countedSets.includes(set))
  return made.flatMap((set) => {
    const parts = cells.filter(({ set: part, counts }) => counts === 'rows' && partsOf(set).includes(part))
    const groups = groupedBy(parts, ({ dimension, key }) => `${dimension} ${key}`)
    return [...groups.values()].flatMap((group) => {
      const sum = (of: 'all' | 'period' | 'year') => group.reduce((total, cell) => total + cell[of], 0)
      return group
        .slice(0, 1)
        .map((cell) => ({ ...cell, set, all: sum('all'), period: sum('period'), year: sum('year') }))
    })
  })
}

/** A cell of a dimension without a key is of what has none. */
function figuresOf({ set, counts, dimension, key, ...counted }: Cell): [string, number][] {
  if (dimension !== null && key === null) return []
  const by = dimension === null || key === null ? null : { dimension, key }
  return reportDefinitions[set].windows.map((window) => {
    const value = window === 'period' || window === 'year' ? counted[window] : counted.all
    return [figureId({ set, window, by, counts }), value]
  })
}

/** Every body that a figure speaks of, by name. */
export async function bodiesOf(
  db: Db,
  { knownAt, spans, workingDays }: AskedReport,
  figures: Figures,
): Promise<ReportBody[]> {
  const facts = await bodyFacts(db, {
    knownAt,
    asOf: spans.cutOffOn,
    overOn: spans.cutOffOn,
    from: spans.from,
    until: spans.cutOffOn,
    lastDays: [],
    workingDays,
  })
  const named = new Set(Object.keys(figures).flatMap((id) => id.split('.member.')[1]?.split('.')[0] ?? []))
  return facts.filter(({ memberId }) => named.has(memberId)).map(({ memberId, name }) => ({ memberId, name }))
}

/** The tables of the period with the bodies of the report in them (R9). */
async function rankingOf(
  db: Db,
  rulebook: Rulebook,
  { spans, knownAt, schemeCode, isOnlyScheme }: AskedReport,
  { policy: { version, policy }, definitions }: Pick<ReportInputs, 'policy' | 'definitions'>,
  bodies: readonly ReportBody[],
): Promise<ReportContent['ranking']> {
  const period = { from: spans.from, until: spans.cutOffOn }
  const years = policy.yearWeights.length
  const ofScheme = isOnlyScheme ? {} : { schemeCode }
  const asked = { period, years, asOf: spans.cutOffOn, isOver: true, knownAt, ...ofScheme }
  const input = await gatherInput(db, rulebook, asked, [], definitions)
  const known = new Set(bodies.map(({ memberId }) => memberId))
  const ofReport = {
    ...input,
    bodies: input.bodies.filter(({ memberId }) => known.has(memberId)),
    counts: input.counts.filter(({ memberId }) => known.has(memberId)),
  }
  if (ofReport.bodies.length === 0) return null
  const tables = await rankApart(ofReport, { policy, definitions })
  return {
    policyVersion: version,
    intervalChance: policy.intervalChance,
    definitions,
    tables,
  }
}

export async function readAnnexesOf(db: Db, { calendar }: Rulebook, rows: AskedReport): Promise<ReportAnnexes> {
  const lapses = await lapseLines(db, rows)
  const { cutOffOn } = rows.spans
  return {
    certified: await certificateLines(db, rows, 'certified'),
    lapses: lapses.map(({ memberId: _, ...lapse }): LapseLine => {
      const until = lapse.metOn ?? cutOffOn
      return {
        ...lapse,
        calendarDaysLate: daysBetween(lapse.dueOn, until),
        workingDaysLate: workingDaysBetween(calendar, lapse.dueOn, until),
      }
    }),
    changes: await changeLines(db, rows),
    expiring: await certificateLines(db, rows, 'expiring'),
  }
}

/** What the annexes come to (R4a). */
export function marksOf(annexes: ReportAnnexes): ReportContent['annexes'] {
  const mark = (rows: readonly unknown[]): AnnexMark => ({ rows: rows.length, sha256: sha256OfJson(rows) })
  return Object.fromEntries(annexNames.map((name) => [name, mark(annexes[name])])) as ReportContent['annexes']
}

/** Who runs the alliance at the cut-off (N1). */
async function secretariatOn(db: Db, { spans }: ReportAsked): Promise<string> {
  const present = (await appointmentsOf(db)).find((each) => holdsOn(each, spans.cutOffOn))
  return present?.organisation ?? '国际认证联盟秘书处'
}

const chineseRegions = new Intl.DisplayNames(['zh-CN'], { type: 'region', fallback: 'code' })

/** The 13 cities always, in their official order; countries where the scheme has rows in them, by their codes (R10). */
function regionsOf({ regions }: ReportInputs['settings'], figures: Figures): ReportContent['regions'] {
  const keys = new Set(
    Object.keys(figures).flatMap((id) =>
      id.startsWith('certified.') ? (id.split('.region.')[1]?.replace(/\.enterprises$/, '') ?? []) : [],
    ),
  )
  const rest = keys.has('none') ? [{ key: 'none', name: '未列明' }] : []
  if (regions === 'cities') return [...cities.map(({ code, zh }) => ({ key: code, name: zh })), ...rest]
  const countries = [...keys].filter((key) => key !== 'none').sort()
  return [...countries.map((key) => ({ key, name: countryName(key) })), ...rest]
}

function countryName(key: string): string {
  return /^[A-Z]{2}$/.test(key) ? (chineseRegions.of(key) ?? key) : key
}

/** Figures of the year before, from its own frozen set and from nothing else (R10). */
export async function previousOf(db: Db, { before }: ReportAsked): Promise<ReportContent['previous']> {
  const frozen = before && (await freezeToCompare(db, before.id))
  if (!before || !frozen) return null
  const { figures, knownAt, sets, bodies } = JSON.parse(frozen.content) as ReportContent
  return { year: before.year, freeze: frozen.number, sha256: frozen.sha256, knownAt, sets, bodies, figures }
}

/** What people wrote; paragraphs that were taken out are gone. */
export function textsOf(paragraphs: readonly Paragraph[]): ReportContent['texts'] {
  const standing = groupedBy(paragraphs, ({ section }) => section)
  const inSection = (section: TextSection) =>
    (standing.get(section) ?? []).flatMap(({ text }) => (text === null ? [] : [text]))
  return { main_work: inSection('main_work'), problems: inSection('problems'), next_steps: inSection('next_steps') }
}
