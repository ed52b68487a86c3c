import type { z } from 'zod'
import { articlesFor } from '../../domain/articles.ts'
import {
  type EvidencePack,
  earlierYears,
  type FindingTold,
  findingsToldMax,
  type LapseFact,
  type LapseSummary,
  lapsesMax,
  type NoticeTold,
} from '../../domain/evidence-pack.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { addDays, addMonths, type PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { standingOn } from '../../domain/standing.ts'
import { findFinding } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { findingsTold, lapsesOf, type NoticeSaid, saidAbout } from '../../store/evidence.ts'
import { findMember, standingHistoryOf } from '../../store/members.ts'
import { findObligation, type Obligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { explanationView } from '../explanations/explanation-view.ts'
import { sha256OfJson } from '../hashes.ts'
import { dayInput, idInput } from '../inputs.ts'
import { type ExplainedObligation, explainedObligations, obligationView } from '../obligations/obligation-view.ts'

/** A pack with the SHA-256 of its canonical JSON. */
export type PackMade = EvidencePack & { readonly sha256: string }

/** What a pack is asked for: just one of a late report, a finding, and a body with a period (N7). */
export const subjectInput = {
  obligationId: idInput.optional().meta({ description: 'A report that is overdue or was late.' }),
  findingId: idInput.optional().meta({ description: 'A finding that stands.' }),
  memberId: idInput.optional().meta({ description: 'A body, with `from` and `until`.' }),
  from: dayInput.optional(),
  until: dayInput.optional(),
}
type SubjectInput = z.infer<z.ZodObject<typeof subjectInput>>

export type Subject =
  | { readonly about: 'obligation'; readonly id: string }
  | { readonly about: 'finding'; readonly id: string }
  | { readonly about: 'period'; readonly memberId: string; readonly from: PlainDate; readonly until: PlainDate }

/** @throws Refusal unless it is just one */
export function subjectOf({ obligationId, findingId, memberId, from, until }: SubjectInput): Subject {
  const given = [obligationId, findingId, memberId ?? from ?? until].filter((each) => each !== undefined)
  if (given.length !== 1) throw refuse('pack_subject_unclear')
  if (obligationId !== undefined) return { about: 'obligation', id: obligationId }
  if (findingId !== undefined) return { about: 'finding', id: findingId }
  if (memberId === undefined || from === undefined || until === undefined) throw refuse('pack_subject_unclear')
  return { about: 'period', memberId, from, until }
}

/** The pack of what is asked for, as it is known now; nothing is kept of it (N7). @throws Refusal */
export async function readPack(registry: Registry, context: Context, subject: Subject): Promise<PackMade> {
  authorise(context, 'evidence.read')
  return registry.db.transaction((tx) => packOf(tx, registry, context, subject))
}

/** The same inside a transaction. @throws Refusal */
export async function packOf(tx: Db, registry: Registry, context: Context, subject: Subject): Promise<PackMade> {
  const rulebook = await registry.rulebooks.current(tx)
  const asked = await askedFor(tx, context, rulebook, subject)
  const { today, now } = context
  const lapses = await lapseFacts(tx, registry, context, rulebook, asked.lapses.rows)
  const earlier = await lapsesOf(tx, {
    memberId: asked.memberId,
    from: null,
    until: asked.earlierUntil,
    on: today,
    except: subject.about === 'obligation' ? subject.id : null,
    limit: lapsesMax,
  })
  const told = await findingsTold(tx, { ...asked.findings, memberId: asked.memberId, limit: findingsToldMax })
  const pack: EvidencePack = {
    about: subject.about,
    knownAt: now.toISOString(),
    asOf: today,
    period: subject.about === 'period' ? { from: subject.from, until: subject.until } : null,
    member: await memberFacts(tx, asked.memberId, today),
    obligations: lapses.map(({ fact }) => fact),
    obligationCount: asked.lapses.count,
    earlierLapses: earlier.rows.map((row) => summaryOf(row, rulebook, today)),
    earlierLapseCount: earlier.count,
    findings: told.rows,
    findingCount: told.count,
    articles: articlesFor(
      lapses.map(({ fact: { duty } }) => duty),
      told.rows.map(({ kind }) => kind),
    ),
    restsOn: [...lapses.flatMap(({ hashes }) => hashes), ...told.rows.flatMap(hashesOfFinding)],
  }
  return { ...pack, sha256: sha256OfJson(pack) }
}

type Asked = {
  readonly memberId: string
  readonly lapses: { readonly rows: readonly Obligation[]; readonly count: number }
  /** Until when other lapses are earlier ones. */
  readonly earlierUntil: PlainDate
  readonly findings: { readonly from: PlainDate; readonly until: PlainDate; readonly first: string | null }
}

function askedFor(tx: Db, context: Context, rulebook: Rulebook, subject: Subject): Promise<Asked> {
  switch (subject.about) {
    case 'obligation':
      return askedOfObligation(tx, context, rulebook, subject.id)
    case 'finding':
      return askedOfFinding(tx, subject.id)
    case 'period':
      return askedOfPeriod(tx, context, subject)
  }
}

async function askedOfObligation(tx: Db, { today }: Context, rulebook: Rulebook, id: string): Promise<Asked> {
  const obligation = await findObligation(tx, id)
  if (!obligation) throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
  const { state } = obligationView(obligation, rulebook, today)
  if (state !== 'overdue' && state !== 'met_late') throw refuse('obligation_not_late', 'id')
  const { memberId, dueOn } = obligation
  const findings = { from: yearsBefore(dueOn), until: today, first: null }
  return { memberId, lapses: { rows: [obligation], count: 1 }, earlierUntil: dueOn, findings }
}

async function askedOfFinding(tx: Db, id: string): Promise<Asked> {
  const finding = await findFinding(tx, id)
  if (!finding) throw refuse('not_found', 'id', { values: { what: ['问题', 'finding'] } })
  if (finding.annulledOn !== null) throw refuse('annulled_already', 'id', { values: { since: finding.annulledOn } })
  const { memberId, foundOn } = finding
  const findings = { from: yearsBefore(foundOn), until: foundOn, first: id }
  return { memberId, lapses: { rows: [], count: 0 }, earlierUntil: foundOn, findings }
}

async function askedOfPeriod(
  tx: Db,
  { today }: Context,
  { memberId, from, until }: Extract<Subject, { about: 'period' }>,
): Promise<Asked> {
  if (until < from) throw refuse('span_reversed', 'until', { value: until })
  if (!(await findMember(tx, memberId))) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  const lapses = await lapsesOf(tx, { memberId, from, until, on: today, except: null, limit: lapsesMax })
  return { memberId, lapses, earlierUntil: addDays(from, -1), findings: { from, until, first: null } }
}

const yearsBefore = (day: PlainDate) => addMonths(day, -12 * earlierYears)

function hashesOfFinding(finding: FindingTold): EvidencePack['restsOn'] {
  return [
    { what: 'finding', id: finding.id, sha256: sha256OfJson(finding) },
    ...finding.attachments.map(({ id, sha256 }) => ({ what: 'attachment' as const, id, sha256 })),
  ]
}

async function memberFacts(tx: Db, memberId: string, on: PlainDate): Promise<EvidencePack['member']> {
  const member = await findMember(tx, memberId)
  if (!member) throw new Error(`member ${memberId} vanished`)
  const { id, name, approvalNumber, creditCode } = member
  return { id, name, approvalNumber, creditCode, standing: standingOn(await standingHistoryOf(tx, memberId), on) }
}

function summaryOf(row: Obligation, rulebook: Rulebook, on: PlainDate): LapseSummary {
  const { id, duty, subject, dueOn, metOn, state, lateness } = obligationView(row, rulebook, on)
  const { calendarDays: calendarDaysLate = null, workingDays: workingDaysLate = null } = lateness ?? {}
  return { id, duty, subject, dueOn, metOn, state, calendarDaysLate, workingDaysLate }
}

async function lapseFacts(
  tx: Db,
  registry: Registry,
  { today }: Context,
  rulebook: Rulebook,
  rows: readonly Obligation[],
): Promise<{ fact: LapseFact; hashes: EvidencePack['restsOn'] }[]> {
  const views = await explainedObligations(tx, registry.rulebooks, rulebook, rows, today)
  const { said, received, explained } = await saidAbout(
    tx,
    rows.map(({ id }) => id),
  )
  const notices = groupedBy(said, ({ obligationId }) => obligationId)
  const receipts = groupedBy(received, ({ obligationId }) => obligationId)
  const explanations = groupedBy(explained, ({ obligationId }) => obligationId)
  return views.map((view, at) => {
    const heard = (notices.get(view.id) ?? []).map(noticeTold)
    const fact: LapseFact = {
      ...summaryOf(rows[at] as Obligation, rulebook, today),
      ...clockOf(view),
      contested: view.contested,
      receipts: (receipts.get(view.id) ?? []).map(({ reportedOn, receiptNumber, supersededAt, recordedAt }) => {
        return { reportedOn, receiptNumber, isCurrent: supersededAt === null, recordedAt: recordedAt.toISOString() }
      }),
      notices: heard,
      explanations: (explanations.get(view.id) ?? []).map(explanationView).map(({ text, state, recordedAt }) => {
        return { text, state, recordedAt: recordedAt.toISOString() }
      }),
    }
    const hashes: EvidencePack['restsOn'] = [
      { what: 'obligation', id: view.id, sha256: sha256OfJson(fact) },
      ...heard.map((notice) => ({
        what: 'notice' as const,
        id: String(notice.id),
        sha256: sha256OfJson(notice),
      })),
    ]
    return { fact, hashes }
  })
}

function noticeTold({ id, stage, onDay, audiences, subjectZh, subjectEn, recordedAt }: NoticeSaid): NoticeTold {
  return { id, stage, onDay, audiences, subjectZh, subjectEn, recordedAt: recordedAt.toISOString() }
}

/** How its due day was counted (R2). */
function clockOf({ eventOn, explanation }: ExplainedObligation) {
  const { ruleVersion, calendarVersion, clause, counted, skipped } = explanation
  return { eventOn, ruleVersion, calendarVersion, clause, counted: counted.map(({ on }) => on), skipped }
}
