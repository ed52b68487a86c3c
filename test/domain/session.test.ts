import t from 'tap'
import { isSessionOver, judgeRefresh, lapseAfter, type RefreshJudgement } from '../../src/domain/session.ts'

const now = new Date('2026-03-02T01:00:00Z')
const seconds = (count: number) => new Date(now.getTime() + count * 1_000)
const live = { endedAt: null, lapsesAt: seconds(1) }

t.test('a session is over when it was ended, or when nobody used it in time', (t) => {
  t.notOk(isSessionOver(live, now))
  t.ok(isSessionOver({ ...live, endedAt: seconds(-1) }, now))
  t.ok(isSessionOver({ ...live, lapsesAt: now }, now), 'at the very moment that it lapses')
  t.equal(lapseAfter(now, 30).toISOString(), '2026-04-01T01:00:00.000Z')
  t.end()
})

t.test('what a refresh token is worth', (t) => {
  const ended = { ...live, endedAt: seconds(-1) }
  const table: [story: string, session: typeof ended | typeof live, usedAt: Date | null, judged: RefreshJudgement][] = [
    ['a fresh one', live, null, 'rotate'],
    ['used at the same moment', live, now, 'just_used'],
    ['used ten seconds ago', live, seconds(-10), 'just_used'],
    ['used longer ago', live, seconds(-10.001), 'reused'],
    ['used by a process whose clock is a little ahead', live, seconds(2), 'just_used'],
    ['a fresh one of a session that was ended', ended, null, 'over'],
    ['a used one of a session that was ended', ended, seconds(-60), 'over'],
    ['a fresh one of a session that lapsed', { endedAt: null, lapsesAt: seconds(-1) }, null, 'over'],
  ]
  for (const [story, session, usedAt, judged] of table) t.equal(judgeRefresh(session, usedAt, now), judged, story)
  t.end()
})
