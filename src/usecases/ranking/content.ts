import canonicalize from 'canonicalize'
import type { PlainDate } from '../../domain/plain-date.ts'
import { kindOf, periodInWords } from '../../domain/ranking/bulletin.ts'
import type { BulletinContent, FigureWithout } from '../../domain/ranking/bulletin-content.ts'
import type { RowKind } from '../../domain/ranking/counter.ts'
import { indicatorsInForce } from '../../domain/ranking/indicator.ts'
import type { Policy } from '../../domain/ranking/policy.ts'
import { type Progress, type RankingInput, rank } from '../../domain/ranking/ranking.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { rankApart } from '../../statistics/rank-apart.ts'
import type { Db } from '../../store/database.ts'
import type { Bulletin, Dispute } from '../../store/ranking/bulletins.ts'
import type { LeftOut } from '../../store/ranking/counts.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { gatherInput } from './gather.ts'

export type MakeContent = {
  readonly bulletin: Bulletin
  readonly knownAt: Date
  readonly asOf: PlainDate
  readonly policy: BulletinContent['policy']
  readonly disputes: readonly Dispute[]
  readonly tell?: Progress
}

/** Counts, ranks and puts together; the same facts, policy and disputes give the same content to the last byte. */
export async function makeContent(db: Db, rulebook: Rulebook, made: MakeContent): Promise<BulletinContent> {
  const { bulletin, knownAt, asOf, policy, disputes } = made
  const period = { from: bulletin.fromOn, until: bulletin.untilOn }
  const asked = { period, years: policy.policy.yearWeights.length, asOf, knownAt }
  const upheld = leftOutOf(disputes)
  const open = disputes.filter(({ outcome }) => outcome === null)
  const input = await gatherInput(db, rulebook, asked, upheld)
  const ranking = rounded(await rankApart(input, policy.policy, made.tell))
  const parked = open.length === 0 ? null : await gatherInput(db, rulebook, asked, [...upheld, ...open.map(rowOf)])
  const words = periodInWords(period)
  return {
    bulletinId: bulletin.id,
    kind: kindOf(period),
    title: {
      zh: `关于${words.zh}“江苏精品”认证完成质量和数量情况的通报`,
      en: `Quality and quantity of the certifications of ${words.en}`,
    },
    knownAt: knownAt.toISOString(),
    asOf,
    policy,
    definitions: indicatorsInForce(period.until),
    input,
    ranking,
    disputed: disputes.map(({ memberId, indicator, rowKind, rowId, outcome }) => {
      return { memberId, indicator, rowKind: rowKind as RowKind, rowId, outcome }
    }),
    without: parked === null ? [] : figuresWithout(parked, policy.policy, open),
  }
}

type Disputed = Pick<Dispute, 'rowKind' | 'rowId' | 'outcome'>

/** The rows whose disputes were upheld: they are in no figure of the bulletin (R9). */
export function leftOutOf(disputes: readonly Disputed[]): LeftOut[] {
  return disputes.filter(({ outcome }) => outcome === 'upheld').map(rowOf)
}

function rowOf({ rowKind, rowId }: Disputed): LeftOut {
  return { kind: rowKind as RowKind, id: rowId }
}

/** The disputed figures of each body, without the rows; what is observed needs no draws. */
function figuresWithout(input: RankingInput, policy: Policy, open: readonly Dispute[]): FigureWithout[] {
  const observedOnly = { ...policy, draws: 1, weightings: 1 }
  const [table] = rounded(rank(input, observedOnly, () => 0.5)).tables
  const disputed = new Map(open.map((dispute) => [`${dispute.memberId} ${dispute.indicator}`, dispute]))
  return [...disputed.values()].flatMap(({ memberId, indicator }) => {
    const body = table?.bodies.find((each) => each.memberId === memberId)
    const figure = body?.figures.find((each) => each.indicator === indicator)
    if (!figure) return []
    const { value, numerator, denominator, contested, sufficient } = figure
    return [{ memberId, indicator, value, numerator, denominator, contested, sufficient }]
  })
}

/** The bytes that are hashed (RFC 8785). */
export function canonicalText(content: BulletinContent): string {
  const text = canonicalize(content)
  if (text === undefined) throw new Error('a bulletin has no content')
  return text
}
