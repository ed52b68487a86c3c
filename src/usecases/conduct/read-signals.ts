import { z } from 'zod'
import { addMonths, type PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  daysBeforeBulletins,
  daysOffIn,
  type Signal,
  signalOfRefusal,
  signalsOfCorrections,
  signalsOfCounts,
} from '../../domain/signal.ts'
import { correctionCounts, refusalFacts, refusalFactsMax, signalCounts } from '../../store/signals.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, idInput } from '../inputs.ts'

export const signalsQuery = z.strictObject({
  from: dayInput.optional().meta({ description: 'First day of the decisions; twelve months back where absent.' }),
  until: dayInput.optional(),
  memberId: idInput.optional(),
})

export type SignalsRead = {
  readonly from: PlainDate
  readonly until: PlainDate
  readonly items: readonly Signal[]
  /** Whether there are more refusals than are told: ask for a shorter span, or for one body. */
  readonly leftOff: boolean
}

/** The longest span, in months: it is read whole. */
const monthsMax = 36

/** What may be looked into, as questions with the results behind them; never a verdict (R8). @throws Refusal */
export async function readSignals(
  registry: Registry,
  context: Context,
  { memberId, ...asked }: z.infer<typeof signalsQuery>,
): Promise<SignalsRead> {
  authorise(context, 'signals.read')
  const until = asked.until ?? context.today
  const from = asked.from ?? addMonths(until, -12)
  if (until < from) throw refuse('span_reversed', 'until', { value: until })
  const latest = addMonths(from, monthsMax)
  if (until > latest) throw refuse('span_too_long', 'until', { value: until, values: { latest } })
  const { calendar } = await registry.rulebooks.current(registry.lists)
  const [counts, corrections, refusals] = await Promise.all([
    signalCounts(registry.lists, { from, until }, daysOffIn(calendar, from, until)),
    correctionCounts(registry.lists, { from, until, memberId }, daysBeforeBulletins(calendar, from, until)),
    refusalFacts(registry.lists, { from, until, memberId }),
  ])
  const told = refusals.slice(0, refusalFactsMax).map(signalOfRefusal)
  const all = [...signalsOfCounts(counts), ...signalsOfCorrections(corrections), ...told]
  const items = all.filter((signal) => memberId === undefined || signal.memberId === memberId)
  return { from, until, items, leftOff: refusals.length > refusalFactsMax }
}
