import { addDays, addMonths, plainDate } from '../../src/domain/plain-date.ts'
import type { Counter } from '../../src/domain/ranking/counter.ts'
import type { IndicatorId } from '../../src/domain/ranking/indicator.ts'
import type { RankedBody, Ranking } from '../../src/domain/ranking/ranking.ts'
import { countsWithin, stretchesOf } from '../../src/domain/ranking/window.ts'
import { obligationsOf } from '../../src/store/obligations.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { gatherInput } from '../../src/usecases/ranking/gather.ts'
import { bodyOf, posted } from './asking.ts'
import type { TestRegistry } from './services.ts'

export const on = (test: TestRegistry, day: string) => test.clock.set(`${day}T02:00:00Z`)

export const quarter = { from: plainDate('2026-07-01'), until: plainDate('2026-09-30') }

/** A result of a member decided and posted on a day, to be reported to CNCA within seven working days. */
export async function decided(
  test: TestRegistry,
  member: 'a' | 'b',
  name: string,
  day: string,
  changes: Record<string, unknown> = {},
): Promise<{ certificateId: string; resultId: string; reportId: string }> {
  on(test, day)
  const body = bodyOf(name, { decidedOn: day, ...changes }, { issuedOn: day, validUntil: '2029-07-31' })
  const answer = await posted(test, body, test.as('member', member))
  const resultId = answer.result.id
  const duties = await obligationsOf(test.registry.db, { resultId })
  const reportId = duties.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
  return { certificateId: answer.certificate?.id ?? '', resultId, reportId }
}

export async function reported(test: TestRegistry, member: 'a' | 'b', reportId: string, day: string): Promise<void> {
  on(test, day)
  const input = receiptInput.parse({ reportedOn: day, receiptNumber: `示例-${reportId.slice(-6)}` })
  await recordReceipt(test.registry, test.as('member', member), reportId, input, undefined)
}

/**
 * A third quarter: a decides six results on 3 August and reports all on the 5th; b decides six, reports three on the 5th,
 * two on the 20th, which is late, and one never. Due on 12 August.
 */
export async function aQuarter(test: TestRegistry): Promise<{ a: string[]; b: string[] }> {
  const reports = { a: [] as string[], b: [] as string[] }
  for (const member of ['a', 'b'] as const)
    for (let at = 1; at <= 6; at += 1)
      reports[member].push((await decided(test, member, `${member}${at}`, '2026-08-03')).reportId)
  for (const id of reports.a) await reported(test, 'a', id, '2026-08-05')
  for (const id of reports.b.slice(0, 3)) await reported(test, 'b', id, '2026-08-05')
  for (const id of reports.b.slice(3, 5)) await reported(test, 'b', id, '2026-08-20')
  on(test, '2026-11-20')
  return reports
}

/** The row of a body in the table of all families. */
export function rowOf(ranking: Ranking, memberId: string): RankedBody {
  const row = ranking.tables[0]?.bodies.find((body) => body.memberId === memberId)
  if (!row) throw new Error(`no row of ${memberId}`)
  return row
}

export function figureOf(ranking: Ranking, memberId: string, indicator: IndicatorId) {
  const figure = rowOf(ranking, memberId).figures.find((each) => each.indicator === indicator)
  if (!figure) throw new Error(`no figure ${indicator}`)
  return figure
}

/** What is counted of body a in the year until today, as it is known now. */
export async function countedOf<Name extends Counter>(
  test: TestRegistry,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const { today: asOf, now } = test.as('secretariat')
  // A row that is changed twice at one instant is known otherwise a moment later.
  const knownAt = new Date(now.getTime() + 1_000)
  const period = { from: addDays(addMonths(asOf, -12), 1), until: asOf }
  const rulebook = await test.registry.rulebooks.current(test.registry.db)
  const { counts, windows } = await gatherInput(test.registry.db, rulebook, { period, years: 1, asOf, knownAt })
  const own = counts.filter(({ memberId }) => memberId === test.memberIds.a)
  const within = countsWithin(own, stretchesOf(windows), windows.period)
  return Object.fromEntries(names.map((name) => [name, within.of[name] ?? 0])) as Record<Name, number>
}
