import canonicalize from 'canonicalize'
import { z } from 'zod'
import { reportDocument } from '../../documents/report/report-document.ts'
import { reportWorkbook } from '../../documents/report/report-workbook.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { isReportProvisional, problemsOfFreeze } from '../../domain/report/annual-report.ts'
import { isMadeAgain, type ReportContent } from '../../domain/report/content.ts'
import { record } from '../../store/events.ts'
import { settledBefore } from '../../store/known-at.ts'
import { readPolicies } from '../../store/ranking/policies.ts'
import { claimReports, type FreezeHead, freezeContent, freezesOf, insertFreeze } from '../../store/report/reports.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { sha256Of, sha256OfJson } from '../hashes.ts'
import { textInput } from '../inputs.ts'
import { askedReport, ensureReport, type ReportAsked, type ReportKey } from './asked-report.ts'
import { gatherReport, type ReportInputs, readInputs, type TellStep } from './gather-report.ts'
import { factsOf } from './report-facts.ts'

export const freezeInput = z.strictObject({
  documentNumber: textInput(60)
    .optional()
    .meta({ description: '发文字号, as the document prints it.', examples: ['示例认联〔2026〕5号'] }),
  signer: textInput(40).optional().meta({ description: '签发人: the report goes to a superior.' }),
})

/**
 * Freezes the report: what was known, the figures, the texts, their hash, and the documents made from them (R4a, R10). It
 * is reckoned before the transaction, which begins by making sure that nothing was written meanwhile. @throws Refusal
 */
export async function freezeReport(
  registry: Registry,
  context: Context,
  key: ReportKey,
  {
    documentNumber = null,
    signer = null,
  }: { documentNumber?: string | undefined | null; signer?: string | undefined | null },
  tell: TellStep = () => {},
): Promise<FreezeHead> {
  authorise(context, 'reports.write')
  const asked = await readyToFreeze(registry, registry.db, context, key)
  const rulebook = await registry.rulebooks.current(registry.db)
  const knownAt = settledBefore(context.now)
  const inputs = await readInputs(registry.db, asked, { datedOn: context.today, documentNumber, signer })
  const { content, annexes } = await gatherReport(registry.db, rulebook, asked, knownAt, inputs, tell)
  const text = reportText(content)
  await tell('document')
  const document = await reportDocument(content, annexes)
  await tell('workbook')
  const annex = await reportWorkbook(content, annexes)
  return registry.db.transaction(async (tx) => {
    await claimReports(tx, key.schemeCode)
    const now = await readyToFreeze(registry, tx, context, key)
    const present = await readInputs(tx, now, { datedOn: context.today, documentNumber, signer })
    const rests = ({ spans, settings }: ReportAsked, given: ReportInputs) => sha256OfJson({ spans, settings, given })
    if (rests(now, present) !== rests(asked, inputs)) throw refuse('concurrent_change')
    const report = await ensureReport(tx, context, now)
    const before = await freezesOf(tx, report.id)
    if (before.some((each) => each.knownAt > knownAt)) throw refuse('concurrent_change')
    const frozen = {
      reportId: report.id,
      number: before.length + 1,
      frozenOn: context.today,
      knownAt,
      sha256: sha256Of(text),
      documentSha256: sha256Of(document),
      annexSha256: sha256Of(annex),
      recordedAt: context.now,
      recordedBy: context.actor.id,
    }
    await insertFreeze(tx, { ...frozen, content: text, document, annex })
    await record(tx, context, {
      action: 'report.frozen',
      entity: 'annual_report',
      entityId: report.id,
      onDay: context.today,
      changes: { number: frozen.number, sha256: frozen.sha256, knownAt: knownAt.toISOString() },
    })
    return frozen
  })
}

async function readyToFreeze(
  registry: Registry,
  db: Registry['db'],
  context: Context,
  key: ReportKey,
): Promise<ReportAsked> {
  const asked = await askedReport(db, context, key)
  const { calendar } = await registry.rulebooks.current(db)
  const facts = await factsOf(db, asked.report)
  refuseIfAny(problemsOfFreeze(facts, asked.spans.cutOffOn, isReportProvisional(calendar, key.year), context.today))
  return asked
}

/** The bytes that are hashed (RFC 8785). */
export function reportText(content: ReportContent): string {
  const text = canonicalize(content)
  if (text === undefined) throw new Error('a report has no content')
  return text
}

export type ReportReckoning = {
  readonly sha256: string
  /** Of the content as it is reckoned again now, from the registry as it was known then; null of an earlier format. */
  readonly recomputedSha256: string | null
  readonly isSame: boolean | null
}

/** Runs a freeze again, from the facts as they were known then: the same bytes, or it says so (R4a). @throws Refusal */
export async function recomputeReport(
  registry: Registry,
  context: Context,
  key: ReportKey,
  number: number,
): Promise<ReportReckoning> {
  authorise(context, 'reports.read')
  const db = registry.lists
  const { asked, content, sha256, isWhole } = await frozenContent(registry, context, key, number)
  if (!isMadeAgain(content)) return { sha256, recomputedSha256: null, isSame: isWhole ? null : false }
  const calendar = await registry.rulebooks.version(db, content.calendarVersion)
  const rulebook = { ...(await registry.rulebooks.recent(db)), calendar }
  const version = content.ranking?.policyVersion
  const policies = await readPolicies(db)
  const present = await readInputs(db, asked, content)
  const policy = policies.find((each) => each.version === version) ?? present.policy
  const definitions = content.ranking?.definitions ?? present.definitions
  const again = await gatherReport(db, rulebook, asked, new Date(content.knownAt), {
    ...content,
    policy,
    definitions,
  })
  const recomputedSha256 = sha256Of(reportText(again.content))
  return { sha256, recomputedSha256, isSame: isWhole && sha256 === recomputedSha256 }
}

/** @throws Refusal where there is no such freeze */
export async function frozenContent(
  registry: Registry,
  context: Context,
  key: ReportKey,
  number: number,
): Promise<{ asked: ReportAsked; content: ReportContent; sha256: string; isWhole: boolean }> {
  const asked = await askedReport(registry.lists, context, key)
  const freezes = asked.report ? await freezesOf(registry.lists, asked.report.id) : []
  const head = freezes.find((each) => each.number === number)
  const text = asked.report && (await freezeContent(registry.lists, asked.report.id, number))
  if (text === null || !head) throw unknownFreeze(number)
  // What is kept must be what was hashed when it was frozen.
  const isWhole = head.sha256 === sha256Of(text)
  return { asked, content: { ...unsaid, ...(JSON.parse(text) as ReportContent) }, sha256: head.sha256, isWhole }
}

/** What a report that was frozen in an earlier format does not say: it names no decisions and no sets. */
const unsaid = { decisions: [], candidates: [], sets: [] }

export function unknownFreeze(number: number) {
  return refuse('not_found', 'number', { value: number, values: { what: ['冻结', 'freeze'] } })
}
