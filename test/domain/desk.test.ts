import fc from 'fast-check'
import t from 'tap'
import { seededNumber } from '../../src/domain/batch-plan.ts'
import { cities } from '../../src/domain/cities.ts'
import { kilometresBetween, kilometresMax, nearestUnit } from '../../src/domain/city-distances.ts'
import {
  type AskedCase,
  type Candidate,
  conflictKindNames,
  conflictKinds,
  ineligibilities,
  ineligibilityCodes,
  isCompetent,
  limitsOf,
  usedOf,
  wordOf,
} from '../../src/domain/eligibility.ts'
import { expectedShares, rounded, type Sharer, shareWindow } from '../../src/domain/fair-share.ts'
import { industryContains } from '../../src/domain/industries.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { groundOfPlaced, groundOfUnplaced, lineGroundNames, scarceScopes } from '../../src/domain/proposal-line.ts'
import { sentenceOf } from '../../src/domain/refusals.ts'

/** The rules of the assignment desk (N3, R7). */
const day = plainDate
const asked: AskedCase = {
  family: 'services',
  industryCode: '6110',
  on: day('2026-11-20'),
  mode: 'secretariat_assigned',
}
const able: Candidate = {
  standings: [{ standing: 'admitted', fromOn: day('2024-01-02') }],
  approvalUntilOn: day('2027-12-31'),
  approvalRevokedOn: null,
  scopes: [{ family: 'services', industryCode: 'H', fromOn: day('2024-01-02'), untilOn: null }],
  conflicts: [],
  capacities: [],
  loads: [],
  declinedBefore: false,
}
const standing = (name: 'candidate' | 'rectifying' | 'suspended' | 'removed', fromOn = '2026-11-20') => ({
  standings: [...able.standings, { standing: name, fromOn: day(fromOn) }],
})
const conflict = (fromOn: string, untilOn: string | null) => ({
  conflicts: [{ kind: 'ownership' as const, fromOn: day(fromOn), untilOn: untilOn === null ? null : day(untilOn) }],
})
const capacity = (family: string | null, cases: number, year = 2026) => ({ year, family, cases })

t.test('eligible is who is admitted, approved, in scope, free of conflicts and has capacity left', async (t) => {
  const wide = able.scopes.map((scope) => ({ ...scope, industryCode: null }))
  const table: [story: string, changes: Partial<Candidate>, question: Partial<AskedCase>, codes: string[]][] = [
    ['all is well', {}, {}, []],
    ['its history is unknown', { standings: [] }, {}, ['member_not_eligible']],
    ['a candidate', standing('candidate'), {}, ['member_not_eligible']],
    ['under rectification', standing('rectifying'), {}, ['member_not_eligible']],
    ['suspended', standing('suspended'), {}, ['member_not_eligible']],
    ['removed', standing('removed'), {}, ['member_not_eligible']],
    ['suspended from tomorrow', standing('suspended', '2026-11-21'), {}, []],
    ['its approval ends today', { approvalUntilOn: day('2026-11-20') }, {}, []],
    ['its approval ended yesterday', { approvalUntilOn: day('2026-11-19') }, {}, ['approval_lapsed']],
    ['an approval without a known end', { approvalUntilOn: null }, {}, []],
    ['its approval is revoked from tomorrow', { approvalRevokedOn: day('2026-11-21') }, {}, []],
    ['its approval is revoked from today', { approvalRevokedOn: day('2026-11-20') }, {}, ['approval_revoked']],
    ['another family', {}, { family: 'agriculture' }, ['scope_missing']],
    ['another industry', {}, { industryCode: '6312' }, ['scope_missing']],
    ['no industry named', {}, { industryCode: null }, ['industry_needed']],
    ['no industry named, a scope of the family', { scopes: wide }, { industryCode: null }, []],
    ['a conflict begins today', conflict('2026-11-20', null), {}, ['conflict_declared']],
    ['a conflict ends today', conflict('2020-01-01', '2026-11-20'), {}, ['conflict_declared']],
    ['a conflict ended yesterday', conflict('2020-01-01', '2026-11-19'), {}, []],
    ['no capacity at all', { capacities: [capacity(null, 0)] }, {}, ['capacity_used_up']],
    ['one left', { capacities: [capacity(null, 2)], loads: [capacity('services', 1)] as never }, {}, []],
    [
      'used up by another family',
      { capacities: [capacity(null, 2)], loads: [capacity('agriculture', 2)] as never },
      {},
      ['capacity_used_up'],
    ],
    [
      'both limits',
      { capacities: [capacity(null, 2), capacity('services', 2)], loads: [capacity('services', 2)] as never },
      {},
      ['capacity_used_up', 'capacity_used_up'],
    ],
    ['a limit of another family', { capacities: [capacity('agriculture', 0)] }, {}, []],
    ['a limit of another year', { capacities: [capacity(null, 0, 2025)] }, {}, []],
    ['it declined this case before', { declinedBefore: true }, {}, ['declined_before']],
    ['it declined before, and the firm chooses it', { declinedBefore: true }, { mode: 'self_selected' }, []],
    ['the firm’s own choice', { capacities: [capacity(null, 0)] }, { mode: 'self_selected' }, []],
    [
      'everything at once',
      {
        ...standing('removed'),
        approvalUntilOn: day('2025-01-01'),
        approvalRevokedOn: day('2025-01-01'),
        scopes: [],
        ...conflict('2020-01-01', null),
        capacities: [capacity(null, 0)],
        declinedBefore: true,
      },
      {},
      ineligibilityCodes.filter((code) => code !== 'industry_needed'),
    ],
  ]
  for (const [story, changes, question, codes] of table) {
    const found = ineligibilities({ ...asked, ...question }, { ...able, ...changes }, industryContains)
    t.same(
      found.map(({ code }) => code),
      codes,
      story,
    )
    for (const each of found)
      for (const language of ['zh', 'en'] as const)
        t.notMatch(sentenceOf(each, language), /[?？{}]|undefined|null/, story)
  }
})

t.test('competence is what is left of the reasons without conflicts and capacity', async (t) => {
  t.ok(isCompetent(asked, able, industryContains))
  t.notOk(isCompetent({ ...asked, family: 'construction' }, able, industryContains))
  t.equal(
    usedOf([capacity('services', 2), capacity('agriculture', 3), capacity('services', 9, 2025)] as never, 2026, null),
    5,
  )
  t.same(limitsOf({ capacities: [capacity('agriculture', 1)], loads: [] }, 2026, 'services'), [])
  t.same(wordOf('services'), ['服务', 'Services'])
  t.same(wordOf(null), ['各类合计', 'all families'])
  t.same(Object.keys(conflictKindNames), [...conflictKinds])
})

t.test('cities are as far from each other as on the map', async (t) => {
  const table: [a: string, b: string, kilometres: number][] = [
    ['320100', '320100', 0],
    ['320100', '321100', 66],
    ['320100', '320500', 193],
    ['320500', '320200', 43],
    ['320300', '320600', 424],
  ]
  for (const [a, b, kilometres] of table) t.equal(kilometresBetween(a as never, b as never), kilometres, `${a} ${b}`)
  for (const { code: a } of cities)
    for (const { code: b } of cities) {
      if (kilometresBetween(a, b) !== kilometresBetween(b, a)) t.fail(`${a} ${b} is not the way back`)
      if (kilometresBetween(a, b) > kilometresMax) t.fail(`${a} ${b} is further than the furthest`)
    }
  t.same(nearestUnit('320100', ['320500', null, '321100', '110000']), { cityCode: '321100', kilometres: 66 })
  t.equal(nearestUnit(null, ['320500']), null)
  t.equal(nearestUnit('320100', []), null)
  t.equal(nearestUnit('110000', ['320100']), null, 'outside the 13 cities no distance is made up')
})

const sharer = (memberId: string, capacities: Sharer['capacities'], scopes = able.scopes): Sharer => ({
  ...able,
  memberId,
  capacities,
  scopes,
})
const cases = (count: number, on = '2026-11-20', family = 'services') => ({
  family,
  industryCode: '6110',
  on: day(on),
  cases: count,
})

t.test('shares go by capacity within scope, on the day of each case', async (t) => {
  const shares = (shared: Parameters<typeof expectedShares>[0], sharers: Sharer[]) =>
    Object.fromEntries(expectedShares(shared, sharers, industryContains))
  t.same(shares([cases(9)], [sharer('a', []), sharer('b', []), sharer('c', [])]), { a: 3, b: 3, c: 3 })
  t.same(shares([cases(9)], [sharer('a', [capacity(null, 20)]), sharer('b', [capacity(null, 10)])]), { a: 6, b: 3 })
  t.same(
    shares([cases(9)], [sharer('a', [capacity(null, 20)]), sharer('b', [capacity(null, 10)]), sharer('c', [])]),
    { a: 4, b: 2, c: 3 },
    'who has stated none counts as the mean',
  )
  t.same(
    shares([cases(9)], [sharer('a', [capacity(null, 90), capacity('services', 1)]), sharer('b', [capacity(null, 2)])]),
    { a: 3, b: 6 },
    'the capacity of the family comes first',
  )
  t.same(
    shares([cases(2), cases(2, '2026-11-20', 'agriculture')], [sharer('a', []), sharer('b', [], [])]),
    { a: 2, b: 0 },
    'who is not competent has no share, and what nobody can do is nobody’s',
  )
  t.same(shares([cases(1, '2023-12-31')], [sharer('a', [])]), { a: 0 }, 'before its admission')
  t.same(shares([cases(3)], [sharer('a', [capacity(null, 0)])]), { a: 0 }, 'no capacity at all')
  t.same(shareWindow(day('2026-11-20')), { after: '2023-11-20', until: '2026-11-20' })
  t.equal(rounded(1 / 3), 0.333333)
})

t.test('the shares of a case add up to the case, in whatever order', async (t) => {
  const one = fc.record({ stated: fc.option(fc.integer({ min: 1, max: 50 })), id: fc.uuid() })
  fc.assert(
    fc.property(
      fc.uniqueArray(one, { minLength: 1, maxLength: 8, selector: ({ id }) => id }),
      fc.nat(40),
      (made, n) => {
        const sharers = made.map(({ id, stated }) => sharer(id, stated === null ? [] : [capacity(null, stated)]))
        const found = expectedShares([cases(n), cases(1)], sharers, industryContains)
        const turned = expectedShares([cases(1), cases(n)], [...sharers].reverse(), industryContains)
        const sum = [...found.values()].reduce((total, share) => total + share, 0)
        return (
          Math.abs(sum - n - 1) < 1e-4 &&
          [...found].every(([id, share]) => Math.abs((turned.get(id) ?? 0) - share) < 2e-6)
        )
      },
    ),
  )
  t.pass('of any bodies')
})

t.test('every line says its ground', async (t) => {
  const options = [
    { memberId: 'near', kilometres: 10 },
    { memberId: 'far', kilometres: 90 },
    { memberId: 'unknown', kilometres: null },
  ]
  const full =
    (...members: readonly string[]) =>
    (memberId: string) =>
      members.includes(memberId)
  t.equal(groundOfPlaced('far', options.slice(1, 2), full()), 'only_one')
  t.equal(groundOfPlaced('near', options, full()), 'nearest')
  t.equal(groundOfPlaced('far', options, full()), 'share')
  t.equal(groundOfPlaced('far', options, full('near')), 'capacity')
  t.equal(groundOfPlaced('unknown', options, full('near')), 'share', 'one of those nearer had room')
  t.equal(groundOfPlaced('unknown', options, full('near', 'far')), 'capacity')
  t.equal(groundOfUnplaced({ competent: 0, free: 0, willing: 0 }), 'no_competent_member')
  t.equal(groundOfUnplaced({ competent: 2, free: 0, willing: 0 }), 'all_in_conflict')
  t.equal(groundOfUnplaced({ competent: 2, free: 1, willing: 0 }), 'all_declined')
  t.equal(groundOfUnplaced({ competent: 2, free: 2, willing: 1 }), 'no_capacity')
  for (const [zh, en] of Object.values(lineGroundNames)) t.ok(/\p{Script=Han}/u.test(zh) && /[a-z]/.test(en))
  const scope = (family: string, code: 'no_capacity' | 'choice_refused') => ({ family, industryCode: null, code })
  t.same(
    scarceScopes([
      scope('services', 'no_capacity'),
      scope('services', 'no_capacity'),
      scope('services', 'choice_refused'),
    ]),
    [{ ...scope('services', 'no_capacity'), cases: 2 }],
    'a refused choice is no lack of bodies',
  )
})

t.test('the seed’s numbers are pinned', async (t) => {
  t.same(
    [seededNumber('2026', 'a'), seededNumber('2026', 'b'), seededNumber('2027', 'a'), seededNumber('', '')],
    [531_287, 593_272, 748_122, 50_429],
  )
})
