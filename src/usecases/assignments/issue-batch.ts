import { z } from 'zod'
import { type Candidate, ineligibilities } from '../../domain/eligibility.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { industryContains } from '../../domain/industries.ts'
import { type PlainDate, yearOf } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  type AssignmentBatch,
  allChangesOf,
  allLines,
  type BatchIssue,
  findProposal,
  insertIssue,
  issuedRows,
  issueOf,
  lockBatch,
  type ProposalLine,
  proposalsOf,
  returnedAmong,
} from '../../store/assignment-batches.ts'
import { declinersOf, liveAssignmentsOf, lockAssignments } from '../../store/assignments.ts'
import type { Db } from '../../store/database.ts'
import { type CandidateRow, candidatesFor, conflictsWith } from '../../store/desk.ts'
import { lockEnterprises } from '../../store/enterprises.ts'
import { entryRows, record } from '../../store/events.ts'
import { lockMembers } from '../../store/members.ts'
import { openedRows } from '../../store/obligations.ts'
import { type Rulebook, shareCalendar } from '../../store/rulebook.ts'
import { insertTogether } from '../../store/together.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, problemsMax } from '../inputs.ts'
import { openedEntry } from '../obligations/open-obligations.ts'
import { answerOwed, madeEntry, tellOfBatch } from './assignment-made.ts'
import { waiveReplaced } from './manage-assignments.ts'
import { askedOf } from './plan-input.ts'
import { batchUnknown } from './propose-batch.ts'
import { holderOf, requireProposal } from './read-batches.ts'

export const issueInput = z.strictObject({ proposalId: idInput })

/** A line that goes out: the case and who gets it. */
type Given = { readonly row: ProposalLine; readonly memberId: string }

/**
 * Makes the assignments of a proposal, as the secretariat left it, all in one transaction: eligibility is asked anew for
 * today, each body with what the batch itself gives it. A batch is issued once. @throws Refusal
 */
export async function issueBatch(
  registry: Registry,
  context: Context,
  batchId: string,
  { proposalId }: z.infer<typeof issueInput>,
): Promise<BatchIssue> {
  authorise(context, 'batches.manage')
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const batch = await lockBatch(tx, batchId)
    if (!batch) throw batchUnknown()
    if (await issueOf(tx, batchId)) throw refuse('batch_issued', 'id')
    await requireLatest(tx, batchId, proposalId)
    const given = await givenLines(tx, proposalId)
    const receivers = await lockedReceivers(tx, given, context.today)
    refuseIfAny((await problemsOfLines(tx, given, receivers, context.today)).slice(0, problemsMax))
    refuseIfAny(await problemsOfReturned(tx, context, given))
    refuseIfAny(await problemsOfTwins(tx, batch, given))
    await make(tx, context, await registry.rulebooks.current(tx), batch, given)
    return issue(tx, context, { batchId, proposalId, assignments: given.length })
  })
}

/** Whoever issues means the proposal that they last saw. @throws Refusal */
async function requireLatest(tx: Db, batchId: string, proposalId: string): Promise<void> {
  requireProposal(await findProposal(tx, batchId, proposalId))
  const [latest] = await proposalsOf(tx, batchId)
  if (latest?.id !== proposalId) throw refuse('proposal_not_latest', 'proposalId')
}

async function givenLines(tx: Db, proposalId: string): Promise<Given[]> {
  const changes = groupedBy(await allChangesOf(tx, proposalId), ({ caseId }) => caseId)
  return (await allLines(tx, proposalId)).flatMap((row) => {
    const memberId = holderOf(row.line.memberId, changes.get(row.one.id) ?? [])
    return memberId === null ? [] : [{ row, memberId }]
  })
}

/** Locked in one order, so that two that assign at once wait for each other and never in a ring. */
async function lockedReceivers(tx: Db, given: readonly Given[], on: PlainDate): Promise<Map<string, CandidateRow>> {
  await lockMembers(tx, [...new Set(given.map(({ memberId }) => memberId))].sort())
  const rows = await candidatesFor(tx, { on, enterpriseId: null })
  return new Map(rows.map((row) => [row.memberId, row]))
}

async function problemsOfLines(
  tx: Db,
  given: readonly Given[],
  receivers: ReadonlyMap<string, CandidateRow>,
  on: PlainDate,
): Promise<Problem[]> {
  const enterpriseIds = [...new Set(given.map(({ row }) => row.one.enterpriseId))]
  const conflicts = groupedBy(await conflictsWith(tx, enterpriseIds, on), ({ enterpriseId }) => enterpriseId)
  const decliners = await declinersOf(tx, replacedBy(given), on)
  const loads = new Map<string, Candidate['loads']>([...receivers].map(([id, { loads }]) => [id, loads]))
  return given.flatMap(({ row, memberId }) => {
    const receiver = receivers.get(memberId)
    if (!receiver) throw new Error(`member ${memberId} vanished`)
    const own = (conflicts.get(row.one.enterpriseId) ?? []).filter((conflict) => conflict.memberId === memberId)
    const load = loads.get(memberId) ?? []
    const asked = askedOf(row.one, on)
    const { replacesId } = row.one
    const declinedBefore = replacesId !== null && (decliners.get(replacesId)?.has(memberId) ?? false)
    const candidate = { ...receiver, conflicts: own, loads: load, declinedBefore }
    const reasons = ineligibilities(asked, candidate, industryContains)
    if (asked.mode === 'secretariat_assigned')
      loads.set(memberId, [...load, { year: yearOf(on), family: asked.family, cases: 1 }])
    return reasons.map((reason) => ({ ...reason, path: `lines.${row.one.place}` }))
  })
}

/** A case that came back may have been given out otherwise meanwhile, or be answered at this moment. */
async function problemsOfReturned(tx: Db, { today }: Context, given: readonly Given[]): Promise<Problem[]> {
  const asked = replacedBy(given)
  await lockAssignments(tx, asked)
  const returned = new Set((await returnedAmong(tx, asked, today)).map(({ id }) => id))
  return given
    .filter(({ row }) => row.one.replacesId !== null && !returned.has(row.one.replacesId))
    .map(({ row }) => problem('assignment_replaced', `lines.${row.one.place}`))
}

const replacedBy = (given: readonly Given[]) => given.flatMap(({ row }) => row.one.replacesId ?? [])

/** One product of one firm is with one body at a time: another batch, or a single assignment, may have been quicker. */
async function problemsOfTwins(tx: Db, { schemeCode }: AssignmentBatch, given: readonly Given[]): Promise<Problem[]> {
  const enterpriseIds = [...new Set(given.map(({ row }) => row.one.enterpriseId))]
  await lockEnterprises(tx, enterpriseIds)
  const replaced = new Set(replacedBy(given))
  const live = (await liveAssignmentsOf(tx, schemeCode, enterpriseIds)).filter(({ id }) => !replaced.has(id))
  const byCase = new Map(live.map(({ id, enterpriseId, productName }) => [`${enterpriseId} ${productName}`, id]))
  return given
    .flatMap(({ row: { one } }) => {
      const assignment = byCase.get(`${one.enterpriseId} ${one.productName}`)
      if (assignment === undefined) return []
      return [
        problem('case_assigned_already', `lines.${one.place}`, { value: one.productName, values: { assignment } }),
      ]
    })
    .slice(0, problemsMax)
}

async function make(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  batch: AssignmentBatch,
  given: readonly Given[],
): Promise<void> {
  const made = given.map((each) => {
    const assignment = assignmentOf(context, batch, each)
    const owed = answerOwed(rulebook, context, assignment, enterpriseOf(each.row))
    return { one: each.row.one, assignment, owed }
  })
  const entries = made.flatMap(({ one: { replacesId, batchId }, assignment, owed }) => [
    madeEntry(assignment, { replacesId, batchId }),
    openedEntry(owed),
  ])
  const origins = made.map(({ one, assignment }) => ({
    assignmentId: assignment.id,
    caseId: one.id,
    replacesId: one.replacesId,
  }))
  await insertTogether(
    tx,
    ...issuedRows(
      made.map(({ assignment }) => assignment),
      origins,
    ),
    ...openedRows(
      made.map(({ owed }) => owed),
      [],
    ),
    entryRows(context, entries),
  )
  for (const id of replacedBy(given)) await waiveReplaced(tx, context, id)
  await tellOfBatch(
    tx,
    context,
    batch,
    made.map(({ owed }) => owed),
  )
}

function assignmentOf(context: Context, { schemeCode }: AssignmentBatch, { row: { one }, memberId }: Given) {
  const { enterpriseId, kind, productName, family, industryCode, standards, choiceProof } = one
  const { mode } = askedOf(one, context.today)
  return {
    ...{ id: newId(context.now), schemeCode, memberId, enterpriseId, kind, productName, family, industryCode },
    ...{ standards, mode, choiceProof, assignedOn: context.today },
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

function enterpriseOf({ one, enterpriseName, enterpriseCityCode }: ProposalLine) {
  return { id: one.enterpriseId, name: enterpriseName, cityCode: one.cityCode ?? enterpriseCityCode }
}

async function issue(
  tx: Db,
  context: Context,
  facts: Pick<BatchIssue, 'batchId' | 'proposalId' | 'assignments'>,
): Promise<BatchIssue> {
  const made = { ...facts, issuedOn: context.today, recordedAt: context.now, recordedBy: context.actor.id }
  await insertIssue(tx, made)
  await record(tx, context, {
    action: 'batch.issued',
    entity: 'batch',
    entityId: facts.batchId,
    onDay: context.today,
    changes: { proposalId: facts.proposalId, assignments: facts.assignments },
  })
  return made
}
