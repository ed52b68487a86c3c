import { z } from 'zod'
import { dueAfterWorkingDays } from '../../domain/calendar.ts'
import { listCalendarVersions } from '../../store/rulebook.ts'
import type { Registry } from '../context.ts'
import { dayInput } from '../inputs.ts'

export const dueQuery = z.strictObject({
  from: dayInput.meta({ description: 'The event day; it does not count (民法典 201).', examples: ['2024-09-27'] }),
  workingDays: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .meta({ examples: [7] }),
})

/** The due day after so many working days, with every day counted and skipped (R1, R2). For anyone. */
export async function readDueDate(registry: Registry, { from, workingDays }: z.infer<typeof dueQuery>) {
  const { calendar } = await registry.rulebooks.current(registry.db)
  return dueAfterWorkingDays(calendar, from, workingDays)
}

/** The versions of the official calendar with the years that each brought. For anyone. */
export async function readCalendarVersions(registry: Registry) {
  return { items: await listCalendarVersions(registry.db) }
}
