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
  problemsOfAnnouncing,
} from '../../src/domain/announcement.ts'
import { addDays, plainDate } from '../../src/domain/plain-date.ts'
import { snapshotFields, snapshotRecord } from '../../src/domain/register-snapshot.ts'

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
  holderName: '示例企业',
  productName: '示例产品',
  validFrom: day('2026-01-01'),
  validUntil: day('2028-12-31'),
  endedOn: null,
  endedAs: null,
  endedReason: null,
  approvalRevokedOn: null,
  renewedFrom: null,
  suspensions: [],
}
const line = { enterpriseName: '示例企业', productName: '示例产品' }

t.test('how the list of a day differs from what was announced: a table', async (t) => {
  const rows: readonly [string, Partial<ListedCertificate> | null, string | null, string, ListDifference[]][] = [
    ['the same', {}, null, '2026-06-01', []],
    ['before its first day', {}, null, '2025-12-31', ['not_yet_valid']],
    [
      'suspended',
      { suspensions: [{ fromOn: day('2026-05-01'), untilOn: day('2026-07-01'), liftedOn: null }] },
      null,
      '2026-06-01',
      ['suspended'],
    ],
    [
      'suspended later',
      { suspensions: [{ fromOn: day('2026-07-01'), untilOn: day('2026-08-01'), liftedOn: null }] },
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
    ['certified anew', { renewedFrom: day('2029-01-01') }, null, '2029-01-01', ['renewed']],
    ['certified anew before its end', { renewedFrom: day('2028-12-01') }, null, '2028-12-15', ['renewed']],
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
    const known = changes === null ? null : { ...certificate, ...changes }
    t.same(differencesOn(line, known, struckOn === null ? null : day(struckOn), day(on)), wanted, name)
  }
  t.same(Object.keys(listDifferenceNames), [...listDifferences])
})

const draft: Draft = {
  announcedOn: day('2026-11-20'),
  isPublished: false,
  lines: 3,
  unmatched: 0,
  listedAlready: [],
  struckInVain: [],
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
