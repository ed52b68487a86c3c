import { groupedBy } from '../../domain/grouped.ts'
import { type ObligationCause, obligationsByCause, receiptsOfObligations } from '../../store/batches.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { explanationFor, type ObligationView, obligationView } from './obligation-view.ts'

type Receipts = Awaited<ReturnType<typeof receiptsOfObligations>>
export type ReceiptView = Receipts['receipts'][number] & { readonly reviews: Receipts['reviews'] }

/** Receipts of several obligations at once, with what the regulator said of each (R2). @throws Refusal */
export async function readReceipts(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, ReceiptView[]>> {
  const memberId = confinedTo(context, 'obligations.read')
  const { receipts, reviews } = await receiptsOfObligations(registry.lists, { ids, memberId })
  const ofReceipt = groupedBy(reviews, ({ receiptId }) => receiptId)
  const views = receipts.map((receipt) => ({ ...receipt, reviews: ofReceipt.get(receipt.id) ?? [] }))
  return groupedBy(views, ({ obligationId }) => obligationId)
}

/** What follows from several results (by root), certificates or assignments, as it stands today. @throws Refusal */
export async function readObligationsOf(
  registry: Registry,
  context: Context,
  cause: ObligationCause,
  ids: readonly string[],
): Promise<Map<string | null, ObligationView[]>> {
  const memberId = confinedTo(context, 'obligations.read')
  const rulebook = await registry.rulebooks.current(registry.db)
  const rows = await obligationsByCause(registry.lists, cause, { ids, memberId })
  return groupedBy(
    rows.map((row) => obligationView(row, rulebook, context.today)),
    (row) => row[cause],
  )
}

/** The arithmetic of due days, for obligations that the actor was shown (R2). @throws Refusal */
export async function explainObligations(registry: Registry, context: Context, obligations: readonly ObligationView[]) {
  authorise(context, 'obligations.read')
  const { db, rulebooks } = registry
  const rulebook = await rulebooks.current(db)
  return Promise.all(obligations.map((obligation) => explanationFor(db, rulebooks, rulebook, obligation)))
}
