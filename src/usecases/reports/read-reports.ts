import { z } from 'zod'
import { reportPage } from '../../documents/report/report-page.ts'
import { dueSoonUntil, type ObligationState, obligationStateNames } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import {
  isReportProvisional,
  type ReportState,
  reportDueOn,
  reportDutyOn,
  reportStateNames,
  reportStateOn,
} from '../../domain/report/annual-report.ts'
import {
  figureMoves,
  isFreezeOutdated,
  isSameQuestion,
  moveWords,
  type PartChange,
  partChanges,
  type ReportedFacts,
} from '../../domain/report/change.ts'
import { isMadeAgain, type ReportContent, type ReportSettings, reportTitle } from '../../domain/report/content.ts'
import { countedSets, figureIn, type ReportSet, reportDefinitions } from '../../domain/report/figure.ts'
import {
  bodyNames,
  everyFigure,
  memberOfFigure,
  parseReportFigureId,
  wordsOfFigure,
} from '../../domain/report/named-figure.ts'
import type { Db } from '../../store/database.ts'
import { candidateLines, decisionLines } from '../../store/report/decisions.ts'
import { readPace, rowsOfSets } from '../../store/report/figures.ts'
import {
  type FreezeHead,
  freezesOf,
  frozenFile,
  type Paragraph,
  paragraphsOf,
  type SubmissionRow,
  submissionsOf,
  versionsOf,
} from '../../store/report/reports.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { askedReport, askedRows, findAsked, type ReportAsked, type ReportKey, schemeQuery } from './asked-report.ts'
import { frozenContent, unknownFreeze } from './freeze-report.ts'
import { type GatheredReport, gatherReport, marksOf, readAnnexesOf, readFigures, readInputs } from './gather-report.ts'
import { owedReports } from './owed-reports.ts'
import { factsFrom } from './report-facts.ts'
import type { paragraphParams } from './write-paragraph.ts'

type Words = { readonly zh: string; readonly en: string }

export type ReportView = {
  readonly schemeCode: string
  readonly year: number
  readonly title: string
  readonly settings: ReportSettings
  readonly state: ReportState
  readonly stateName: Words
  readonly openedOn: PlainDate
  readonly fromOn: PlainDate
  readonly cutOffOn: PlainDate
  readonly dueOn: PlainDate
  /** The calendar of the year is not recorded: its due day and working days are provisional (R1). */
  readonly isProvisional: boolean
  readonly metOn: PlainDate | null
  readonly dutyState: ObligationState
  readonly dutyStateName: Words
  readonly freezes: readonly FreezeHead[]
  readonly submissions: readonly SubmissionRow[]
  readonly paragraphs: readonly Paragraph[]
}

/** The reports of a scheme, the latest year first: all that are owed, whether or not anybody opened them (N5). @throws Refusal */
export async function readReports(
  registry: Registry,
  context: Context,
  { scheme }: z.infer<typeof schemeQuery>,
): Promise<{ items: ReportView[] }> {
  authorise(context, 'reports.read')
  const { calendar } = await registry.rulebooks.recent(registry.lists)
  const owed = await owedReports(registry.lists, calendar, scheme, context.today)
  const items: ReportView[] = []
  for (const { year } of owed.reverse()) {
    const asked = await findAsked(registry.lists, context, { schemeCode: scheme, year })
    if (asked) items.push(await viewOf(registry, context, asked))
  }
  return { items }
}

/** One report with what was written, frozen and handed in of it. @throws Refusal */
export async function readReport(registry: Registry, context: Context, key: ReportKey): Promise<ReportView> {
  authorise(context, 'reports.read')
  return viewOf(registry, context, await askedReport(registry.db, context, key))
}

const inBoth = ([zh, en]: readonly [zh: string, en: string]): Words => ({ zh, en })

async function viewOf(registry: Registry, context: Context, asked: ReportAsked): Promise<ReportView> {
  const { db } = registry
  const { report, key, settings, spans, openedOn } = asked
  const { calendar } = await registry.rulebooks.recent(db)
  const freezes = report === null ? [] : await freezesOf(db, report.id)
  const submissions = report === null ? [] : await submissionsOf(db, report.id)
  const facts = factsFrom(freezes, submissions)
  const state = reportStateOn(facts, context.today)
  const dueOn = reportDueOn(calendar, key.year)
  const duty = reportDutyOn(facts, dueOn, context.today, dueSoonUntil(calendar, context.today, 2))
  return {
    ...key,
    title: reportTitle(key.year, settings),
    settings,
    state,
    stateName: inBoth(reportStateNames[state]),
    openedOn,
    fromOn: spans.from,
    cutOffOn: spans.cutOffOn,
    dueOn,
    isProvisional: isReportProvisional(calendar, key.year),
    metOn: duty.metOn,
    dutyState: duty.state,
    dutyStateName: inBoth(obligationStateNames[duty.state]),
    freezes,
    submissions,
    paragraphs: report === null ? [] : await paragraphsOf(db, report.id),
  }
}

/** Every version of a paragraph (R4a). @throws Refusal */
export async function readParagraphVersions(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { section, place }: z.infer<typeof paragraphParams>,
): Promise<{ items: Paragraph[] }> {
  authorise(context, 'reports.read')
  const { report } = await askedReport(registry.lists, context, key)
  return { items: report === null ? [] : await versionsOf(registry.lists, report.id, section, place) }
}

export const freezeQuery = schemeQuery.extend({
  freeze: z.coerce.number().int().min(0).max(10_000).optional().meta({
    description: 'A freeze by its number; 0 is the draft as it stands now. The latest freeze unless it is given.',
  }),
})

export type FigureChange = {
  readonly id: string
  /** Null where it was not there. */
  readonly before: number | null
  /** Null where it is there no longer. */
  readonly now: number | null
  readonly words: Words
}

export type ChangesSince = {
  /** The latest freeze: what is handed in is always the latest of its time (N5). */
  readonly freeze: number
  readonly frozenOn: PlainDate
  readonly knownAt: Date
  readonly isSubmitted: boolean
  /** Whether facts recorded since change its counts, pace, decisions or candidates; null of an earlier format. */
  readonly isOutdated: boolean | null
}

export type DraftView = {
  readonly content: ReportContent
  /** What the draft is compared with; null where nothing was frozen. */
  readonly since: ChangesSince | null
  /** Figures that differ since then; null where nothing was frozen. */
  readonly changes: readonly FigureChange[] | null
  /** What else reads otherwise. */
  readonly parts: readonly PartChange[] | null
}

/** The report as it would be frozen now, and what changed since the latest freeze (R10). @throws Refusal */
export async function readDraft(registry: Registry, context: Context, key: ReportKey): Promise<DraftView> {
  authorise(context, 'reports.read')
  const { asked, content } = await draft(registry, context, key)
  const latest = asked.report && (await freezesOf(registry.lists, asked.report.id)).at(-1)
  if (!asked.report || !latest) return { content, since: null, changes: null, parts: null }
  const set = await frozenSet(registry, context, key, latest.number)
  const submissions = await submissionsOf(registry.lists, asked.report.id)
  const since = {
    freeze: latest.number,
    frozenOn: latest.frozenOn,
    knownAt: latest.knownAt,
    isSubmitted: submissions.some(({ freezeNumber }) => freezeNumber === latest.number),
    isOutdated: isMadeAgain(set.content)
      ? isFreezeOutdated(
          set.content,
          isSameQuestion(set.content, content) ? content : await factsAt(registry.lists, set, context.now),
        )
      : null,
  }
  const names = new Map([...bodyNames(set.content), ...bodyNames(content)])
  const changes = figureMoves(set.content, content).map((move) => ({
    ...move,
    words: moveWords(move, wordsOf(names, move.id)),
  }))
  return { content, since, changes, parts: partChanges(set.content, content) }
}

/** What a freeze counted, asked again of the registry as it is known at another instant. */
async function countedAt(db: Db, { asked, content, rulebook }: FrozenSet, knownAt: Date) {
  const known = askedRows(asked, rulebook, { knownAt, previous: content.previous })
  return {
    figures: await readFigures(
      db,
      known,
      content.sets.filter((set) => countedSets.includes(set)),
    ),
    pace: await readPace(db, known),
  }
}

/** What a freeze says of recorded facts, asked again. */
async function factsAt(db: Db, set: FrozenSet, knownAt: Date): Promise<ReportedFacts> {
  const known = askedRows(set.asked, set.rulebook, { knownAt, previous: set.content.previous })
  return {
    ...(await countedAt(db, set, knownAt)),
    decisions: await decisionLines(db, known),
    candidates: await candidateLines(db, known),
  }
}

/** As a draft bears them. */
const unsigned = ({ today }: Context) => ({ datedOn: today, documentNumber: null, signer: null })

type Read = GatheredReport & {
  readonly asked: ReportAsked
  readonly rulebook: Rulebook
  readonly freeze: number | null
}

export async function draft(registry: Registry, context: Context, key: ReportKey): Promise<Read> {
  const db = registry.lists
  const asked = await askedReport(db, context, key)
  const rulebook = await registry.rulebooks.recent(registry.db)
  const gathered = await gatherReport(db, rulebook, asked, context.now, await readInputs(db, asked, unsigned(context)))
  return { ...gathered, asked, rulebook, freeze: null }
}

/** The data set that is asked for: a freeze, or the draft. */
async function readSet(
  registry: Registry,
  context: Context,
  key: ReportKey,
  number: number | undefined,
): Promise<Omit<Read, 'annexes'>> {
  const asked = await askedReport(registry.lists, context, key)
  const latest = asked.report === null ? undefined : (await freezesOf(registry.lists, asked.report.id)).at(-1)?.number
  const wanted = number ?? latest ?? 0
  if (wanted === 0) return draft(registry, context, key)
  return frozenSet(registry, context, key, wanted)
}

type FrozenSet = Omit<Read, 'annexes'>

/** A freeze, with the settings, the days and the calendar that it was made with. */
export async function frozenSet(
  registry: Registry,
  context: Context,
  key: ReportKey,
  number: number,
): Promise<FrozenSet> {
  const { asked, content } = await frozenContent(registry, context, key, number)
  const calendar = await registry.rulebooks.version(registry.db, content.calendarVersion)
  return {
    asked: { ...asked, settings: content.settings, spans: content.spans },
    content,
    rulebook: { calendar, rules: [] },
    freeze: number,
  }
}

function wordsOf(names: ReadonlyMap<string, string>, id: string): Words {
  const figure = parseReportFigureId(id)
  // What an earlier format counted may have no name any more.
  return figure ? wordsOfFigure(figure, names.get(memberOfFigure(figure) ?? '') ?? null) : { zh: id, en: id }
}

/** The rows that a content was made of. */
export function knownThen(asked: ReportAsked, rulebook: Rulebook, { knownAt, previous }: ReportContent) {
  return askedRows(asked, rulebook, { knownAt: new Date(knownAt), previous })
}

/** Every figure of a data set that is not nought, measured and last year’s ones among them, each with its words (R10). @throws Refusal */
export async function readReportFigures(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { freeze: number }: z.infer<typeof freezeQuery>,
): Promise<{ freeze: number | null; knownAt: string; items: { id: string; value: number; definition: Words }[] }> {
  authorise(context, 'reports.read')
  const { content, freeze } = await readSet(registry, context, key, number)
  const items = everyFigure(content).map(({ words, ...figure }) => ({ ...figure, definition: words }))
  return { freeze, knownAt: content.knownAt, items }
}

/** One of the stored files: its bytes are the record (R10). @throws Refusal */
export async function readReportFile(
  registry: Registry,
  context: Context,
  key: ReportKey,
  number: number,
  file: 'document' | 'annex',
): Promise<Buffer> {
  authorise(context, 'reports.read')
  const { report } = await askedReport(registry.lists, context, key)
  const bytes = report && (await frozenFile(registry.lists, report.id, number, file))
  if (bytes === null) throw unknownFreeze(number)
  return bytes
}

/** Sets with more rows than this are not written into the preview; their figures lead to the list by REST. */
const rowsInPreviewMax = 2_000

export const previewQuery = freezeQuery.extend({
  check: z.stringbool().default(false).meta({
    description:
      'Counts the whole freeze again, as it was known then and as it is known now, and marks what differs; takes as long as freezing it did.',
  }),
})

/** The report as a page, in which every figure leads to its definition and rows (R10). @throws Refusal */
export async function readPreview(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { freeze: number, check }: z.infer<typeof previewQuery>,
): Promise<string> {
  authorise(context, 'reports.read')
  const set = await readSet(registry, context, key, number)
  const { asked, content, rulebook, freeze } = set
  const db = registry.lists
  const known = knownThen(asked, rulebook, content)
  const annexes = await readAnnexesOf(db, rulebook, known)
  const small = countedSets.filter((each) => rowsOfSet(content, each) <= rowsInPreviewMax)
  const rows = await rowsOfSets(db, known, small)
  const isRecovered = freeze !== null && isMadeAgain(content)
  const shown = { freeze, rows, sets: small, annexes: isRecovered ? marksOf(annexes) : null }
  const checked = isRecovered && check ? await checkedAgain(db, set, context) : null
  return reportPage(content, annexes, { ...shown, checked })
}

/** A freeze counted once more, as it was known and as it is known now (R4a). */
async function checkedAgain(db: Db, set: FrozenSet, { now }: Context) {
  const recovered = await countedAt(db, set, new Date(set.content.knownAt))
  return { recovered, isOutdated: isFreezeOutdated(set.content, await factsAt(db, set, now)) }
}

function rowsOfSet({ figures }: ReportContent, set: ReportSet): number {
  const counted = reportDefinitions[set].windows.map((window) =>
    figureIn(figures, { set, window, by: null, counts: 'rows' }),
  )
  return Math.max(...counted)
}
