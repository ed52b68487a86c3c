import { workingDaysUpToEach } from '../../domain/calendar.ts'
import { industriesWithin } from '../../domain/industries.ts'
import { addDays, earlierOf, laterOf, type PlainDate } from '../../domain/plain-date.ts'
import type { Span } from '../../domain/ranking/counter.ts'
import { countersFor, type Indicator, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import type { RankingInput } from '../../domain/ranking/ranking.ts'
import { scopeCounts } from '../../domain/ranking/scopes.ts'
import { lastDaysOf, stretchesOf, type Windows, windowsOf } from '../../domain/ranking/window.ts'
import { isInside, type Standing } from '../../domain/standing.ts'
import type { Db } from '../../store/database.ts'
import { type BodyFacts, bodyFacts, countRows, type LeftOut, scopesOfSpans } from '../../store/ranking/counts.ts'
import type { AsKnown } from '../../store/ranking/rows.ts'
import type { Rulebook } from '../../store/rulebook.ts'

export type Asked = {
  readonly period: Span
  /** How many years back the judgement looks. */
  readonly years: number
  readonly asOf: PlainDate
  readonly knownAt: Date
  readonly memberId?: string
  /** A scope: an industry with all that lies in it. */
  readonly industryCode?: string
  /** Of one scheme alone; absent, of all. */
  readonly schemeCode?: string
  /** Whether the day `asOf` is over, so that what was due on it is overdue. */
  readonly isOver?: boolean
}

/** What the store is asked for a period. */
export function asKnown(
  { calendar }: Rulebook,
  { period, years, asOf, knownAt, memberId, industryCode, schemeCode, isOver = false }: Asked,
): AsKnown & Windowed {
  const windows = windowsOf(period, years)
  const spans = [windows.period, windows.previous, ...windows.years]
  const from = spans.map((span) => span.from).reduce((first, day) => (day < first ? day : first))
  const base = addDays(from, -400)
  const until = laterOf(asOf, period.until)
  const upTo = workingDaysUpToEach(calendar, base, until)
  return {
    windows,
    knownAt,
    asOf,
    overOn: isOver ? asOf : addDays(asOf, -1),
    from,
    until: period.until,
    lastDays: lastDaysOf(windows),
    workingDays: { base, since: earlierOf(windows.previous.from, period.from), upTo },
    ...(memberId === undefined ? {} : { memberId }),
    ...(schemeCode === undefined ? {} : { schemeCode }),
    ...(industryCode === undefined ? {} : { industries: industriesWithin(industryCode) }),
  }
}

type Windowed = { readonly windows: Windows }

/**
 * All that a ranking of a period is made of, as it was known at an instant (R4a, R9): the bodies inside the alliance on its
 * last day, and others that did something in it; of a scope, those that did something in it.
 */
export async function gatherInput(
  db: Db,
  rulebook: Rulebook,
  asked: Asked,
  leftOut: readonly LeftOut[] = [],
  definitions: readonly Indicator[] = indicatorsInForce(asked.period.until),
): Promise<RankingInput> {
  const known = asKnown(rulebook, asked)
  const { windows } = known
  const stretches = stretchesOf(windows)
  const counts = await countRows(db, known, stretches, countersFor(definitions), leftOut)
  const left = new Set(leftOut.flatMap(({ kind, id }) => (kind === 'scope' ? [id] : [])))
  // Which scopes are used is a question about all of them, not about one.
  const spans = asked.industryCode === undefined ? [windows.period, windows.previous] : []
  for (const [at, { held, served }] of (await scopesOfSpans(db, known, spans)).entries()) {
    const last = stretches.findLastIndex((start) => start <= (spans[at]?.until ?? start))
    counts.push(
      ...scopeCounts(
        held.filter(({ id }) => !left.has(id)),
        served,
        last,
      ),
    )
  }
  const active = new Set(
    counts.flatMap(({ memberId, counter, stretch }) => {
      const start = stretches[stretch] ?? windows.period.from
      return counter !== 'scope_unused' && start >= windows.period.from ? [memberId] : []
    }),
  )
  const facts = await bodyFacts(db, known)
  // Inside the alliance a body is compared whether or not it did anything.
  const isCompared = (standing: Standing | null) => asked.industryCode === undefined && isInside(standing)
  const bodies = facts.filter(({ standing, memberId }) => isCompared(standing) || active.has(memberId))
  const included = new Set(bodies.map(({ memberId }) => memberId))
  return {
    windows,
    asOf: asked.asOf,
    bodies: bodies.map(bodyOf),
    counts: counts.filter(({ memberId }) => included.has(memberId)),
  }
}

function bodyOf({ memberId, name, hasFailedRectification, approvalRevoked }: BodyFacts) {
  return { memberId, name, hasFailedRectification, approvalRevoked }
}
