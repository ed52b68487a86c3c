import fc from 'fast-check'
import t from 'tap'
import { type Plan, type PlanInput, planBatch } from '../../src/domain/batch-plan.ts'
import { kilometresMax } from '../../src/domain/city-distances.ts'
import { loadHighs } from '../../src/solver/highs.ts'
import { planApart } from '../../src/solver/plan-apart.ts'
import { problemsOf } from '../support/asking.ts'

/** Plans of batches (N3): the solver's against all plans there are, where they can be counted. */
const solve = await loadHighs()
const members = ['a', 'b', 'c']

const option = fc.record({
  memberId: fc.constantFrom(...members),
  kilometres: fc.option(fc.integer({ min: 0, max: 5 })),
})
const aCase = fc.record({
  family: fc.constantFrom('services', 'agriculture'),
  options: fc.uniqueArray(option, { maxLength: 3, selector: ({ memberId }) => memberId }),
})
const rooms = fc.uniqueArray(
  fc.record({ family: fc.constantFrom(null, 'services', 'agriculture'), room: fc.integer({ min: 0, max: 4 }) }),
  { maxLength: 2, selector: ({ family }) => family },
)
const owed = fc.integer({ min: -300, max: 600 }).map((hundredths) => hundredths / 100)

const inputs: fc.Arbitrary<PlanInput> = fc.record({
  seed: fc.string(),
  cases: fc.array(aCase, { maxLength: 6 }).map((cases) => cases.map((one, n) => ({ ...one, key: `case ${n}` }))),
  members: fc
    .tuple(...members.map((memberId) => fc.record({ memberId: fc.constant(memberId), rooms, owed })))
    .map((made) => [...made]),
})

type Given = readonly (string | null)[]

/** Every way to give each case to one of those who may have it, or to nobody. */
function allPlans({ cases }: PlanInput): Given[] {
  return cases.reduce<Given[]>(
    (plans, { options }) =>
      plans.flatMap((plan) =>
        [null, ...options.map(({ memberId }) => memberId)].map((memberId) => [...plan, memberId]),
      ),
    [[]],
  )
}

function isWithinRooms({ cases, members }: PlanInput, plan: Given): boolean {
  return members.every(({ memberId, rooms }) =>
    rooms.every(
      ({ family, room }) =>
        plan.filter((to, n) => to === memberId && (family === null || cases[n]?.family === family)).length <= room,
    ),
  )
}

const placedOf = (plan: Given) => plan.filter((to) => to !== null).length
const countOf = (plan: Given, memberId: string) => plan.filter((to) => to === memberId).length

/** The largest deviation, and then the largest of what a plan can mend; rounded, as they are fractions. */
function deviationsOf({ members, cases }: PlanInput, plan: Given): [number, number] {
  const all = members.map(({ memberId, owed }) => Math.abs(owed - countOf(plan, memberId)))
  const mendable = members.map(({ memberId, owed, rooms }) => {
    const roomFor = (family: string | null) => rooms.find((each) => each.family === family)?.room ?? 99
    const reach = ['services', 'agriculture'].map((family) => {
      const open = cases.filter(
        (one) => one.family === family && one.options.some((each) => each.memberId === memberId),
      )
      return Math.min(open.length, roomFor(family))
    })
    const most = Math.min(
      roomFor(null),
      reach.reduce((sum, each) => sum + each, 0),
    )
    return Math.abs(Math.min(Math.max(owed, 0), most) - countOf(plan, memberId))
  })
  const largest = (values: number[]) => Math.round(Math.max(...values) * 1e4)
  return [largest(all), largest(mendable)]
}

function wayOf({ cases }: PlanInput, plan: Given): number {
  return plan.reduce((sum, to, n) => {
    const found = cases[n]?.options.find(({ memberId }) => memberId === to)
    return found ? sum + (found.kilometres ?? kilometresMax) : sum
  }, 0)
}

/** What the order of aims makes of a plan: less is better, from left to right. */
function worth(input: PlanInput, plan: Given): number[] {
  return [-placedOf(plan), ...deviationsOf(input, plan), wayOf(input, plan)]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

const givenBy = (input: PlanInput, { memberOf }: Plan): Given => input.cases.map(({ key }) => memberOf.get(key) ?? null)

t.test('no plan is better than the one found: by cases placed, then by shares, then by distance', async (t) => {
  fc.assert(
    fc.property(inputs, (input) => {
      const plan = planBatch(input, solve)
      const given = givenBy(input, plan)
      const best = allPlans(input)
        .filter((each) => isWithinRooms(input, each))
        .map((each) => worth(input, each))
        .sort(compare)[0]
      return (
        isWithinRooms(input, given) &&
        compare(worth(input, given), best ?? []) === 0 &&
        plan.placed === placedOf(given) &&
        plan.kilometres === wayOf(input, given) &&
        plan.gap === 0
      )
    }),
    { numRuns: 150 },
  )
  t.pass('of every small batch')
})

t.test('the order of cases, bodies and options plays no part', async (t) => {
  fc.assert(
    fc.property(inputs, (input) => {
      const turned = {
        ...input,
        cases: [...input.cases].reverse().map((one) => ({ ...one, options: [...one.options].reverse() })),
        members: [...input.members].reverse(),
      }
      const [one, other] = [planBatch(input, solve), planBatch(turned, solve)]
      return input.cases.every(({ key }) => one.memberOf.get(key) === other.memberOf.get(key))
    }),
    { numRuns: 50 },
  )
  t.pass('of any batch')
})

const batch = (size: number): PlanInput => ({
  seed: '2026',
  cases: Array.from({ length: size }, (_, n) => ({
    key: `case ${n}`,
    family: 'services',
    options: members.slice(0, 1 + (n % 3)).map((memberId, at) => ({ memberId, kilometres: (n * 7 + at * 3) % 11 })),
  })),
  members: members.map((memberId) => ({ memberId, rooms: [], owed: size / 3 })),
})

t.test('a plan made in another thread is the same plan', async (t) => {
  const apart = await planApart(batch(60))
  t.same(apart, planBatch(batch(60), solve))
  t.equal(apart.placed, 60)
})

t.test('another seed draws other lots among equals, and nothing else', async (t) => {
  const equal = {
    ...batch(30),
    cases: batch(30).cases.map((one) => ({ ...one, options: batch(3).cases[2]?.options ?? [] })),
  }
  const [one, other] = [planBatch(equal, solve), planBatch({ ...equal, seed: '2027' }, solve)]
  t.notSame([...one.memberOf], [...other.memberOf])
  t.match(other, { placed: one.placed, kilometres: one.kilometres, largestDeviation: one.largestDeviation })
})

t.test('nothing to give out, or nobody to give it to, is a plan too', async (t) => {
  t.match(planBatch({ seed: '', cases: [], members: batch(3).members }, solve), { placed: 0, kilometres: 0, gap: 0 })
  const stranded = planBatch({ ...batch(2), cases: [{ key: 'x', family: 'services', options: [] }] }, solve)
  t.match(stranded, { placed: 0 })
  t.equal(stranded.memberOf.get('x') ?? null, null)
})

t.test('what is no program fails aloud', async (t) => {
  await t.rejects(planApart({ ...batch(3), members: [{ memberId: 'a', rooms: [], owed: Number.NaN }] }))
})

t.test(
  'a thread that ends without a plan fails at once, and a solver that gives up is said with its status',
  async (t) => {
    const program = (name: string) => new URL(`../support/${name}.js`, import.meta.url)
    await t.rejects(planApart(batch(3), program('ending-thread')), { message: 'the planning ended with 9 and no plan' })
    const problems = await problemsOf(planApart(batch(3), program('giving-up-thread')))
    t.match(problems, [{ code: 'plan_unsolved', values: { status: 'Iteration limit reached' } }])
  },
)

type Span = { readonly from: number; readonly until: number }

t.test('of many plans at once two are made, and the others after them', async (t) => {
  const program = new URL('../support/timed-thread.js', import.meta.url)
  const spans = (await Promise.all([1, 2, 3, 4, 5].map(() => planApart(batch(3), program)))) as unknown as Span[]
  const atOnce = spans.map(({ from }) => spans.filter((each) => each.from <= from && from < each.until).length)
  t.equal(Math.max(...atOnce), 2)
  t.equal((await planApart(batch(5))).memberOf.size, 5, 'and then there is room again')
})
