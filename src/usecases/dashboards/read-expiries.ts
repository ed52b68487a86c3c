import { z } from 'zod'
import { countFigure, type Figure } from '../../domain/figure.ts'
import { addMonths, firstOfMonth, lastOfMonth } from '../../domain/plain-date.ts'
import { expiriesByMonth } from '../../store/figures.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'

export const expiriesQuery = z.strictObject({
  memberId: idInput.optional(),
  months: z.coerce
    .number()
    .int()
    .min(1)
    .max(60)
    .default(36)
    .meta({ description: 'So many months, the present one included.' }),
})

export type MonthOfExpiries = {
  /** `YYYY-MM` */
  readonly month: string
  readonly certificates: Figure
}

/**
 * How many certificates that are valid or suspended today end in each of the coming months; the present month counts
 * from today on. Every month is there, also one without any. A member sees its own. @throws Refusal
 */
export async function readExpiriesByMonth(
  registry: Registry,
  context: Context,
  query: z.infer<typeof expiriesQuery>,
): Promise<readonly MonthOfExpiries[]> {
  const memberId = ownOr(confinedTo(context, 'certificates.read'), query.memberId)
  const { today } = context
  const months = Array.from({ length: query.months }, (_, at) => addMonths(firstOfMonth(today), at))
  const until = lastOfMonth(months.at(-1) ?? today)
  const found = await expiriesByMonth(registry.lists, memberId, { today, until })
  const counted = new Map(found.map(({ month, certificates }) => [month, certificates]))
  return months.map((month) => ({
    month: month.slice(0, 7),
    certificates: countFigure(counted.get(month) ?? 0, today),
  }))
}
