import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import type { PlanInput } from '../../domain/batch-plan.ts'
import { groupedBy } from '../../domain/grouped.ts'
import {
  groundOfChanged,
  type LineGround,
  lineGroundNames,
  type ScarceScope,
  type ShareOfMember,
  scarceScopes,
  sharesAfter,
} from '../../domain/proposal-line.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  type AssignmentBatch,
  type BatchIssue,
  changesOf,
  countCases,
  findBatch,
  findProposal,
  inputOfProposal,
  issueOf,
  type LineChange,
  listLines,
  movesOf,
  type Proposal,
  type ProposalLine,
  proposalsOf,
  unplacedLines,
} from '../../store/assignment-batches.ts'
import { countAssignmentBatches, listAssignmentBatches } from '../../store/lists/desk.ts'
import type { Total } from '../../store/lists/totals.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { batchUnknown } from './propose-batch.ts'

export const batchesQuery = z.strictObject(pageInput)

export type BatchView = AssignmentBatch & { readonly issue: BatchIssue | null }

/** Batches by the day on which they were recorded. @throws Refusal */
export async function readBatches(
  { lists }: Registry,
  context: Context,
  { cursor, limit }: z.infer<typeof batchesQuery>,
): Promise<KeysetPage<BatchView>> {
  authorise(context, 'batches.read')
  const rows = await listAssignmentBatches(lists, { after: positionOf('batches', 'day', cursor), limit })
  return pageOf(
    'batches',
    rows,
    limit,
    ({ batch }) => ({ value: batch.recordedOn, id: batch.id }),
    ({ batch, issue }) => ({ ...batch, issue }),
  )
}

/** How many there are in all. @throws Refusal */
export async function countBatches({ lists }: Registry, context: Context): Promise<Total> {
  authorise(context, 'batches.read')
  return countAssignmentBatches(lists)
}

/** One batch, with its proposals, the latest first. @throws Refusal */
export async function readBatch({ db }: Registry, context: Context, id: string) {
  authorise(context, 'batches.read')
  const batch = await findBatch(db, id)
  if (!batch) throw batchUnknown()
  const [issue, cases, proposals] = await Promise.all([issueOf(db, id), countCases(db, id), proposalsOf(db, id)])
  return { ...batch, issue: issue ?? null, cases, proposals: proposals.map(proposalView) }
}

export type ProposalView = Omit<Proposal, 'shares'>

export function proposalView({ shares: _, ...proposal }: Proposal): ProposalView {
  return proposal
}

export const proposalParams = z.object({ id: idInput, proposalId: idInput })

/** One proposal: the shares before and after, and the scopes where the alliance needs new bodies (N2). @throws Refusal */
export async function readProposal({ db }: Registry, context: Context, batchId: string, id: string) {
  authorise(context, 'batches.read')
  const proposal = requireProposal(await findProposal(db, batchId, id))
  const [unplaced, moves] = await Promise.all([unplacedLines(db, id), movesOf(db, id)])
  const scarce: ScarceScope[] = scarceScopes(
    unplaced.map(({ line, one }) => ({ family: one.family, industryCode: one.industryCode, code: line.ground.code })),
  )
  return { ...proposal, shares: sharesAfter(proposal.shares, moves), scarce }
}

/** What a proposal was reckoned from: whoever has it, and the seed, can repeat it. @throws Refusal */
export async function readProposalInput({ db }: Registry, context: Context, batchId: string, id: string) {
  authorise(context, 'batches.read')
  requireProposal(await findProposal(db, batchId, id))
  const packed = await inputOfProposal(db, id)
  if (!packed) throw refuse('not_found', 'proposalId', { values: { what: ['方案的输入', 'input of the proposal'] } })
  return JSON.parse(gunzipSync(packed).toString('utf8')) as PlanInput
}

export function requireProposal(found: Proposal | undefined): Proposal {
  if (!found) throw refuse('not_found', 'proposalId', { values: { what: ['方案', 'proposal'] } })
  return found
}

export const linesQuery = z.strictObject({
  ...pageInput,
  unplaced: z.stringbool().default(false).meta({ description: 'Only cases that could not be placed.' }),
})

export type LineView = {
  readonly caseId: string
  readonly place: number
  readonly enterpriseId: string
  readonly enterpriseName: string
  readonly productName: string
  readonly family: string
  readonly industryCode: string | null
  readonly cityCode: string | null
  /** Who was proposed, and who would get it now: the secretariat may have changed the line. */
  readonly proposedMemberId: string | null
  readonly memberId: string | null
  readonly ground: LineGround & { readonly words: readonly [zh: string, en: string] }
  readonly share: ShareOfMember | null
  readonly changes: readonly LineChange[]
}

/** The lines of a proposal in the order of the list, each with its ground. @throws Refusal */
export async function readLines(
  { lists }: Registry,
  context: Context,
  ids: z.infer<typeof proposalParams>,
  { cursor, limit, unplaced }: z.infer<typeof linesQuery>,
): Promise<KeysetPage<LineView>> {
  authorise(context, 'batches.read')
  const proposal = requireProposal(await findProposal(lists, ids.id, ids.proposalId))
  const after = positionOf('lines', 'number', cursor)
  const afterPlace = after === null ? -1 : Number(after.value)
  const found = await listLines(lists, { proposalId: proposal.id, afterPlace, limit, unplaced })
  const shown = found.slice(0, limit)
  const caseIds = shown.map(({ one }) => one.id)
  const changes = groupedBy(await changesOf(lists, proposal.id, caseIds), ({ caseId }) => caseId)
  const shares = sharesAfter(proposal.shares, await movesOf(lists, proposal.id))
  return pageOf(
    'lines',
    found,
    limit,
    ({ line }) => ({ value: String(line.place), id: String(line.place) }),
    (row) => lineView(row, shares, changes.get(row.one.id) ?? []),
  )
}

export function lineView(
  { line, one, enterpriseName, enterpriseCityCode }: ProposalLine,
  shares: readonly ShareOfMember[],
  changes: readonly LineChange[],
): LineView {
  const memberId = holderOf(line.memberId, changes)
  const ground = memberId === line.memberId ? line.ground : groundOfChanged(line.ground, memberId)
  return {
    caseId: one.id,
    place: one.place,
    enterpriseId: one.enterpriseId,
    enterpriseName,
    productName: one.productName,
    family: one.family,
    industryCode: one.industryCode,
    cityCode: one.cityCode ?? enterpriseCityCode,
    proposedMemberId: line.memberId,
    memberId,
    ground: { ...ground, words: lineGroundNames[ground.code] },
    share: shares.find((share) => share.memberId === memberId) ?? null,
    changes,
  }
}

/** The latest change of a line holds. */
export function holderOf(proposed: string | null, changes: readonly LineChange[]): string | null {
  const latest = changes.at(-1)
  return latest === undefined ? proposed : latest.memberId
}
