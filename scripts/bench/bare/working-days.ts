import type { Sql } from 'postgres'

/** Working days from 2010 up to each day, itself included, by the notices. */
export async function countWorkingDays(sql: Sql): Promise<Map<string, number>> {
  const years = await sql`select off_days as off, makeup_workdays as makeup from calendar_years`
  const off = new Set(years.flatMap((year) => year.off))
  const makeup = new Set(years.flatMap((year) => year.makeup))
  const counted = new Map<string, number>()
  let days = 0
  for (let at = Date.parse('2010-01-01'); at < Date.parse('2030-01-01'); at += 864e5) {
    const day = new Date(at).toISOString().slice(0, 10)
    const isWeekend = [0, 6].includes(new Date(at).getUTCDay())
    if (!off.has(day) && (!isWeekend || makeup.has(day))) days += 1
    counted.set(day, days)
  }
  return counted
}
