import canonicalize from 'canonicalize'
import { groupedBy } from '../../domain/grouped.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { kindOf, periodInWords } from '../../domain/ranking/bulletin.ts'
import { type BulletinContent, bulletinReckoning, type FigureWithout } from '../../domain/ranking/bulletin-content.ts'
import { countersBeside, type RowKind } from '../../domain/ranking/counter.ts'
import { countersBehind, type Indicator, observe } from '../../domain/ranking/indicator.ts'
import type { Progress, RankingInput } from '../../domain/ranking/ranking.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { countsWithin, stretchesOf } from '../../domain/ranking/window.ts'
import { rankApart } from '../../statistics/rank-apart.ts'
import type { Db } from '../../store/database.ts'
import type { Bulletin, Dispute } from '../../store/ranking/bulletins.ts'
import type { LeftOut } from '../../store/ranking/counts.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { countersOf } from './asked-rows.ts'
import { gatherInput } from './gather.ts'

export type MakeContent = {
  readonly bulletin: Bulletin
  readonly knownAt: Date
  readonly asOf: PlainDate
  readonly policy: BulletinContent['policy']
  readonly disputes: readonly Dispute[]
  readonly definitions: readonly Indicator[]
  readonly tell?: Progress
}

/** Counts, ranks and puts together; the same facts, policy and disputes give the same content to the last byte. */
export async function makeContent(db: Db, rulebook: Rulebook, made: MakeContent): Promise<BulletinContent> {
  const { bulletin, knownAt, asOf, policy, disputes, definitions } = made
  const period = { from: bulletin.fromOn, until: bulletin.untilOn }
  const asked = { period, years: policy.policy.yearWeights.length, asOf, knownAt }
  const upheld = leftOutOf(disputes, period.until)
  const open = disputes.filter(({ outcome }) => outcome === null)
  const input = await gatherInput(db, rulebook, asked, upheld, definitions)
  const ranking = rounded(await rankApart(input, { policy: policy.policy, definitions }, made.tell))
  const parked =
    open.length === 0
      ? null
      : await gatherInput(
          db,
          rulebook,
          asked,
          [...upheld, ...open.map((dispute) => rowOf(dispute, period.until))],
          definitions,
        )
  const words = periodInWords(period)
  return {
    reckoning: bulletinReckoning,
    bulletinId: bulletin.id,
    kind: kindOf(period),
    title: {
      zh: `关于${words.zh}“江苏精品”认证完成质量和数量情况的通报`,
      en: `Quality and quantity of the certifications of ${words.en}`,
    },
    knownAt: knownAt.toISOString(),
    asOf,
    policy,
    calendarVersion: rulebook.calendar.version,
    definitions,
    input,
    ranking,
    disputed: disputes.map(({ memberId, indicator, rowKind, rowId, outcome }) => {
      return { memberId, indicator, rowKind: rowKind as RowKind, rowId, outcome }
    }),
    without: parked === null ? [] : figuresWithout(parked, definitions, open),
  }
}

type Disputed = Pick<Dispute, 'indicator' | 'rowKind' | 'rowId' | 'outcome'>

/** The rows whose disputes were upheld: they are in no figure that rests on what was disputed of them (R9). */
export function leftOutOf(disputes: readonly Disputed[], until: PlainDate): LeftOut[] {
  return disputes.filter(({ outcome }) => outcome === 'upheld').map((dispute) => rowOf(dispute, until))
}

function rowOf({ indicator, rowKind, rowId }: Disputed, until: PlainDate): LeftOut {
  return { kind: rowKind as RowKind, id: rowId, counters: countersBeside(countersOf(indicator, until)) }
}

/** Every figure that a disputed row stands in, without the rows: what is observed of them. */
function figuresWithout(
  input: RankingInput,
  definitions: readonly Indicator[],
  open: readonly Dispute[],
): FigureWithout[] {
  const stretches = stretchesOf(input.windows)
  const rowsOf = groupedBy(input.counts, ({ memberId }) => memberId)
  const touched = open.flatMap(({ memberId, indicator }) => {
    const about = countersBeside(countersOf(indicator, input.windows.period.until))
    return definitions
      .filter((definition) => countersBehind(definition).some((counter) => about.includes(counter)))
      .map((definition) => ({ memberId, definition }))
  })
  const once = new Map(touched.map((each) => [`${each.memberId} ${each.definition.id}`, each]))
  return [...once.values()].map(({ memberId, definition }) => {
    const counts = countsWithin(rowsOf.get(memberId) ?? [], stretches, input.windows.period)
    return { memberId, indicator: definition.id, ...rounded(observe(definition, counts)) }
  })
}

/** The bytes that are hashed (RFC 8785). */
export function canonicalText(content: BulletinContent): string {
  const text = canonicalize(content)
  if (text === undefined) throw new Error('a bulletin has no content')
  return text
}
