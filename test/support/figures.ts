import { sql } from 'drizzle-orm'
import { certificateStateOn } from '../../src/domain/certificate.ts'
import { type MemberFigures, memberFigures, onTimeDuties, twelveMonthsUntil } from '../../src/domain/member-figures.ts'
import type { ObligationState } from '../../src/domain/obligation.ts'
import { addDays, type PlainDate } from '../../src/domain/plain-date.ts'
import { countedFacts, differencesOfCounts } from '../../src/store/counts.ts'
import { certificates, suspensions } from '../../src/store/schema/certificates.ts'
import { obligations } from '../../src/store/schema/obligations.ts'
import { results } from '../../src/store/schema/results.ts'
import type { Registry } from '../../src/usecases/context.ts'
import { obligationView } from '../../src/usecases/obligations/obligation-view.ts'

/** Where the kept counts differ from a recount; empty when all is well. */
export async function differences({ db }: Registry) {
  const found = []
  for (const counted of countedFacts) found.push(...(await differencesOfCounts(db, counted)))
  return found
}

/** The figures of a member as the domain derives them, row by row, from everything that is stored. */
export async function derivedFigures(
  registry: Registry,
  memberIds: readonly string[],
  today: PlainDate,
): Promise<MemberFigures> {
  const { db } = registry
  const own = <T extends { memberId: string }>(rows: readonly T[]) =>
    rows.filter((row) => memberIds.includes(row.memberId))
  const rulebook = await registry.rulebooks.current(db)
  const lifted = await db.select().from(suspensions)
  const states = own(await db.select().from(certificates)).map((certificate) => {
    const facts = { ...certificate, suspensions: lifted.filter((row) => row.certificateId === certificate.id) }
    return { until: certificate.validUntil, state: certificateStateOn(facts, today) }
  })
  const live = states.filter(({ state }) => state === 'valid' || state === 'suspended')
  const within = (days: number) => live.filter(({ until }) => until <= addDays(today, days)).length
  const owed = own(await db.select().from(obligations)).map((row) => obligationView(row, rulebook, today))
  const stand = (state: ObligationState, rows = owed) => rows.filter((row) => row.state === state).length
  const year = twelveMonthsUntil(today)
  const isInYear = (day: PlainDate) => year.from <= day && day <= year.until
  const cohort = (duty: string) => owed.filter((row) => row.duty === duty && isInYear(row.dueOn))
  const [cnca, secretariat] = [cohort(onTimeDuties.cnca), cohort(onTimeDuties.secretariat)]
  const decided = own(await db.select().from(results).where(sql`${results.supersededAt} is null`))
  return memberFigures(
    {
      live: live.length,
      suspended: states.filter(({ state }) => state === 'suspended').length,
      expiring30: within(30),
      expiring90: within(90),
      expiring180: within(180),
      results: decided.filter((row) => isInYear(row.effectiveDecidedOn)).length,
      open: stand('open'),
      dueSoon: stand('due_soon'),
      overdue: stand('overdue'),
      cncaOnTime: stand('met_on_time', cnca),
      cncaLate: stand('met_late', cnca),
      cncaOverdue: stand('overdue', cnca),
      cncaContested: cnca.filter((row) => row.contested).length,
      secretariatOnTime: stand('met_on_time', secretariat),
      secretariatLate: stand('met_late', secretariat),
      secretariatOverdue: stand('overdue', secretariat),
    },
    today,
  )
}
