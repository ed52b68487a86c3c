import { z } from 'zod'
import { articlesFor } from '../../domain/articles.ts'
import { type EvidencePack, type LapseFact, type LapseSummary, lapsesMax } from '../../domain/evidence-pack.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { addDays, type PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { standingOn } from '../../domain/standing.ts'
import type { Db } from '../../store/database.ts'
import { findingsUntil, lapsesOf, saidAbout } from '../../store/evidence.ts'
import { findMember, standingHistoryOf } from '../../store/members.ts'
import { findObligation, type Obligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { explanationView } from '../explanations/explanation-view.ts'
import { sha256OfJson } from '../hashes.ts'
import { dayInput } from '../inputs.ts'
import { type ExplainedObligation, explainedObligations, obligationView } from '../obligations/obligation-view.ts'

export const periodQuery = z.strictObject({ from: dayInput, until: dayInput })

/** A pack with the SHA-256 of its canonical JSON. */
export type PackMade = EvidencePack & { readonly sha256: string }

/** The pack for one obligation that is overdue or was late (N7). @throws Refusal */
export async function packOfObligation(registry: Registry, context: Context, id: string): Promise<PackMade> {
  authorise(context, 'evidence.read')
  return registry.db.transaction((tx) => obligationPack(tx, registry, context, id))
}

/** The same inside a transaction. @throws Refusal */
export async function obligationPack(tx: Db, registry: Registry, context: Context, id: string): Promise<PackMade> {
  const obligation = await findObligation(tx, id)
  if (!obligation) throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
  const rulebook = await registry.rulebooks.current(tx)
  const { state } = obligationView(obligation, rulebook, context.today)
  const isLapse = state === 'overdue' || state === 'met_late'
  if (!isLapse) throw refuse('obligation_not_late', 'id')
  const asked = { from: null, until: obligation.dueOn, except: id }
  return make(tx, registry, context, rulebook, { about: 'obligation', obligations: [obligation], count: 1, ...asked })
}

/** The pack of a body and a period: every report due in it that is overdue or was late (N7). @throws Refusal */
export async function packOfPeriod(
  registry: Registry,
  context: Context,
  memberId: string,
  { from, until }: z.infer<typeof periodQuery>,
): Promise<PackMade> {
  authorise(context, 'evidence.read')
  if (until < from) throw refuse('span_reversed', 'until', { value: until })
  return registry.db.transaction(async (tx) => {
    if (!(await findMember(tx, memberId))) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
    const rulebook = await registry.rulebooks.current(tx)
    const asked = { memberId, from, until, on: context.today, except: null, limit: lapsesMax }
    const { rows, count } = await lapsesOf(tx, asked)
    return make(tx, registry, context, rulebook, { about: 'period', memberId, obligations: rows, count, from, until })
  })
}

type Asked = {
  readonly about: EvidencePack['about']
  readonly memberId?: string
  readonly obligations: readonly Obligation[]
  readonly count: number
  readonly from: PlainDate | null
  readonly until: PlainDate
  readonly except?: string | null
}

async function make(tx: Db, registry: Registry, context: Context, rulebook: Rulebook, asked: Asked): Promise<PackMade> {
  const { today } = context
  const memberId = asked.memberId ?? asked.obligations[0]?.memberId ?? ''
  const lapses = await lapseFacts(tx, registry, context, rulebook, asked.obligations)
  const before = asked.from === null ? asked.until : addDays(asked.from, -1)
  const earlier = await lapsesOf(tx, {
    memberId,
    from: null,
    until: before,
    on: today,
    except: asked.except ?? null,
    limit: lapsesMax,
  })
  const found = await findingsUntil(tx, memberId, {
    from: asked.from,
    until: asked.from === null ? today : asked.until,
  })
  const findings = found.map(({ finding: { id, kind, grade, foundOn, words }, source }) => {
    return { id, kind, grade, source, foundOn, words }
  })
  const pack: EvidencePack = {
    about: asked.about,
    knownAt: context.now.toISOString(),
    asOf: today,
    period: asked.from === null ? null : { from: asked.from, until: asked.until },
    member: await memberFacts(tx, memberId, today),
    obligations: lapses,
    obligationCount: asked.count,
    earlierLapses: earlier.rows.map((row) => summaryOf(row, rulebook, today)),
    earlierLapseCount: earlier.count,
    findings,
    articles: articlesFor(
      lapses.map(({ duty }) => duty),
      findings.map(({ kind }) => kind),
    ),
    restsOn: [
      ...lapses.map((lapse) => ({ what: 'obligation', id: lapse.id, sha256: sha256OfJson(lapse) })),
      ...findings.map((finding) => ({ what: 'finding', id: finding.id, sha256: sha256OfJson(finding) })),
    ],
  }
  return { ...pack, sha256: sha256OfJson(pack) }
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
): Promise<LapseFact[]> {
  const views = await explainedObligations(tx, registry.rulebooks, rulebook, rows, today)
  const { said, received, explained } = await saidAbout(
    tx,
    rows.map(({ id }) => id),
  )
  const notices = groupedBy(said, ({ obligationId }) => obligationId)
  const receipts = groupedBy(received, ({ obligationId }) => obligationId)
  const explanations = groupedBy(explained, ({ obligationId }) => obligationId)
  return views.map((view, at) => ({
    ...summaryOf(rows[at] as Obligation, rulebook, today),
    ...clockOf(view),
    contested: view.contested,
    receipts: (receipts.get(view.id) ?? []).map(({ reportedOn, receiptNumber, supersededAt, recordedAt }) => {
      return { reportedOn, receiptNumber, isCurrent: supersededAt === null, recordedAt: recordedAt.toISOString() }
    }),
    notices: (notices.get(view.id) ?? []).map(({ id, stage, onDay }) => ({ id, stage, onDay })),
    explanations: (explanations.get(view.id) ?? []).map(explanationView).map(({ text, state, recordedAt }) => {
      return { text, state, recordedAt: recordedAt.toISOString() }
    }),
  }))
}

/** How its due day was counted (R2). */
function clockOf({ eventOn, explanation }: ExplainedObligation) {
  const { ruleVersion, calendarVersion, clause, counted, skipped } = explanation
  return { eventOn, ruleVersion, calendarVersion, clause, counted: counted.map(({ on }) => on), skipped }
}
