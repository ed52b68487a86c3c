import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { memberLeftOn, verifiedStateOn } from '../../src/domain/verification.ts'

const on = plainDate('2026-11-20')
const certificate = {
  validFrom: plainDate('2025-01-01'),
  validUntil: plainDate('2027-12-31'),
  endedOn: null,
  endedAs: null,
  suspensions: [],
}

t.test('from the day on which the approval is revoked a certificate proves nothing (R4)', async (t) => {
  const table: [revokedOn: string | null, changes: object, state: string][] = [
    [null, {}, 'valid'],
    ['2026-11-21', {}, 'valid'],
    ['2026-11-20', {}, 'approval_revoked'],
    ['2026-11-01', { validFrom: plainDate('2026-12-01') }, 'approval_revoked'],
    ['2026-11-01', { validUntil: plainDate('2026-10-31') }, 'expired'],
    ['2026-11-01', { endedOn: plainDate('2026-10-01'), endedAs: 'withdrawn' }, 'withdrawn'],
    [
      '2026-11-01',
      { suspensions: [{ fromOn: plainDate('2026-10-01'), untilOn: plainDate('2027-01-01'), liftedOn: null }] },
      'approval_revoked',
    ],
  ]
  for (const [revokedOn, changes, state] of table) {
    const revoked = revokedOn === null ? null : plainDate(revokedOn)
    t.equal(verifiedStateOn({ ...certificate, ...changes }, revoked, on), state, `revoked ${revokedOn}, ${state}`)
  }
})

t.test('a body has left from its latest removal on, until it is a candidate again', async (t) => {
  const history = [
    { standing: 'admitted', fromOn: plainDate('2024-01-01') },
    { standing: 'removed', fromOn: plainDate('2025-06-01') },
    { standing: 'candidate', fromOn: plainDate('2026-01-01') },
    { standing: 'removed', fromOn: plainDate('2026-12-01') },
  ] as const
  const left = (day: string) => memberLeftOn(history, plainDate(day))
  t.equal(left('2025-05-31'), null)
  t.equal(left('2025-06-01'), '2025-06-01')
  t.equal(left('2026-01-01'), null)
  t.equal(left('2027-01-01'), '2026-12-01')
  t.equal(memberLeftOn([], on), null)
})
