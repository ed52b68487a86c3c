import type { Duty } from '../../domain/obligation.ts'
import { earlierOf, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import type { Certificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import { type Entry, entryRows, record } from '../../store/events.ts'
import { lockObligationsOf, type Obligation, openedRows, type Receipt, setObligation } from '../../store/obligations.ts'
import { type Ending, type Result, settleEnding } from '../../store/results.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { insertTogether, type NewRows } from '../../store/together.ts'
import type { Context } from '../context.ts'
import type { NamedEnterprise } from '../enterprises/resolve-enterprise.ts'
import { isOpen, meetByAct, metEntry, receiptOfAct, waiveMoot } from '../obligations/close-obligation.ts'
import { openObligation } from '../obligations/open-obligation.ts'
import { openedEntry } from '../obligations/open-obligations.ts'
import { recount } from '../obligations/recount-obligation.ts'
import type { ResultInput } from './result-input.ts'
import type { Surroundings } from './surroundings.ts'

/** A result that was judged and may be written. */
export type Accepted = {
  readonly memberId: string
  readonly input: ResultInput
  readonly named: NamedEnterprise
  readonly around: Surroundings
  readonly contentSha256: string
}

/** A result as it was written, with what it hangs on. */
export type Posted = {
  readonly result: Result
  readonly enterprise: Enterprise
  readonly certificate: Certificate | null
}

/** Rows and entries of the log that were not written yet. */
export type Waiting = { readonly rows: readonly NewRows[]; readonly entries: readonly Entry[] }
export type Opened = { readonly obligations: readonly Obligation[]; readonly feedback: Receipt }

/**
 * The obligations of a result: to the regulator, to the secretariat, the monthly report of a service, the yearly
 * surveillance (R2, R3). Those that a recorded ending opened before are taken over, never opened twice. Posting the full
 * result is the feedback, so that one is met at once (R3). What waits to be written is written with them.
 */
export async function openForResult(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  accepted: Accepted,
  posted: Posted,
  waiting: Waiting,
): Promise<Opened> {
  const ending = endingToAdopt(accepted)
  // What goes over to the result refers to it.
  if (ending) await insertTogether(tx, ...waiting.rows)
  const adopted = ending ? await adoptFrom(ending, tx, context, rulebook, accepted, posted) : []
  const opened = owedAfresh(context, rulebook, accepted, posted, adopted)
  const owed = [...adopted, ...opened].find(isOpenFeedback)
  if (!owed) throw new Error('a result opened no feedback obligation')
  const feedback = receiptOfAct(context, owed, `result ${posted.result.id}`, context.today)
  const meet = (obligation: Obligation) =>
    obligation.id === owed.id ? { ...obligation, metOn: feedback.reportedOn } : obligation
  const entries = [...opened.map(openedEntry), metEntry(owed, feedback), ...waiting.entries]
  const rows = [...openedRows(opened.map(meet), [feedback]), entryRows(context, entries)]
  await insertTogether(tx, ...(ending ? [] : waiting.rows), ...rows)
  if (adopted.includes(owed)) await setObligation(tx, owed.id, { metOn: feedback.reportedOn, changedAt: context.now })
  return { obligations: [...adopted, ...opened].map(meet), feedback }
}

function owedAfresh(
  context: Context,
  rulebook: Rulebook,
  accepted: Accepted,
  posted: Posted,
  adopted: readonly Obligation[],
): Obligation[] {
  const adoptedDuties = new Set(adopted.map(({ duty }) => duty))
  return causesOf(accepted, posted)
    .filter(({ duty }) => !adoptedDuties.has(duty))
    .map((cause) => openObligation(rulebook, context, cause))
    .filter(({ duty, dueOn }) => duty !== 'surveillance' || isWithinValidity(dueOn, posted.certificate))
}

function isOpenFeedback(obligation: Obligation): boolean {
  return obligation.duty === 'feed_back' && isOpen(obligation)
}

/** No surveillance is owed after the certificate's last day. */
function isWithinValidity(dueOn: PlainDate, certificate: Certificate | null): boolean {
  return certificate !== null && dueOn <= certificate.validUntil
}

/** A recorded ending that still waits for its result. */
function endingToAdopt({ around: { ending } }: Accepted): Ending | undefined {
  return ending?.resultId === null ? ending : undefined
}

/** Of two decision days the earlier one counts, until the secretariat says otherwise (R2). */
function countedFrom(accepted: Accepted): PlainDate {
  const { decidedOn } = accepted.input
  const ending = endingToAdopt(accepted)
  return ending ? earlierOf(ending.decidedOn, decidedOn) : decidedOn
}

function causesOf(accepted: Accepted, { result, enterprise }: Posted) {
  const { input } = accepted
  const key = result.rootId
  const common = {
    eventOn: countedFrom(accepted),
    openedOn: countedFrom(accepted),
    memberId: result.memberId,
    subject: subjectOf(enterprise, result),
    enterpriseId: enterprise.id,
    cityCode: enterprise.cityCode,
    family: result.family,
    resultId: result.rootId,
    certificateId: result.certificateId,
  }
  const issues = input.kind === 'issue' || input.kind === 'renew'
  const isServiceCertificate = input.family === 'services' && result.certificateId !== null
  return [
    { duty: 'report_to_cnca' as const, key, ...common },
    { duty: 'feed_back' as const, key, ...common },
    ...(isServiceCertificate ? [{ duty: 'report_monthly' as const, key, ...common }] : []),
    ...(issues
      ? [{ duty: 'surveillance' as const, key: `${result.certificateId}:${input.decidedOn}`, ...common }]
      : []),
  ]
}

/**
 * The clocks that ran without the member go on for its result; of two decision days the earlier one counts (R2). What
 * was waived meanwhile is not taken over: the result owes it afresh.
 */
async function adoptFrom(
  ending: Ending,
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  accepted: Accepted,
  posted: Posted,
): Promise<Obligation[]> {
  const { input } = accepted
  const { result, enterprise } = posted
  await settleEnding(tx, ending.id, result.rootId)
  await record(tx, context, {
    action: 'ending.settled',
    entity: 'ending',
    entityId: ending.id,
    memberId: result.memberId,
    changes: { resultId: result.id, decidedOn: { ending: ending.decidedOn, result: input.decidedOn } },
  })
  const owed = new Set<Duty>(causesOf(accepted, posted).map((cause) => cause.duty))
  const adopted: Obligation[] = []
  for (const obligation of await lockObligationsOf(tx, { endingId: ending.id })) {
    if (obligation.waivedOn !== null) continue
    if (!owed.has(obligation.duty)) {
      await waiveMoot(tx, context, obligation, '结果不涉及此项义务 / the result does not owe it')
      continue
    }
    const linked = await setObligation(tx, obligation.id, {
      resultId: result.rootId,
      certificateId: result.certificateId,
      enterpriseId: enterprise.id,
      cityCode: enterprise.cityCode,
      family: result.family,
      subject: subjectOf(enterprise, result),
      changedAt: context.now,
    })
    adopted.push(await recount(tx, context, rulebook, linked, countedFrom(accepted), 'ending'))
  }
  return adopted
}

export function disagreement(accepted: Accepted): Problem[] {
  const { input } = accepted
  const ending = endingToAdopt(accepted)
  if (!ending || ending.decidedOn === input.decidedOn) return []
  return [problem('ending_disagrees', 'decidedOn', { value: input.decidedOn, values: { recorded: ending.decidedOn } })]
}

/** The outcome that an accepted assignment owes is met by this post (R2). */
export async function meetOutcome(tx: Db, context: Context, result: Result): Promise<void> {
  if (result.assignmentId === null) return
  for (const obligation of await lockObligationsOf(tx, { assignmentId: result.assignmentId })) {
    if (obligation.duty === 'post_outcome' && isOpen(obligation))
      await meetByAct(tx, context, obligation, `result ${result.id}`)
  }
}

/**
 * Surveillance goes on under the renewal, and a suspension that nobody decided ended with the period. Surveillance that
 * was due before the renewal stays owed: renewing excuses nothing.
 */
export async function settleRenewed(
  tx: Db,
  context: Context,
  renewed: Certificate,
  renewedOn: PlainDate,
): Promise<void> {
  for (const obligation of await lockObligationsOf(tx, { certificateId: renewed.id })) {
    if (!isOpen(obligation)) continue
    const isAhead = obligation.duty === 'surveillance' && obligation.dueOn >= renewedOn
    if (isAhead || obligation.duty === 'decide_suspension') await waiveMoot(tx, context, obligation, '已续证 / renewed')
  }
}

function subjectOf(enterprise: Enterprise, result: Result): string {
  return `${enterprise.name} · ${result.productName}`
}
