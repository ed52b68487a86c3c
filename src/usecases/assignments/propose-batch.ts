import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Plan, PlanInput } from '../../domain/batch-plan.ts'
import { kilometresMax, nearestUnit } from '../../domain/city-distances.ts'
import { rounded, shareWindow } from '../../domain/fair-share.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import {
  alternativesMax,
  groundOfPlaced,
  groundOfUnplaced,
  type LineGround,
  type ShareOfMember,
} from '../../domain/proposal-line.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { solverName } from '../../solver/highs.ts'
import { planApart } from '../../solver/plan-apart.ts'
import {
  type AssignmentBatch,
  casesOf,
  findBatch,
  insertProposal,
  issueOf,
  lockBatch,
  type NewProposalLine,
  type Proposal,
  proposalsOf,
} from '../../store/assignment-batches.ts'
import { declinersOf } from '../../store/assignments.ts'
import type { Db } from '../../store/database.ts'
import { type CandidateRow, candidatesFor, casesShared, conflictsWith, ledgerCounts } from '../../store/desk.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { canonicalJson, sha256OfJson } from '../hashes.ts'
import { codeInput } from '../inputs.ts'
import { type DeskFacts, expectedOf, type JudgedCase, judgeCases, keyOfCase, planInputOf } from './plan-input.ts'

export const proposalInput = z.strictObject({
  seed: codeInput(100).meta({ description: 'Breaks ties; publish it, so that anybody can repeat the proposal.' }),
})

/**
 * Proposes who gets which case of a batch (N3): loads the facts of today, plans in another thread, keeps the plan with
 * what it rests on. The same facts and seed give the same proposal. @throws Refusal
 */
export async function proposeBatch(
  registry: Registry,
  context: Context,
  batchId: string,
  { seed }: z.infer<typeof proposalInput>,
): Promise<Proposal> {
  authorise(context, 'batches.manage')
  const batch = await findBatch(registry.db, batchId)
  if (!batch) throw batchUnknown()
  const facts = await registry.db.transaction((tx) => factsOf(tx, batch, context.today), {
    isolationLevel: 'repeatable read',
    accessMode: 'read only',
  })
  const judged = judgeCases(facts)
  const expected = expectedOf(facts, judged)
  const input = planInputOf(facts, judged, expected, seed)
  const plan = await planApart(input)
  const shares = sharesOf(facts, expected, input, plan)
  const proposal = proposalOf(context, batch, input, plan, { judged, shares, on: facts.on })
  const isFull = fullAfter(input, plan)
  const lines = judged.map((each) => lineOf(proposal.id, facts, each, plan, isFull))
  return save(registry, context, proposal, lines, gzipSync(canonicalJson(orderly(input))))
}

export function batchUnknown() {
  return refuse('not_found', 'id', { values: { what: ['批次', 'batch'] } })
}

async function factsOf(tx: Db, batch: AssignmentBatch, on: PlainDate): Promise<DeskFacts> {
  const { after, until } = shareWindow(on)
  const cases = await casesOf(tx, batch.id)
  const members = await candidatesFor(tx, { on, enterpriseId: null })
  const conflicts = await conflictsWith(tx, [...new Set(cases.map(({ enterpriseId }) => enterpriseId))], on)
  const shared = await casesShared(tx, after, until)
  const counts = await ledgerCounts(tx, after, until)
  const assigned = new Map(counts.map(({ memberId, assigned }) => [memberId, assigned]))
  const decliners = await declinersOf(
    tx,
    cases.flatMap(({ replacesId }) => replacesId ?? []),
    on,
  )
  return { on, cases, members, conflicts, decliners, shared, assigned }
}

function sharesOf(
  facts: DeskFacts,
  expected: ReadonlyMap<string, number>,
  { members }: PlanInput,
  plan: Plan,
): ShareOfMember[] {
  const given = new Map<string, number>()
  for (const memberId of plan.memberOf.values())
    if (memberId !== null) given.set(memberId, (given.get(memberId) ?? 0) + 1)
  return members.map(({ memberId }) => {
    const assigned = facts.assigned.get(memberId) ?? 0
    const proposed = given.get(memberId) ?? 0
    const share = expected.get(memberId) ?? 0
    const deviations = {
      deviationBefore: rounded(assigned - share),
      deviationAfter: rounded(assigned + proposed - share),
    }
    return { memberId, assigned, proposed, expected: share, ...deviations }
  })
}

type Unnumbered = Omit<Proposal, 'number'>

type Found = {
  readonly judged: readonly JudgedCase[]
  readonly shares: readonly ShareOfMember[]
  readonly on: PlainDate
}

function proposalOf(context: Context, batch: AssignmentBatch, input: PlanInput, plan: Plan, found: Found): Unnumbered {
  const ownChoices = found.judged.filter(({ choice }) => choice?.length === 0).length
  return {
    id: newId(context.now),
    batchId: batch.id,
    onDay: found.on,
    seed: input.seed,
    inputHash: sha256OfJson(orderly(input)),
    solver: solverName,
    status: 'optimal',
    gap: plan.gap,
    cases: found.judged.length,
    placed: plan.placed + ownChoices,
    largestDeviation: plan.largestDeviation,
    kilometres: plan.kilometres,
    distanceUnknown: unknownDistances(found.judged, plan),
    shares: found.shares,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

/** The input in an order of its own: the same cases in another order are the same input. */
function orderly({ seed, cases, members }: PlanInput): PlanInput {
  return {
    seed,
    cases: [...cases].sort((a, b) => (a.key < b.key ? -1 : 1)),
    members: [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
  }
}

function unknownDistances(judged: readonly JudgedCase[], plan: Plan): number {
  return judged.filter(({ one, options }) => {
    const memberId = plan.memberOf.get(keyOfCase(one))
    return memberId && options.find((option) => option.memberId === memberId)?.kilometres === null
  }).length
}

function lineOf(proposalId: string, facts: DeskFacts, judged: JudgedCase, plan: Plan, isFull: IsFull): NewProposalLine {
  const { one, choice } = judged
  const memberId = choice ? chosenOf(judged) : (plan.memberOf.get(keyOfCase(one)) ?? null)
  const ground = groundOf(facts, judged, memberId, isFull)
  return { proposalId, caseId: one.id, place: one.place, memberId, ground }
}

/** A firm's own choice is what it chose, or nobody: never another body (R7). */
const chosenOf = ({ one, choice }: JudgedCase) => (choice?.length === 0 ? one.chosenMemberId : null)

/** Whether a body takes no more cases of a family, once the plan is carried out. */
type IsFull = (memberId: string, family: string) => boolean

function fullAfter({ cases, members }: PlanInput, plan: Plan): IsFull {
  const given = new Map<string, number>()
  const add = (key: string) => given.set(key, (given.get(key) ?? 0) + 1)
  for (const { key, family } of cases) {
    const memberId = plan.memberOf.get(key)
    if (!memberId) continue
    add(`${memberId} ${family}`)
    add(`${memberId} `)
  }
  const rooms = new Map(members.map(({ memberId, rooms }) => [memberId, rooms]))
  return (memberId, family) =>
    (rooms.get(memberId) ?? []).some(
      (each) =>
        (each.family === null || each.family === family) &&
        (given.get(`${memberId} ${each.family ?? ''}`) ?? 0) >= each.room,
    )
}

function groundOf(facts: DeskFacts, judged: JudgedCase, memberId: string | null, isFull: IsFull): LineGround {
  const { one, options, choice } = judged
  const unit = nearestOf(facts.members, one.cityCode ?? one.enterpriseCityCode, memberId)
  const others = options.filter((option) => option.memberId !== memberId).sort(byDistance)
  return {
    code: codeOf(judged, memberId, isFull),
    eligible: options.length,
    kilometres: unit?.kilometres ?? null,
    unitCityCode: unit?.cityCode ?? null,
    alternatives: others.slice(0, alternativesMax),
    reasons: choice ?? [],
  }
}

function codeOf(
  { one: { family }, options, choice, ...left }: JudgedCase,
  memberId: string | null,
  isFull: IsFull,
): LineGround['code'] {
  if (choice) return choice.length === 0 ? 'own_choice' : 'choice_refused'
  return memberId === null
    ? groundOfUnplaced(left)
    : groundOfPlaced(memberId, options, (other) => isFull(other, family))
}

function nearestOf(members: readonly CandidateRow[], cityCode: string | null, memberId: string | null) {
  const member = members.find((each) => each.memberId === memberId)
  return member ? nearestUnit(cityCode, member.unitCities) : null
}

function byDistance(a: JudgedCase['options'][number], b: JudgedCase['options'][number]): number {
  return (a.kilometres ?? kilometresMax + 1) - (b.kilometres ?? kilometresMax + 1) || (a.memberId < b.memberId ? -1 : 1)
}

async function save(
  registry: Registry,
  context: Context,
  proposal: Unnumbered,
  lines: readonly NewProposalLine[],
  input: Buffer,
) {
  return registry.db.transaction(async (tx) => {
    if (!(await lockBatch(tx, proposal.batchId))) throw batchUnknown()
    if (await issueOf(tx, proposal.batchId)) throw refuse('batch_issued', 'id')
    const [latest] = await proposalsOf(tx, proposal.batchId)
    const numbered = { ...proposal, number: (latest?.number ?? 0) + 1 }
    await insertProposal(tx, numbered, lines, input)
    const { id, batchId, seed, inputHash, solver, status, gap, cases, placed } = proposal
    await record(tx, context, {
      action: 'batch.proposed',
      entity: 'batch',
      entityId: batchId,
      changes: { proposalId: id, seed, inputHash, solver, status, gap, cases, placed },
    })
    return numbered
  })
}
