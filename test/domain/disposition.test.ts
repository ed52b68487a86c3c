import t from 'tap'
import {
  type DispositionFact,
  dispositionStateOn,
  isLeaving,
  type Leaving,
  leavingReason,
  problemsOfDisposition,
} from '../../src/domain/disposition.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

const on = plainDate('2026-11-20')
const inside: Leaving = { leftOn: null, approvalUntilOn: null, approvalRevokedOn: null }
const left: Leaving = { ...inside, leftOn: plainDate('2026-11-20') }
const lapsed: Leaving = { ...left, approvalUntilOn: plainDate('2026-11-19') }
const revoked: Leaving = { ...inside, approvalRevokedOn: plainDate('2026-11-20') }

t.test('a certificate is kept only while the approval stands, and only where the body leaves (R4)', async (t) => {
  const table: [name: string, leaving: Leaving, keep: string[], others: string[]][] = [
    ['a body inside', inside, ['member_not_leaving'], ['member_not_leaving']],
    ['a body that left', left, [], []],
    [
      'a body that leaves tomorrow',
      { ...inside, leftOn: plainDate('2026-11-21') },
      ['member_not_leaving'],
      ['member_not_leaving'],
    ],
    ['left, the approval ends today', { ...left, approvalUntilOn: on }, [], []],
    ['left, the approval ended yesterday', lapsed, ['keep_needs_approval'], []],
    ['revoked from today', revoked, ['keep_needs_approval'], []],
    ['left, revoked', { ...left, ...revoked, leftOn: on }, ['keep_needs_approval'], []],
  ]
  for (const [name, leaving, keep, others] of table) {
    const codes = (kind: 'keep' | 'transfer' | 'cancel') =>
      problemsOfDisposition({ kind, reason: 'member_left' }, leaving, on).map(({ code }) => code)
    t.same([codes('keep'), codes('transfer'), codes('cancel')], [keep, others, others], name)
    t.equal(isLeaving(leaving, on), others.length === 0, name)
  }
  t.equal(leavingReason(left), 'member_left')
  t.equal(leavingReason(revoked), 'approval_revoked')
})

t.test('a holder goes to another body at any time, and from any (R4)', async (t) => {
  for (const leaving of [inside, left, lapsed, revoked]) {
    t.same(problemsOfDisposition({ kind: 'transfer', reason: 'holder_choice' }, leaving, on), [])
    // Of what was proposed before reasons were kept, all were of bodies that left.
    const codes = problemsOfDisposition({ kind: 'transfer', reason: null }, leaving, on).map(({ code }) => code)
    t.same(codes, leaving === inside ? ['member_not_leaving'] : [])
  }
})

t.test('how a certificate of the list stands', async (t) => {
  const table: [latest: DispositionFact | null, leaving: Leaving, state: string][] = [
    [null, left, 'undecided'],
    [{ kind: 'keep', answer: null }, left, 'kept'],
    [{ kind: 'keep', answer: null }, lapsed, 'undecided'],
    [{ kind: 'keep', answer: null }, revoked, 'undecided'],
    [{ kind: 'transfer', answer: null }, left, 'transfer_proposed'],
    [{ kind: 'transfer', answer: 'declined' }, left, 'transfer_declined'],
  ]
  for (const [latest, leaving, state] of table)
    t.equal(dispositionStateOn(latest, leaving, on), state, `${latest?.kind} ${latest?.answer}`)
})
