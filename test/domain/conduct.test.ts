import t from 'tap'
import type { Role } from '../../src/domain/access.ts'
import {
  type CaseFacts,
  type CaseOutcome,
  type CaseSource,
  caseStateOn,
  complaintStateOf,
  correctionStateOn,
  findingKindNames,
  findingKinds,
  problemsOfAnnulment,
  problemsOfConclusion,
} from '../../src/domain/conduct.ts'
import { type PlainDate, plainDate } from '../../src/domain/plain-date.ts'

const day = (text: string | null) => (text === null ? null : plainDate(text))

/** Opened on 2026-11-20; the reply is open until 2026-12-04. */
const facts = (source: CaseSource, repliedOn: string | null, concludedOn: string | null = null): CaseFacts => ({
  source,
  replyUntilOn: plainDate('2026-12-04'),
  repliedOn: day(repliedOn),
  concludedOn: day(concludedOn),
  outcome: concludedOn === null ? null : 'substantiated',
  annulledOn: null,
})

t.test('how a case stands on a day (R8)', async (t) => {
  const annulled = { ...facts('complaint', '2026-11-25', '2026-12-01'), annulledOn: plainDate('2026-12-10') }
  const table: [facts: CaseFacts, on: string, state: string][] = [
    [facts('complaint', null), '2026-12-04', 'open_for_reply'],
    [facts('complaint', null), '2026-12-05', 'to_conclude'],
    [facts('complaint', '2026-11-25'), '2026-11-24', 'open_for_reply'],
    [facts('complaint', '2026-11-25'), '2026-11-25', 'to_conclude'],
    [facts('complaint', '2026-11-25', '2026-12-01'), '2026-11-30', 'to_conclude'],
    [facts('complaint', '2026-11-25', '2026-12-01'), '2026-12-01', 'substantiated'],
    [annulled, '2026-12-09', 'substantiated'],
    [annulled, '2026-12-10', 'annulled'],
  ]
  for (const [each, on, state] of table) t.equal(caseStateOn(each, plainDate(on)), state, `${on}: ${state}`)
})

t.test('a body is heard before anything is held against it', async (t) => {
  const table: [facts: CaseFacts, outcome: CaseOutcome, on: string, codes: string[]][] = [
    [facts('complaint', null), 'substantiated', '2026-12-04', ['reply_window_open']],
    [facts('complaint', null), 'substantiated', '2026-12-05', []],
    [facts('complaint', '2026-11-25'), 'substantiated', '2026-11-25', []],
    [facts('complaint', null), 'unsubstantiated', '2026-11-20', []],
    [facts('file_audit', null), 'withdrawn', '2026-11-20', []],
    [facts('penalty', null), 'substantiated', '2026-11-20', []],
    [facts('penalty', null, '2026-11-20'), 'withdrawn', '2026-11-21', ['case_concluded']],
    [{ ...facts('spot_check', '2026-11-25'), passed: true }, 'substantiated', '2026-11-26', ['check_passed']],
    [{ ...facts('spot_check', '2026-11-25'), passed: true }, 'unsubstantiated', '2026-11-26', []],
    [{ ...facts('spot_check', '2026-11-25'), passed: false }, 'substantiated', '2026-11-26', []],
  ]
  for (const [each, outcome, on, codes] of table)
    t.same(
      problemsOfConclusion(each, outcome, plainDate(on)).map(({ code }) => code),
      codes,
      `${each.source} ${outcome} ${on}`,
    )
})

t.test('the last day of a corrective action is on time (R9)', async (t) => {
  const on = plainDate('2026-11-20')
  const table: [until: string | null, correctedOn: string | null, state: string][] = [
    [null, null, 'none_due'],
    ['2026-11-20', null, 'open'],
    ['2026-11-19', null, 'overdue'],
    ['2026-11-19', '2026-11-19', 'closed_on_time'],
    ['2026-11-19', '2026-11-20', 'closed_late'],
    ['2026-11-20', '2026-11-21', 'open'],
  ]
  for (const [until, correctedOn, state] of table) {
    const finding = {
      correctUntilOn: day(until) as PlainDate | null,
      correctedOn: day(correctedOn),
      annulledOn: null,
    }
    t.equal(correctionStateOn(finding, on), state, `${until}, ${correctedOn}`)
    t.equal(correctionStateOn({ ...finding, annulledOn: on }, on), 'none_due', 'nothing is due of what was annulled')
  }
})

t.test('what was found is annulled once, and never by whoever found it (R8)', async (t) => {
  const substantiated = { ...facts('complaint', '2026-11-25', '2026-12-01'), source: 'complaint' as CaseSource }
  const table: [name: string, facts: CaseFacts, role: Role, codes: string[]][] = [
    ['by the office', substantiated, 'office', []],
    ['by the secretariat that concluded it', substantiated, 'secretariat', ['annulled_by_another']],
    ['by the regulator', substantiated, 'regulator', ['annulled_by_another']],
    ['a penalty by the regulator', { ...substantiated, source: 'penalty' }, 'regulator', []],
    ['a penalty by the office', { ...substantiated, source: 'penalty' }, 'office', ['annulled_by_another']],
    ['nothing was found', { ...substantiated, outcome: 'withdrawn' }, 'office', ['case_not_substantiated']],
    ['not concluded', facts('complaint', null), 'office', ['case_not_substantiated']],
    ['twice', { ...substantiated, annulledOn: plainDate('2026-12-10') }, 'office', ['annulled_already']],
  ]
  for (const [name, each, role, codes] of table)
    t.same(
      problemsOfAnnulment(each, role).map(({ code }) => code),
      codes,
      name,
    )
})

t.test('the author of a complaint is told how far it is, and not how it came out', async (t) => {
  t.equal(complaintStateOf(null, undefined), 'received')
  t.equal(complaintStateOf(null, null), 'under_examination')
  t.equal(complaintStateOf(plainDate('2026-11-20'), undefined), 'dismissed')
  for (const outcome of ['substantiated', 'unsubstantiated', 'withdrawn'] as const)
    t.equal(complaintStateOf(null, outcome), 'concluded')
})

t.test('every kind of finding has a name of its own in both languages', async (t) => {
  const names = findingKinds.map((kind) => findingKindNames[kind])
  t.equal(new Set(names.map(([zh]) => zh)).size, findingKinds.length)
  for (const [zh, en] of names) t.ok(/^\p{sc=Han}+$/u.test(zh) && /^[a-z’ -]+$/.test(en), `${zh} / ${en}`)
})
