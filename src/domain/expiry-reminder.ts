import { addDays, daysBetween, type PlainDate } from './plain-date.ts'

/** Days before the last day of a certificate at which its holder’s body is reminded (N6). */
export const expiryReminderDays = [180, 90, 60, 30] as const
/** Days before a scope or an approval lapses (N1). */
export const lapseReminderDays = [90, 30, 7] as const

/** What lapsed longer ago than this is told no more: it is history, not news. */
export const lapseToldDays = 30

/**
 * The stage to speak of on a day: of those reached the nearest to the last day, so that of several that were missed
 * only one is said; null before the first and after the last day, which itself counts.
 */
export function reminderStage<Stage extends number>(
  lastOn: PlainDate,
  on: PlainDate,
  stages: readonly Stage[],
): Stage | null {
  const left = daysBetween(on, lastOn)
  if (left < 0) return null
  const reached = stages.filter((stage) => left <= stage)
  return reached.length > 0 ? (Math.min(...reached) as Stage) : null
}

/** The same for a scope or an approval, with `lapsed` for a while after its last day. */
export function lapseStage(lastOn: PlainDate, on: PlainDate): (typeof lapseReminderDays)[number] | 'lapsed' | null {
  if (on > lastOn) return on <= addDays(lastOn, lapseToldDays) ? 'lapsed' : null
  return reminderStage(lastOn, on, lapseReminderDays)
}
