import { conclusions, holdsForLaterLists } from '../../domain/reconciliation.ts'
import { type Problem, problem, refuse } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { clearRows } from '../../store/reconciliation-rows.ts'
import {
  carryOver,
  clearAbandonedEntries,
  countEntries,
  findReconciliation,
  finishReconciliation,
  type Reconciliation,
} from '../../store/reconciliations.ts'
import type { ReconciliationCounts } from '../../store/schema/reconciliations.ts'
import { type Context, contextOf, type Registry } from '../context.ts'
import { refusalOfDatabase } from '../database-faults.ts'
import { readMapping, requireListMapping } from '../imports/mapping.ts'
import { failureOf } from '../imports/run-import.ts'
import type { ListRun } from './list-run.ts'
import { matchList } from './match-list.ts'
import { reconciliationUnknown } from './read-reconciliations.ts'
import { type ReconciliationView, reconciliationView } from './reconciliation-view.ts'
import { stageList } from './stage-list.ts'

const abandonedAfterMs = 24 * 3_600_000

/**
 * Lays the list beside our certificates and leaves the work list: nothing of ours changes. When the signal asks, it
 * stops and is interrupted, and leaves nothing; the list sent again begins anew.
 * @throws Refusal `not_found`; what fails inside the service. A file that cannot be read is an answer, with its `failure`.
 */
export async function runReconciliation(
  registry: Registry,
  context: Context,
  file: { reconciliationId: string; path: string },
  options: { signal?: AbortSignal } = {},
): Promise<ReconciliationView> {
  const row = await findReconciliation(registry.db, file.reconciliationId, { memberId: context.actor.memberId })
  if (!row) throw reconciliationUnknown(file.reconciliationId)
  if (row.finishedAt !== null) return reconciliationView(row, context.now)
  const run = runOf(registry, context, row, options.signal)
  try {
    await clearAway(run)
    const mapping = requireListMapping(readMapping(row.mapping))
    const isWhole = run.signal?.aborted !== true && (await stageList(run, file.path, mapping)) && (await matchList(run))
    return await finish(run, isWhole ? null : problem('reconciliation_interrupted'))
  } catch (error) {
    const failure = failureOf(error)
    if (failure !== undefined) return finish(run, failure)
    await finish(run, (refusalOfDatabase(error) ?? refuse('internal')).problems[0]).catch(() => undefined)
    throw error
  }
}

function runOf(registry: Registry, context: Context, row: Reconciliation, signal: AbortSignal | undefined): ListRun {
  const tally = { rows: 0, comparable: 0, ofOtherBodies: 0, matched: 0, agreeing: 0 }
  const present = () => contextOf(registry, context.actor, context.requestId)
  return { registry, row, present, signal, tally, otherBodies: new Set() }
}

async function finish(run: ListRun, failure: Problem | null): Promise<ReconciliationView> {
  const context = run.present()
  const { now, actor } = context
  const finished = await run.registry.db.transaction(async (tx) => {
    const counts = failure === null ? await countsOf(tx, run) : null
    const row = await finishReconciliation(tx, run.row.id, { now, failure, counts, otherBodies: [...run.otherBodies] })
    if (failure === null) await carryOver(tx, row, conclusions.filter(holdsForLaterLists), { now, actorId: actor.id })
    await record(tx, context, entryOf(row))
    return row
  })
  await clearAway(run)
  return reconciliationView(finished, now)
}

/** What this run put aside, and what killed ones left a day ago. */
async function clearAway({ registry, row, present }: ListRun): Promise<void> {
  const abandonedBefore = new Date(present().now.getTime() - abandonedAfterMs)
  await clearRows(registry.db, row.id, abandonedBefore)
  await clearAbandonedEntries(registry.db, abandonedBefore)
}

async function countsOf(tx: Db, { row, tally }: ListRun): Promise<ReconciliationCounts> {
  const kinds = await countEntries(tx, row.id, { memberId: null })
  const { rows, matched, agreeing, ofOtherBodies } = tally
  const entries = Object.fromEntries(kinds.map((each) => [each.kind, each.entries]))
  return { rows, matched, agreeing, ofOtherBodies, entries }
}

function entryOf({ id: entityId, memberId, failure, counts }: Reconciliation) {
  const isInterrupted = failure?.code === 'reconciliation_interrupted'
  const action = `reconciliation.${failure === null ? 'finished' : isInterrupted ? 'interrupted' : 'failed'}`
  return { action, entity: 'reconciliation', entityId, memberId, changes: { counts, failure } }
}
