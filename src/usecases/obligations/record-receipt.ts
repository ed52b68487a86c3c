import { z } from 'zod'
import { isBackReported, metByPosting, unprovenRecordingWorkingDays } from '../../domain/obligation.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { currentReceiptOf, lockObligation, type Obligation, type Receipt } from '../../store/obligations.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { codeInput, dayInput, idInput, textInput } from '../inputs.ts'
import { type ObligationView, obligationView } from './obligation-view.ts'
import { writeReceipt } from './write-receipt.ts'

export const receiptInput = z.strictObject({
  reportedOn: dayInput.meta({ description: 'The day on which the duty was done, as the member declares it.' }),
  receiptNumber: codeInput(100).optional(),
  evidence: textInput(2_000)
    .optional()
    .meta({ description: 'Required when recorded more than 2 working days after that day (R2).' }),
  supersedesReceiptId: idInput.optional().meta({ description: 'The current receipt, when this one corrects it.' }),
})

export type ReceiptInput = z.infer<typeof receiptInput>

export type ReceiptRecorded = { readonly receipt: Receipt; readonly obligation: ObligationView }

/**
 * Records that an obligation was met, on the day that the member declares (N4, R2). A later one must name the receipt
 * that it corrects; both stay. Of two at once, one is refused. @throws Refusal
 */
export async function recordReceipt(
  registry: Registry,
  context: Context,
  obligationId: string,
  input: ReceiptInput,
  idempotencyKey: string | undefined,
): Promise<Answered<ReceiptRecorded>> {
  const own = confinedTo(context, 'receipts.record')
  const work = (tx: Db) => receive(tx, registry, context, own, obligationId, input)
  const keyed = { key: idempotencyKey, operation: `POST /v1/obligations/${obligationId}/receipts`, body: input }
  return onceOnly(registry, context, keyed, work)
}

async function receive(
  tx: Db,
  registry: Registry,
  context: Context,
  own: string | null,
  id: string,
  input: ReceiptInput,
): Promise<ReceiptRecorded> {
  await shareCalendar(tx)
  const rulebook = await registry.rulebooks.current(tx)
  const obligation = await lockObligation(tx, id)
  if (!obligation || (own !== null && obligation.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
  const current = await currentReceiptOf(tx, id)
  const backReported = isBackReported(rulebook.calendar, input.reportedOn, context.today)
  refuseIfAny(problemsOfReceipt(input, obligation, current, context, backReported))

  const { reportedOn, receiptNumber = null, evidence = null } = input
  const facts = { reportedOn, receiptNumber, evidence, backReported }
  const { receipt, met } = await writeReceipt(tx, context, obligation, current, facts)
  return { receipt, obligation: obligationView(met, rulebook, context.today) }
}

function problemsOfReceipt(
  input: ReceiptInput,
  obligation: Obligation,
  current: Receipt | undefined,
  { today }: Context,
  backReported: boolean,
): Problem[] {
  if (obligation.duty === 'surveillance') return [problem('visit_expected')]
  if (metByPosting.includes(obligation.duty)) return [problem('obligation_met_by_posting')]
  const corrects = current !== undefined && input.supersedesReceiptId === current.id
  if (input.supersedesReceiptId !== undefined && !corrects)
    return [problem('receipt_superseded', 'supersedesReceiptId')]
  const isClosed = obligation.metOn !== null || obligation.waivedOn !== null
  if (isClosed && !corrects) return [problem('obligation_closed')]
  const problems: Problem[] = []
  if (input.reportedOn > today) problems.push(problem('day_in_future', 'reportedOn', { value: input.reportedOn }))
  if (input.reportedOn < obligation.openedOn) {
    problems.push(
      problem('reported_before_event', 'reportedOn', {
        value: input.reportedOn,
        values: { eventOn: obligation.openedOn },
      }),
    )
  }
  if (backReported && input.evidence === undefined) {
    problems.push(problem('evidence_missing', 'evidence', { values: { limit: unprovenRecordingWorkingDays } }))
  }
  return problems
}
