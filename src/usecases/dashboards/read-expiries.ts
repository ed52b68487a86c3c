import { z } from 'zod'
import type { Figure } from '../../domain/figure.ts'
import type { Context, Registry } from '../context.ts'
import { idInput } from '../inputs.ts'

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
  _registry: Registry,
  _context: Context,
  _query: z.infer<typeof expiriesQuery>,
): Promise<readonly MonthOfExpiries[]> {
  throw new Error('to come')
}
