import fc from 'fast-check'
import t from 'tap'
import {
  announcementOn,
  type Draft,
  differencesOn,
  type ListDifference,
  type ListedCertificate,
  type Listing,
  listDifferenceNames,
  listDifferences,
  presentOf,
  problemsOfAnnouncing,
  problemsOfCorrecting,
  productStandingOn,
  productStateNames,
  productStates,
  type Succession,
} from '../../src/domain/announcement.ts'
import { familyOrder } from '../../src/domain/families.ts'
import { addDays, plainDate } from '../../src/domain/plain-date.ts'
import {
  monthsWithoutSnapshot,
  snapshotFields,
  snapshotHeadFields,
  snapshotRecord,
} from '../../src/domain/register-snapshot.ts'
import { verifiedStates } from '../../src/domain/verification.ts'

/** What is announced, what became of it, and what the register shows to anybody (N8, N13). */
const day = plainDate
const listing = (announcedOn: string, effect: Listing['effect'] = 'listed'): Listing => ({
  id: announcedOn,
  number: `${announcedOn}号`,
  announcedOn: day(announcedOn),
  effect,
})

t.test('a certificate is announced from the day of the announcement until a later one strikes it out', async (t) => {
  const all = [listing('2026-03-01'), listing('2026-06-01', 'struck'), listing('2026-09-01')]
  for (const [on, number] of [
    ['2026-02-28', null],
    ['2026-03-01', '2026-03-01号'],
    ['2026-05-31', '2026-03-01号'],
    ['2026-06-01', null],
    ['2026-09-01', '2026-09-01号'],
  ] as const)
    t.equal(announcementOn(all, day(on))?.number ?? null, number, on)
  t.equal(announcementOn([], day('2026-01-01')), null)
})

const certificate: ListedCertificate = {
  cameBy: null,
  holderName: '示例企业',
  productName: '示例产品',
  validFrom: day('2026-01-01'),
  validUntil: day('2028-12-31'),
  endedOn: null,
  endedAs: null,
  endedReason: null,
  approvalRevokedOn: null,
  suspensions: [],
}
const line = { enterpriseName: '示例企业', productName: '示例产品' }

t.test('how the list of a day differs from what was announced: a table', async (t) => {
  const rows: readonly [string, Partial<ListedCertificate> | null, string | null, string, ListDifference[]][] = [
    ['the same', {}, null, '2026-06-01', []],
    ['before its first day', {}, null, '2025-12-31', ['not_yet_valid']],
    [
      'suspended',
      { suspensions: [{ fromOn: day('2026-05-01'), untilOn: day('2026-07-01'), liftedOn: null, reasonCode: null }] },
      null,
      '2026-06-01',
      ['suspended'],
    ],
    [
      'suspended later',
      { suspensions: [{ fromOn: day('2026-07-01'), untilOn: day('2026-08-01'), liftedOn: null, reasonCode: null }] },
      null,
      '2026-06-01',
      [],
    ],
    [
      'withdrawn',
      { endedOn: day('2026-06-01'), endedAs: 'withdrawn', endedReason: 'fraud' },
      null,
      '2026-06-01',
      ['withdrawn'],
    ],
    [
      'cancelled',
      { endedOn: day('2026-06-01'), endedAs: 'cancelled', endedReason: 'holder_request' },
      null,
      '2026-06-01',
      ['cancelled'],
    ],
    [
      'transferred',
      { endedOn: day('2026-06-01'), endedAs: 'cancelled', endedReason: 'transferred' },
      null,
      '2026-06-01',
      ['transferred'],
    ],
    ['expired', {}, null, '2029-01-01', ['expired']],
    ['its body’s approval revoked', { approvalRevokedOn: day('2026-05-01') }, null, '2026-06-01', ['approval_revoked']],
    ['another name', { holderName: '示例新名' }, null, '2026-06-01', ['holder_renamed']],
    ['another product', { productName: '示例新品' }, null, '2026-06-01', ['product_amended']],
    ['struck out', {}, '2026-05-01', '2026-06-01', ['struck']],
    ['struck out later', {}, '2026-07-01', '2026-06-01', []],
    ['unknown here', null, null, '2026-06-01', ['not_in_register']],
    [
      'struck out and withdrawn',
      { endedOn: day('2026-06-01'), endedAs: 'withdrawn' },
      '2026-05-01',
      '2026-06-01',
      ['struck', 'withdrawn'],
    ],
  ]
  for (const [name, changes, struckOn, on, wanted] of rows) {
    const known = changes === null ? [] : [{ ...certificate, ...changes }]
    t.same(differencesOn(line, known, struckOn === null ? null : day(struckOn), day(on)), wanted, name)
  }
  t.same(Object.keys(listDifferenceNames), [...listDifferences])
})

const renewal: ListedCertificate = {
  ...certificate,
  cameBy: 'renewal',
  validFrom: day('2028-12-01'),
  validUntil: day('2031-11-30'),
}
const transfer: ListedCertificate = { ...certificate, cameBy: 'transfer', validFrom: day('2026-06-01') }
const moved = { endedOn: day('2026-06-01'), endedAs: 'cancelled', endedReason: 'transferred' } as const

t.test('what came of an announced certificate goes on for it, and what became of that is told: a table', async (t) => {
  const none = { struckOn: null, anewOn: null }
  const withdrawn = { endedOn: day('2027-03-01'), endedAs: 'withdrawn', endedReason: 'fraud' } as const
  const suspended = { fromOn: day('2026-05-01'), untilOn: day('2026-07-01'), reasonCode: 'nonconformity' }
  const rows: readonly [string, Succession, object, string, string, ListDifference[]][] = [
    ['as announced', [certificate], {}, '2026-06-01', 'in_force since 2026-01-01', []],
    ['before its first day', [certificate], {}, '2025-12-31', 'not_yet_valid since 2026-01-01', ['not_yet_valid']],
    ['renewed', [certificate, renewal], {}, '2028-12-15', 'in_force since 2028-12-01', ['renewed']],
    ['renewed later', [certificate, renewal], {}, '2028-11-30', 'in_force since 2026-01-01', []],
    [
      'the renewal expired',
      [certificate, renewal],
      {},
      '2031-12-01',
      'expired since 2031-12-01',
      ['renewed', 'expired'],
    ],
    [
      'transferred',
      [{ ...certificate, ...moved }, transfer],
      {},
      '2026-06-01',
      'in_force since 2026-06-01',
      ['transferred'],
    ],
    [
      'transferred to where nobody knows',
      [{ ...certificate, ...moved }],
      {},
      '2026-06-01',
      'cancelled since 2026-06-01 transferred',
      ['transferred'],
    ],
    [
      'transferred, then withdrawn',
      [
        { ...certificate, ...moved },
        { ...transfer, ...withdrawn },
      ],
      {},
      '2027-03-01',
      'withdrawn since 2027-03-01 fraud',
      ['transferred', 'withdrawn'],
    ],
    [
      'suspended',
      [{ ...certificate, suspensions: [{ ...suspended, liftedOn: null }] }],
      {},
      '2026-06-01',
      'suspended since 2026-05-01 nonconformity',
      ['suspended'],
    ],
    [
      'reinstated',
      [{ ...certificate, suspensions: [{ ...suspended, liftedOn: day('2026-06-01') }] }],
      {},
      '2026-06-01',
      'in_force since 2026-06-01',
      [],
    ],
    ['struck out', [certificate], { struckOn: day('2026-05-01') }, '2026-06-01', 'struck since 2026-05-01', ['struck']],
    [
      'listed anew',
      [certificate, renewal],
      { anewOn: day('2029-01-05') },
      '2029-02-01',
      'announced_anew since 2029-01-05',
      ['renewed'],
    ],
    [
      'its body’s approval revoked',
      [{ ...certificate, approvalRevokedOn: day('2026-05-01') }],
      {},
      '2026-06-01',
      'approval_revoked since 2026-05-01',
      ['approval_revoked'],
    ],
    ['unknown here', [], {}, '2026-06-01', 'not_in_register', ['not_in_register']],
  ]
  for (const [name, succession, words, on, wanted, differences] of rows) {
    const { state, since, reasonCode } = productStandingOn(succession, { ...none, ...words }, day(on))
    t.equal([state, ...(since ? ['since', since] : []), ...(reasonCode ? [reasonCode] : [])].join(' '), wanted, name)
    const { struckOn } = { ...none, ...words }
    t.same(differencesOn(line, succession, struckOn, day(on)), differences, name)
  }
  t.equal(presentOf([certificate, renewal, transfer], day('2028-12-15')), renewal, 'the latest that has begun')
  t.equal(presentOf([], day('2028-12-15')), null)
  t.same(Object.keys(productStateNames), [...productStates])
})

t.test('what stands against putting an announcement right', async (t) => {
  const first = { id: 'a', schemeCode: 'x', announcedOn: day('2026-03-01'), isPublished: true, correctedBy: null }
  const codes = (changes: object, own: object = {}) =>
    problemsOfCorrecting(
      { id: 'b', schemeCode: 'x', announcedOn: day('2026-03-01'), ...own },
      { ...first, ...changes },
    ).map(({ code, path }) => `${code}@${path}`)
  t.same(codes({}), [])
  t.same(codes({}, { id: 'a' }), ['correction_of_itself@correctsId'])
  t.same(codes({ isPublished: false }), ['correction_of_draft@correctsId'])
  t.same(codes({ schemeCode: 'y' }), ['correction_of_another_scheme@correctsId'])
  t.same(codes({ correctedBy: '示例第2号' }), ['corrected_already@correctsId'])
  t.same(codes({}, { announcedOn: day('2026-02-28') }), ['correction_before@announcedOn'])
})

const draft: Draft = {
  announcedOn: day('2026-11-20'),
  isPublished: false,
  lines: 3,
  unmatched: 0,
  listedAlready: [],
  struckInVain: [],
  issuedLater: [],
}

t.test('what stands against publishing', async (t) => {
  const codes = (changes: Partial<Draft>, reason: string | null = null) =>
    problemsOfAnnouncing({ ...draft, ...changes }, reason, day('2026-11-20')).map(({ code, path }) => `${code}@${path}`)
  t.same(codes({}), [])
  t.same(codes({ isPublished: true, lines: 0 }), ['announcement_published@'])
  t.same(codes({ announcedOn: day('2026-11-21') }), ['announcement_ahead@announcedOn'])
  t.same(codes({ lines: 0 }), ['announcement_empty@'])
  t.same(codes({ unmatched: 1 }), ['announcement_unmatched@unmatchedReason'])
  t.same(codes({ unmatched: 1 }, '示例'), [])
  t.same(codes({ issuedLater: [1] }), ['announced_before_issue@lines.0'])
  t.same(codes({ listedAlready: [2], struckInVain: [3] }), ['announced_already@lines.1', 'struck_in_vain@lines.2'])
})

t.test('a snapshot tells what verification tells, and every field has its meaning', async (t) => {
  const facts = {
    ...certificate,
    number: 'SL-1',
    scheme: 'x',
    holder: '示例企业',
    product: '示例产品',
    family: null,
    city: '320100',
    member: '示例机构',
    approvalNumber: null,
    listings: [listing('2026-03-01')],
  }
  t.match(snapshotRecord(facts, day('2026-06-01')), { state: 'valid', announcement: '2026-03-01号', endedOn: null })
  t.match(snapshotRecord(facts, day('2026-02-01')), { state: 'valid', announcement: null, announcedOn: null })
  t.same(Object.keys(snapshotRecord(facts, day('2026-06-01'))), Object.keys(snapshotFields))
  fc.assert(
    fc.property(fc.integer({ min: -500, max: 2_000 }), (days) => {
      const on = addDays(day('2026-06-01'), days)
      const ended = { ...facts, endedOn: day('2027-01-01'), endedAs: 'withdrawn' as const }
      const { state, endedOn } = snapshotRecord(ended, on)
      return (state === 'withdrawn') === (endedOn !== null)
    }),
  )
})

t.test('the dictionary says of each column its format, its unit, and what its absence means', async (t) => {
  for (const [name, column] of Object.entries({ ...snapshotFields, ...snapshotHeadFields })) {
    t.equal(column.values !== null, column.format === 'closed_list', name)
    t.ok(column.unit === null || column.format === 'number', name)
    t.match(column.words, [/\p{Script=Han}|SHA/u, /[a-z]/], name)
  }
  const { family, city, state } = snapshotFields
  t.same(Object.keys(family.values ?? {}), familyOrder)
  t.equal(Object.keys(city.values ?? {}).length, 13)
  t.same(Object.keys(state.values ?? {}), [...verifiedStates])
})

t.test('every month since the register began has a snapshot, the present one too, each once', async (t) => {
  const missing = (made: readonly string[], began: string | null, today: string) =>
    monthsWithoutSnapshot(made.map(day), began === null ? null : day(began), day(today))
  t.same(missing([], null, '2026-11-20'), ['2026-11-01'])
  t.same(missing([], '2026-11-20', '2026-11-20'), ['2026-11-01'])
  t.same(missing([], '2026-09-30', '2026-12-01'), ['2026-09-01', '2026-10-01', '2026-11-01', '2026-12-01'])
  t.same(missing(['2026-10-01', '2026-12-01'], '2026-09-30', '2026-12-31'), ['2026-09-01', '2026-11-01'])
  t.same(missing(['2026-12-01'], '2026-12-30', '2027-01-01'), ['2027-01-01'])
})
