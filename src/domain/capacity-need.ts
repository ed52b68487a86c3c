import type { CityCode } from './cities.ts'
import { type Candidate, isCompetent, limitsOf } from './eligibility.ts'
import type { Family } from './families.ts'
import { type PlainDate, yearOf } from './plain-date.ts'

/** Live certificates of a family and city that end in a month: their holders will ask for a body again (N2, N6). */
export type ExpiryWave = {
  readonly month: PlainDate
  readonly family: Family
  readonly cityCode: CityCode | null
  readonly certificates: number
}

export type BodyOnHand = Pick<
  Candidate,
  'standings' | 'approvalUntilOn' | 'approvalRevokedOn' | 'scopes' | 'capacities' | 'loads'
> & { readonly unitCities: readonly (string | null)[] }

/** Why it is short: nobody may do it, they are too few for the year, or nobody is in the city. */
export const needGrounds = ['no_body', 'capacity', 'no_unit_in_city'] as const
export type NeedGround = (typeof needGrounds)[number]

export const needGroundNames: Readonly<Record<NeedGround, readonly [zh: string, en: string]>> = {
  no_body: ['没有具备资格的机构', 'no body is competent'],
  capacity: ['机构年度能力不足', 'the year’s capacity is used up'],
  no_unit_in_city: ['本市没有执行机构', 'no executing unit in the city'],
}

/** Of a family in the whole province (`cityCode` null), or in one city: what ends, and from when it is short. */
export type CapacityNeed = {
  readonly family: Family
  readonly cityCode: CityCode | null
  readonly expiring: number
  /** Competent bodies on the day; in a city those with a unit there. */
  readonly bodies: number
  readonly ground: NeedGround | null
  /** The first month in which it is short, and by how many cases in all. */
  readonly shortFrom: PlainDate | null
  readonly shortBy: number
}

type Contains = (broad: string, narrow: string) => boolean

/**
 * Where capacity is short by scope and city, and by when: the case for new bodies (N2). Each certificate that ends is
 * one case in its month. A body that has stated no capacity has no limit; one whose scope, approval or standing is over by
 * then counts no more. What a body was given already this year is used; its capacity for all families together is shared
 * out as the certificates of the year end.
 */
export function capacityNeeds(
  waves: readonly ExpiryWave[],
  bodies: readonly BodyOnHand[],
  today: PlainDate,
  contains: Contains,
): CapacityNeed[] {
  const families = [...new Set(waves.map(({ family }) => family))]
  return families.flatMap((family) => {
    const ofFamily = waves.filter((wave) => wave.family === family)
    const known = ofFamily.filter((wave) => wave.cityCode !== null)
    const cities = [...new Set(known.map(({ cityCode }) => cityCode))].sort()
    const competentIn = (on: PlainDate) =>
      bodies.filter((body) => isCompetent({ family, industryCode: null, on }, body, contains))
    return [
      needOf(
        family,
        null,
        ofFamily,
        { competentIn, capacityOf: (there, year) => capacityOf(there, family, year, waves) },
        today,
      ),
      ...cities.map((city) => {
        const inCity = known.filter(({ cityCode }) => cityCode === city)
        const units = (on: PlainDate) => competentIn(on).filter(({ unitCities }) => unitCities.includes(city))
        return cityNeed(family, city as CityCode, inCity, units, today)
      }),
    ]
  })
}

type CompetentIn = (on: PlainDate) => readonly BodyOnHand[]

function needOf(
  family: Family,
  cityCode: CityCode | null,
  waves: readonly ExpiryWave[],
  {
    competentIn,
    capacityOf,
  }: { competentIn: CompetentIn; capacityOf: (there: readonly BodyOnHand[], year: number) => number },
  today: PlainDate,
): CapacityNeed {
  const months = byMonth(waves)
  const usedOfYear = new Map<number, number>()
  let [shortFrom, shortBy, ground]: [PlainDate | null, number, NeedGround | null] = [null, 0, null]
  for (const [month, cases] of months) {
    const year = yearOf(month)
    const there = competentIn(month < today ? today : month)
    const used = usedOfYear.get(year) ?? 0
    const left = there.length === 0 ? 0 : Math.max(0, capacityOf(there, year) - used)
    usedOfYear.set(year, used + Math.min(cases, left))
    if (cases <= left) continue
    shortFrom ??= month
    ground ??= there.length === 0 ? 'no_body' : 'capacity'
    shortBy += cases - left
  }
  const expiring = sumOf(waves)
  return { family, cityCode, expiring, bodies: competentIn(today).length, ground, shortFrom, shortBy }
}

/** A city without a unit is served from another one: it is said, and is short of nothing else. */
function cityNeed(
  family: Family,
  cityCode: CityCode,
  waves: readonly ExpiryWave[],
  unitsIn: CompetentIn,
  today: PlainDate,
): CapacityNeed {
  const without = byMonth(waves).filter(([month]) => unitsIn(month < today ? today : month).length === 0)
  const shortBy = without.reduce((sum, [, cases]) => sum + cases, 0)
  return {
    family,
    cityCode,
    expiring: sumOf(waves),
    bodies: unitsIn(today).length,
    ground: without.length === 0 ? null : 'no_unit_in_city',
    shortFrom: without[0]?.[0] ?? null,
    shortBy,
  }
}

/** Of a year: the sum of what is left of the limits that the bodies state. Both of the family and of all together bind. */
function capacityOf(bodies: readonly BodyOnHand[], family: Family, year: number, waves: readonly ExpiryWave[]): number {
  return bodies.reduce((sum, body) => {
    const left = limitsOf(body, year, family).map(({ family: of, limit, used }) => {
      const rest = Math.max(0, limit - used)
      return of === null ? Math.floor(rest * shareOf(body, family, year, waves)) : rest
    })
    return sum + Math.min(Number.POSITIVE_INFINITY, ...left)
  }, 0)
}

/** What part a family has in the certificates that end in a year, of the families that a body has a scope in. */
function shareOf({ scopes }: BodyOnHand, family: Family, year: number, waves: readonly ExpiryWave[]): number {
  const ofYear = waves.filter(({ month }) => yearOf(month) === year)
  const own = ofYear.filter((wave) => scopes.some((scope) => scope.family === wave.family))
  const whole = sumOf(own)
  return whole === 0 ? 1 : sumOf(own.filter((wave) => wave.family === family)) / whole
}

function byMonth(waves: readonly ExpiryWave[]): [month: PlainDate, cases: number][] {
  const sums = new Map<PlainDate, number>()
  for (const { month, certificates } of waves) sums.set(month, (sums.get(month) ?? 0) + certificates)
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
}

function sumOf(waves: readonly ExpiryWave[]): number {
  return waves.reduce((sum, { certificates }) => sum + certificates, 0)
}
