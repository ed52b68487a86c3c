import { z } from 'zod'
import { dueSoonUntil, duties, obligationStates, sourcesDisagree } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { historyOf } from '../../store/events.ts'
import { explanationsOf } from '../../store/explanations.ts'
import {
  countObligations,
  listObligations,
  type ObligationColumn,
  type ObligationFilter,
  obligationColumnNames,
  obligationWriter,
  type WrittenObligation,
} from '../../store/lists/obligations.ts'
import type { Total } from '../../store/lists/totals.ts'
import { findObligation, receiptsOf, waiverOf } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { explanationView } from '../explanations/explanation-view.ts'
import { cityInput, dayInput, idInput } from '../inputs.ts'
import {
  asNamed,
  derivedParts,
  insideOf,
  itemOf,
  type KeysetPage,
  type Position,
  pageInput,
  pageOf,
  positionOf,
  runsOf,
  type WrittenItem,
  type WrittenPart,
} from '../pages.ts'
import {
  explainedObligation,
  listedObligationView,
  type ObligationStanding,
  type ObligationView,
  standingOf,
} from './obligation-view.ts'

export const obligationsQuery = z.strictObject({
  ...pageInput,
  on: dayInput.optional().meta({ description: 'The day the question is asked for; today where absent.' }),
  duty: z.enum(duties).optional(),
  state: z.enum(obligationStates).optional(),
  memberId: idInput.optional(),
  cityCode: cityInput.optional(),
  dueBefore: dayInput.optional().meta({ description: 'Due before this day.' }),
  dueAfter: dayInput.optional().meta({ description: 'Due after this day.' }),
})

export type ObligationsQuery = z.infer<typeof obligationsQuery>

/** Obligations by due day, with state and lateness on the day asked for (R2). A member sees its own. @throws Refusal */
export async function readObligations(
  registry: Registry,
  context: Context,
  query: ObligationsQuery,
): Promise<KeysetPage<ObligationView>> {
  authorise(context, 'obligations.read')
  const rulebook = await registry.rulebooks.recent(registry.db)
  const filter = filterOf(context, rulebook, query)
  const rows = await listObligations(registry.lists, filter)
  return pageOf('obligations', rows, query.limit, placeOf, (row) => listedObligationView(row, rulebook, filter.on))
}

/** What of an obligation is a column. */
export const obligationColumns: readonly ObligationColumn[] = obligationColumnNames

export type ObligationPart = WrittenPart<ObligationColumn, ObligationStanding>

/** The same page as JSON, in these parts: a way of writing that is made once and used for ever. */
export function obligationsWriter(parts: readonly ObligationPart[]) {
  const write = obligationWriter(runsOf(parts))
  return async (registry: Registry, context: Context, query: ObligationsQuery): Promise<KeysetPage<WrittenItem>> => {
    authorise(context, 'obligations.read')
    const rulebook = await registry.rulebooks.recent(registry.db)
    const filter = filterOf(context, rulebook, query)
    const rows = await write(registry.lists, filter)
    const derivedOf = derivedOn(parts, rulebook, filter.on)
    const placeOfRow = ({ facts }: WrittenObligation) => placeOf(facts)
    return pageOf('obligations', rows, query.limit, placeOfRow, (row) => itemOf(parts, row.runs, derivedOf(row)))
  }
}

/** With everything that an obligation has. @throws Refusal */
export const writeObligationsPage = obligationsWriter([
  { columns: asNamed(obligationColumnNames) },
  { derive: ({ state, lateness }) => insideOf({ state, lateness }) },
])

/** Obligations of a page lie together by their due day: most stand as the one before. */
function derivedOn(parts: readonly ObligationPart[], rulebook: Rulebook, on: PlainDate) {
  const known = new Map<string, Buffer[]>()
  return ({ facts }: WrittenObligation): Buffer[] => {
    const { duty, ruleVersion, eventOn, dueOn, metOn, waivedOn } = facts
    const key = [duty, ruleVersion, eventOn, dueOn, metOn, waivedOn].join()
    const derived = known.get(key) ?? derivedParts(parts, standingOf(facts, rulebook, on))
    known.set(key, derived)
    return derived
  }
}

function placeOf({ dueOn, id }: { dueOn: PlainDate; id: string }): Position {
  return { value: dueOn, id }
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedObligations(
  registry: Registry,
  context: Context,
  query: ObligationsQuery,
): Promise<Total> {
  authorise(context, 'obligations.read')
  const rulebook = await registry.rulebooks.recent(registry.db)
  return countObligations(registry.lists, filterOf(context, rulebook, query))
}

/** @throws Refusal */
function filterOf(context: Context, rulebook: Rulebook, query: ObligationsQuery): ObligationFilter {
  const on = query.on ?? context.today
  return {
    memberId: ownOr(confinedTo(context, 'obligations.read'), query.memberId),
    after: positionOf('obligations', 'day', query.cursor),
    limit: query.limit,
    on,
    today: context.today,
    duty: query.duty,
    state: query.state,
    cityCode: query.cityCode,
    dueBefore: query.dueBefore,
    dueAfter: query.dueAfter,
    dueSoon: dueSoonByRule(rulebook, on),
  }
}

export function dueSoonByRule({ rules, calendar }: Rulebook, on: PlainDate) {
  return rules.map(({ duty, version, dueSoonWorkingDays }) => ({
    duty,
    version,
    until: dueSoonUntil(calendar, on, dueSoonWorkingDays),
  }))
}

/**
 * The member to filter by: an actor confined to its own rows sees only those. Asking for a foreign member's rows is
 * answered as if that member did not exist. @throws Refusal
 */
export function ownOr(own: string | null, asked: string | undefined): string | null {
  if (own !== null && asked !== undefined && asked !== own)
    throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
  return own ?? asked ?? null
}

/** One obligation with the arithmetic of its due day, its receipts, where sources disagree, and its history. @throws Refusal */
export async function readObligation(registry: Registry, context: Context, id: string, on = context.today) {
  const own = confinedTo(context, 'obligations.read')
  const obligation = await findObligation(registry.db, id)
  if (!obligation || (own !== null && obligation.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
  const rulebook = await registry.rulebooks.current(registry.db)
  const [view, receipts, waiver, explanations, history] = await Promise.all([
    explainedObligation(registry.db, registry.rulebooks, rulebook, obligation, on),
    receiptsOf(registry.db, id),
    waiverOf(registry.db, id),
    explanationsOf(registry.db, id),
    historyOf(registry.db, 'obligation', id),
  ])
  const current = receipts.find((receipt) => receipt.supersededAt === null)
  return {
    ...view,
    receipts,
    sourcesDisagree: current !== undefined && sourcesDisagree(current.reportedOn, reviewsInOrder(receipts)),
    waiver: waiver ?? null,
    explanations: explanations.map(explanationView),
    history,
  }
}

/** What the regulator said of any of the receipts: a correction by the member does not wipe it out. */
function reviewsInOrder(receipts: Awaited<ReturnType<typeof receiptsOf>>) {
  return receipts.flatMap((receipt) => receipt.reviews).sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime())
}
