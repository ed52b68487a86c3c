import t from 'tap'
import { officialCalendar } from '../../src/domain/calendar.ts'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import {
  daysBeforeBulletins,
  daysOffIn,
  type SignalCounts,
  signalOfRefusal,
  signalsOfCorrections,
  signalsOfCounts,
} from '../../src/domain/signal.ts'

const counts = (memberId: string, results: number, onLastDay: number, onDaysOff: number): SignalCounts => ({
  memberId,
  memberName: `示例${memberId}`,
  results,
  onLastDay,
  onLastDayIds: [],
  onDaysOff,
  onDaysOffIds: [],
})

t.test('half on the last day, or a quarter on days off, asks for a look, from five results on (R8)', async (t) => {
  const table: [results: number, onLastDay: number, onDaysOff: number, kinds: string[]][] = [
    [4, 4, 4, []],
    [5, 3, 0, ['recorded_on_last_day']],
    [6, 3, 0, ['recorded_on_last_day']],
    [7, 3, 0, []],
    [8, 0, 2, ['decided_on_days_off']],
    [9, 0, 2, []],
    [8, 8, 8, ['recorded_on_last_day', 'decided_on_days_off']],
  ]
  for (const [results, onLastDay, onDaysOff, kinds] of table)
    t.same(
      signalsOfCounts([counts('a', results, onLastDay, onDaysOff)]).map(({ kind }) => kind),
      kinds,
      `${results} ${onLastDay} ${onDaysOff}`,
    )
})

t.test('a signal is a question in both languages, with the others beside it, and never a verdict', async (t) => {
  const [first] = signalsOfCounts([counts('甲', 6, 5, 0), counts('乙', 20, 1, 0)])
  t.match(first?.question.zh, /^示例甲的 6 项结果中有 5 项.*其他机构 20 项中有 1 项.*？$/)
  const refusal = signalOfRefusal({
    refusedId: '1',
    refusedBy: '示例甲',
    refusedOn: plainDate('2026-01-01'),
    certifiedId: '2',
    memberId: 'b',
    memberName: '示例乙',
    certifiedOn: plainDate('2026-06-01'),
    holder: '示例企业',
    product: '示例产品',
  })
  for (const { question } of [first, refusal].flatMap((each) => each ?? [])) {
    t.match(question.zh, /？$/)
    t.match(question.en, /\?$/)
    t.notMatch(question.zh + question.en, /违|虚假|fraud|false|guilty/)
  }
})

t.test('most corrections in the last five working days of a quarter ask for a look', async (t) => {
  const calendar = officialCalendar(1, builtInCalendarYears)
  t.same(
    daysBeforeBulletins(calendar, plainDate('2024-09-20'), plainDate('2024-10-01')),
    ['2024-09-25', '2024-09-26', '2024-09-27', '2024-09-28', '2024-09-29', '2024-09-30'],
    'the Sunday of 29 September is worked, the Saturday before it is not and lies between',
  )
  t.same(
    daysBeforeBulletins(calendar, plainDate('2024-03-20'), plainDate('2024-04-03')),
    ['2024-03-25', '2024-03-26', '2024-03-27', '2024-03-28', '2024-03-29', '2024-03-30', '2024-03-31'],
    'five working days also where the quarter ends on a Sunday',
  )
  const kinds = (corrections: number, beforeBulletin: number) =>
    signalsOfCorrections([
      { memberId: 'a', memberName: '示例甲', corrections, beforeBulletin, beforeBulletinIds: [] },
    ]).map(({ kind }) => kind)
  t.same(kinds(5, 3), ['corrected_before_bulletin'])
  t.same(kinds(6, 3), [], 'half is not most')
  t.same(kinds(4, 4), [], 'too few')
})

t.test('a make-up Saturday is no day off', async (t) => {
  const calendar = officialCalendar(1, builtInCalendarYears)
  t.same(daysOffIn(calendar, plainDate('2024-10-11'), plainDate('2024-10-14')), ['2024-10-13'])
})
