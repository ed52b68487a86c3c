import type { RowOutcome } from '../../domain/historical-merge.ts'
import { shownValue } from '../../domain/imported-cells.ts'
import { Refusal } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { RawRow } from '../../intake/rows.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import { queueResultsOf } from '../../store/imports.ts'
import { findMember } from '../../store/members.ts'
import { insertAttempt } from '../../store/results.ts'
import { type Context, memberToServe } from '../context.ts'
import { codesOf } from '../idempotency.ts'
import { recordResult } from '../results/post-result.ts'
import { openFileSoFar } from './file-so-far.ts'
import type { FittedMapping } from './mapping.ts'
import { doAgain, keepSoFar, type MemberResult, type ResultsSoFar } from './rehearse-results.ts'
import { inFileTerms, readResultsRow } from './results-row.ts'
import { type Keep, type Run, type Taker, unreadableRow } from './taker.ts'

/** Takes rows of results: each is posted like any other (N4), in a transaction of its own. */
export async function resultsTaker(run: Run, fitted: FittedMapping): Promise<Taker<RawRow, readonly RawRow[]>> {
  const soFar = run.row.dryRun ? await openFileSoFar<MemberResult>() : null
  return {
    read: async (rows) => rows,
    batch: (rows) => rows,
    take: async (rows, keep) => {
      for (const row of rows) await takeRow(run, fitted, row, soFar, keep)
    },
    close: async () => soFar?.close(),
  }
}

async function takeRow(
  run: Run,
  fitted: FittedMapping,
  row: RawRow,
  soFar: ResultsSoFar | null,
  keep: Keep,
): Promise<void> {
  const unreadable = unreadableRow(row)
  if (unreadable) return keep(async () => [unreadable])
  const context = run.present()
  const { cells, further } = fitted.read(row.cells)
  try {
    const input = readResultsRow({ cells, further }, fitted.names)
    const result = { memberId: memberToServe(context, 'results.post', input.memberId), input }
    await onceMore(() => takeResult(run, context, row.rowNumber, result, soFar, keep))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await keep(async (tx) => [await refuseRow(tx, run, context, row.rowNumber, cells, inRowTerms(error, fitted))])
  }
}

/** Another post of the same thing at the same moment wins; a second try meets it, and says so like any other. */
async function onceMore(work: () => Promise<void>): Promise<void> {
  return work().catch((error: unknown) => {
    if (postgresFault(error)?.code !== '23505') throw error
    return work()
  })
}

async function takeResult(
  run: Run,
  context: Context,
  rowNumber: number,
  result: MemberResult,
  soFar: ResultsSoFar | null,
  keep: Keep,
): Promise<void> {
  let isNew = false
  await keep(async (tx) => {
    await queueResultsOf(tx, result.memberId)
    if (soFar) await doAgain(tx, run.registry, context, result, soFar)
    const posted = await recordResult(tx, run.registry, context, result.memberId, result.input)
    isNew = posted.outcome === 'recorded'
    const outcome = isNew ? 'accepted' : 'unchanged'
    return [{ rowNumber, outcome, entityId: posted.result.rootId, problems: posted.warnings }]
  })
  if (soFar && isNew) await keepSoFar(result, soFar)
}

/** A refused row is an attempt like a refused post (R9): kept, but for a dry run. */
async function refuseRow(
  tx: Db,
  run: Run,
  context: Context,
  rowNumber: number,
  cells: Readonly<Record<string, string>>,
  refusal: Refusal,
): Promise<RowOutcome> {
  await insertAttempt(tx, {
    id: newId(context.now),
    memberId: run.row.memberId ?? (await memberNamed(tx, cells.memberId)),
    at: context.now,
    actorId: context.actor.id,
    operation: 'import',
    codes: codesOf(refusal) ?? [],
    memberReference: cells.memberReference === undefined ? null : shownValue(cells.memberReference),
    requestId: context.requestId,
  })
  return { rowNumber, outcome: 'refused', entityId: null, problems: refusal.problems }
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

async function memberNamed(tx: Db, id: string | undefined): Promise<string | null> {
  if (id === undefined || !uuid.test(id)) return null
  return (await findMember(tx, id))?.id ?? null
}

function inRowTerms({ problems: [first, ...others] }: Refusal, { names }: FittedMapping): Refusal {
  const [renamed = first, ...rest] = inFileTerms([first, ...others], names)
  return new Refusal(renamed, ...rest)
}
