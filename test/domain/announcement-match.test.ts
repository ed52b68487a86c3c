import t from 'tap'
import {
  type Candidate,
  laterMeaningOf,
  meaningOf,
  unmatchedCauseNames,
  unmatchedCauses,
} from '../../src/domain/announcement-match.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

/** Which certificate a line of an announcement means (N8). */
const day = plainDate
const candidate = (id: string, changes: Partial<Candidate> = {}): Candidate => ({
  id,
  memberId: 'a',
  memberNames: ['示例甲认证中心', '示例甲认证有限公司'],
  holderNames: ['示例企业', '示例企业（集团）'],
  validFrom: day('2026-03-01'),
  issuedOn: day('2026-03-01'),
  ...changes,
})
const first = candidate('first', { validFrom: day('2023-03-01'), issuedOn: day('2023-03-01') })
const second = candidate('second')
const ofOther = candidate('other', { memberId: 'b', memberNames: ['示例乙认证中心'] })

t.test('a line means one certificate or says why none: a table', async (t) => {
  const line = { enterpriseName: '示例企业' }
  const rows: readonly [string, readonly Candidate[], object, string, string][] = [
    ['the only one', [second], {}, '2026-11-20', 'second'],
    [
      'under another name of the firm, written otherwise',
      [second],
      { enterpriseName: '示例企业(集团)' },
      '2026-11-20',
      'second',
    ],
    ['another firm’s', [second], { enterpriseName: '示例另一公司' }, '2026-11-20', 'of_another_holder'],
    ['the period that had begun', [first, second], {}, '2026-02-28', 'first'],
    ['the later period', [first, second], {}, '2026-03-01', 'second'],
    ['of two bodies', [second, ofOther], {}, '2026-11-20', 'ambiguous'],
    ['of two bodies, one named', [second, ofOther], { memberName: '示例乙认证中心' }, '2026-11-20', 'other'],
    [
      'of the body under its former name',
      [second, ofOther],
      { memberName: '示例甲认证有限公司' },
      '2026-11-20',
      'second',
    ],
    ['of a body that has none', [second], { memberName: '示例丙认证中心' }, '2026-11-20', 'of_another_body'],
    ['unknown', [], {}, '2026-11-20', 'number_unknown'],
  ]
  for (const [name, candidates, changes, on, wanted] of rows) {
    const { certificate, cause } = meaningOf(candidates, { ...line, ...changes }, day(on))
    t.equal(certificate?.id ?? cause, wanted, name)
  }
  t.same(Object.keys(unmatchedCauseNames), [...unmatchedCauses])
})

t.test('afterwards it means neither what was issued later nor what is announced already', async (t) => {
  const line = { enterpriseName: '示例企业' }
  const later = (on: string, announced: readonly string[], candidates = [second]) => {
    const { certificate, cause } = laterMeaningOf(candidates, line, day(on), (id) => announced.includes(id))
    return certificate?.id ?? cause
  }
  t.equal(later('2026-03-01', []), 'second', 'issued on the day itself')
  t.equal(later('2026-02-28', []), 'issued_later')
  t.equal(later('2026-03-01', ['second']), 'announced_already')
  t.equal(later('2026-02-28', [], [candidate('old', { issuedOn: null })]), 'old', 'what is not known refuses nothing')
  t.equal(later('2026-03-01', [], []), 'number_unknown')
})
