import { z } from 'zod'
import { expectedShares, rounded, shareWindow } from '../../domain/fair-share.ts'
import { industryContains } from '../../domain/industries.ts'
import { addDays, type PlainDate } from '../../domain/plain-date.ts'
import { candidatesFor, casesShared, ledgerCounts } from '../../store/desk.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const ledgerQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  on: dayInput.optional().meta({ description: 'The last day of the three years; today where absent.' }),
})

export type LedgerQuery = z.infer<typeof ledgerQuery>

/** What a body was given in three years, against its share by capacity within scope (R7). */
export type LedgerRow = {
  readonly memberId: string
  readonly name: string
  readonly fromOn: PlainDate
  readonly untilOn: PlainDate
  readonly assigned: number
  readonly selfSelected: number
  readonly declined: number
  readonly expected: number
  readonly deviation: number
}

/** The fairness ledger, bodies by name. A member sees itself. @throws Refusal */
export async function readLedger(
  registry: Registry,
  context: Context,
  query: LedgerQuery,
): Promise<KeysetPage<LedgerRow>> {
  const own = ownOr(confinedTo(context, 'ledger.read'), query.memberId)
  const after = positionOf('ledger', 'text', query.cursor)
  const ledger = await ledgerOn(registry, query.on ?? context.today)
  // Every body is there anyway, in the order of the database: a page goes on behind the row that it names.
  const rest = after === null ? ledger : ledger.slice(ledger.findIndex(({ memberId }) => memberId === after.id) + 1)
  const rows = own === null ? rest : rest.filter(({ memberId }) => memberId === own)
  return pageOf(
    'ledger',
    rows,
    query.limit,
    (row) => ({ value: row.name, id: row.memberId }),
    (row) => row,
  )
}

/** How many bodies it holds. @throws Refusal */
export async function countLedger(registry: Registry, context: Context, query: LedgerQuery) {
  const { items } = await readLedger(registry, context, { ...query, cursor: undefined, limit: ledgerMax })
  return { count: items.length, isExact: true }
}

const ledgerMax = 1_000_000

/** Every body's row: what is expected of one depends on all. */
async function ledgerOn({ lists }: Registry, on: PlainDate): Promise<LedgerRow[]> {
  const { after, until } = shareWindow(on)
  const [members, shared, counts] = await Promise.all([
    candidatesFor(lists, { on, enterpriseId: null }),
    casesShared(lists, after, until),
    ledgerCounts(lists, after, until),
  ])
  const expected = expectedShares(shared, members, industryContains)
  const byMember = new Map(counts.map((count) => [count.memberId, count]))
  return members.map(({ memberId, name }) => {
    const { assigned = 0, selfSelected = 0, declined = 0 } = byMember.get(memberId) ?? {}
    const share = expected.get(memberId) ?? 0
    const figures = { assigned, selfSelected, declined, expected: share, deviation: rounded(assigned - share) }
    return { memberId, name, fromOn: addDays(after, 1), untilOn: until, ...figures }
  })
}
