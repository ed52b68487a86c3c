import { z } from 'zod'
import { needGrounds } from '../domain/capacity-need.ts'
import { familyOrder } from '../domain/families.ts'
import { bulletinKinds, bulletinStates, disputeOutcomes } from '../domain/ranking/bulletin.ts'
import { counters, rowKinds } from '../domain/ranking/counter.ts'
import { indicatorIds } from '../domain/ranking/indicator.ts'
import { recommendations } from '../domain/ranking/recommendation.ts'
import { bodyClasses, classLimits } from '../domain/ranking/score.ts'
import { day, instant, listOf } from './shapes.ts'

const id = z.string().meta({ format: 'uuid' })
const text = z.string()
const number = z.number()
const words = z.object({ zh: text, en: text })
const bilingual = z.tuple([text, text]).readonly()
const indicatorId = z.enum(indicatorIds)
const span = z.object({ from: day, until: day })

const formula = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('share'), part: listOf(z.enum(counters)), whole: listOf(z.enum(counters)) }),
  z.object({ kind: z.literal('incidence'), events: listOf(z.enum(counters)), per100: listOf(z.enum(counters)) }),
  z.object({ kind: z.literal('quantile'), of: listOf(z.enum(counters)), quantile: number }),
  z.object({ kind: z.literal('count'), of: listOf(z.enum(counters)) }),
])

export const indicatorShape = z.object({
  id: indicatorId,
  version: number,
  effectiveOn: day,
  axis: z.enum(['quality', 'quantity']),
  name: bilingual,
  text: bilingual,
  formula,
  rowsMin: number,
  higherIsBetter: z.boolean(),
})

const observed = {
  value: number.nullable(),
  numerator: number,
  denominator: number.nullable(),
  contested: number,
  sufficient: z.boolean(),
}

export const figureShape = z.object({
  indicator: indicatorId,
  definitionVersion: number,
  ...observed,
  low: number.nullable(),
  high: number.nullable(),
  estimate: number.nullable(),
  previous: number.nullable(),
  asOf: day,
})

const bodyClass = z.enum(bodyClasses)

const rankedBody = z.object({
  memberId: id,
  name: text,
  figures: listOf(figureShape),
  quality: z.object({
    points: number.nullable(),
    parts: listOf(z.object({ indicator: indicatorId, weight: number, points: number })),
    pointsClass: bodyClass.nullable(),
    class: bodyClass.nullable(),
    limits: listOf(z.enum(classLimits)),
    place: number.nullable(),
    places: z.object({ best: number, worst: number }).nullable(),
    previousPlace: number.nullable(),
    classChances: z.object({ A: number, B: number, C: number }).nullable(),
    heldShare: number.nullable(),
  }),
  quantity: z.object({ results: number, place: number, previousResults: number, previousPlace: number }),
  judgement: z
    .object({
      met: number,
      due: number,
      chanceBelowBar: number,
      chanceAboveTop: number,
      recommendation: z.enum(recommendations),
      words,
    })
    .nullable(),
})

export const rankingShape = z.object({
  windows: z.object({ period: span, previous: span, years: listOf(span) }),
  asOf: day,
  definitions: listOf(z.object({ id: indicatorId, version: number })),
  tables: listOf(
    z.object({ family: z.enum(familyOrder as [string, ...string[]]).nullable(), bodies: listOf(rankedBody) }),
  ),
})

export const rowBehindShape = z.object({
  kind: z.enum(rowKinds),
  id,
  counter: z.enum(counters),
  onDay: day,
  family: text.nullable(),
  workingDays: number.nullable(),
  contested: z.boolean(),
})

const point = z.tuple([number, number]).readonly()

const policyDocument = z.object({
  weights: z.record(text, number),
  points: z.record(text, listOf(point)),
  classA: number,
  classB: number,
  capLate: z.boolean(),
  vetoFalseResult: z.boolean(),
  vetoPenalty: z.boolean(),
  recommendation: z.object({
    bar: number,
    topBar: number,
    watchAt: number,
    rectifyAt: number,
    removeAt: number,
    commendAt: number,
    resultsMin: number,
  }),
  yearWeights: listOf(number),
  intervalChance: number,
  draws: number,
  weightings: number,
  seed: text,
})

export const policyShapeOfAnswer = z.object({
  version: number,
  effectiveOn: day,
  policy: policyDocument,
  approvedBy: text,
  recordedAt: instant,
  recordedBy: text,
})

const outcome = z.object({
  points: number.nullable(),
  class: bodyClass.nullable(),
  place: number.nullable(),
  recommendation: z.enum(recommendations).nullable(),
})

export const previewShape = z.object({
  policyVersion: number,
  items: listOf(z.object({ memberId: id, name: text, present: outcome, previewed: outcome })),
})

export const bulletinShape = z.object({
  id,
  kind: z.enum(bulletinKinds),
  fromOn: day,
  untilOn: day,
  openedOn: day,
  previewUntilOn: day,
  period: words,
  kindName: words,
  state: z.enum(bulletinStates),
  stateName: words,
  publication: z
    .object({
      bulletinId: id,
      publishedOn: day,
      knownAt: instant,
      policyVersion: number,
      sha256: text.meta({ description: 'Of the content as it was frozen (RFC 8785).' }),
      documentSha256: text,
      overrideReason: text.nullable(),
      recordedAt: instant,
      recordedBy: text,
    })
    .nullable(),
  recordedAt: instant,
  recordedBy: text,
})

export const disputeShape = z.object({
  id,
  bulletinId: id,
  memberId: id,
  indicator: indicatorId,
  rowKind: text,
  rowId: id,
  words: text,
  openedOn: day,
  outcome: z.enum(disputeOutcomes).nullable(),
  answer: text.nullable(),
  resolvedOn: day.nullable(),
  resolvedBy: text.nullable(),
  recordedAt: instant,
  recordedBy: text,
})

export const decisionShape = z.object({
  id,
  bulletinId: id,
  memberId: id,
  recommendation: z.enum(recommendations),
  decision: z.enum(recommendations),
  words: text,
  seen: z.record(text, z.unknown()),
  seenSha256: text,
  measureId: id.nullable(),
  decidedOn: day,
  recordedAt: instant,
  recordedBy: text,
})

const disputedRow = z.object({
  memberId: id,
  indicator: indicatorId,
  rowKind: text,
  rowId: id,
  outcome: z.enum(disputeOutcomes).nullable(),
})

export const wholeBulletinShape = bulletinShape.extend({
  title: words,
  policy: z.object({ version: number, approvedBy: text, policy: policyDocument }),
  definitions: listOf(indicatorShape),
  ranking: rankingShape,
  disputed: listOf(disputedRow),
  without: listOf(z.object({ memberId: id, indicator: indicatorId, ...observed })),
  disputes: listOf(disputeShape),
  decisions: listOf(decisionShape),
})

const part = number.nullable()

export const changeShape = z.object({
  memberId: id,
  indicator: indicatorId,
  before: part,
  after: part,
  lateArrivals: part,
  data: part,
  definition: part,
})

export const funnelShape = z.object({
  commonRate: number.nullable(),
  points: listOf(z.object({ memberId: id, name: text, due: number, rate: number })),
  limits: listOf(z.object({ due: number, low95: number, high95: number, low998: number, high998: number })),
})

export const rankRowsShape = z.object({
  chance: number,
  items: listOf(z.object({ memberId: id, name: text, place: number, best: number, worst: number })),
})

export const trendShape = z.object({
  indicator: text,
  items: listOf(z.object({ month: day, value: number.nullable(), numerator: number, denominator: number.nullable() })),
})

export const expiryChartShape = z.object({ items: listOf(z.object({ month: text, certificates: number })) })

export const needShape = z.object({
  family: text,
  cityCode: text.nullable().meta({ description: 'Null: the whole province.' }),
  expiring: number,
  bodies: number,
  ground: z.enum(needGrounds).nullable(),
  groundName: words.nullable(),
  shortFrom: day.nullable(),
  shortBy: number,
})
