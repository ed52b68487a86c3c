import type { OfficialCalendar } from '../../domain/calendar.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { reportDueOn, yearsOwed } from '../../domain/report/annual-report.ts'
import type { Db } from '../../store/database.ts'
import { beginningOf } from '../../store/report/reports.ts'

/** The reports that a scheme owes, handed in or not, the earliest first, each with its due day (N5). */
export async function owedReports(
  db: Db,
  calendar: OfficialCalendar,
  schemeCode: string,
  today: PlainDate,
): Promise<{ readonly year: number; readonly dueOn: PlainDate }[]> {
  const { beganOn, opened } = await beginningOf(db, schemeCode)
  return yearsOwed(schemeCode, beganOn, opened, today).map((year) => ({ year, dueOn: reportDueOn(calendar, year) }))
}
