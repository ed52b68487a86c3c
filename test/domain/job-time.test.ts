import fc from 'fast-check'
import t from 'tap'
import { cronExpressionOf, type JobTime, latestFire, nextFire } from '../../src/domain/job-time.ts'

const daily = (at: `${number}:${number}`): JobTime => ({ every: 'day', at })
const every = (seconds: 1 | 10 | 60): JobTime => ({ every: 'seconds', seconds })

t.test('a time as node-cron reads it', async (t) => {
  t.equal(cronExpressionOf(daily('08:30')), '0 30 8 * * *')
  t.equal(cronExpressionOf(daily('00:05')), '0 5 0 * * *')
  t.equal(cronExpressionOf(every(10)), '*/10 * * * * *')
  t.equal(cronExpressionOf(every(60)), '0 * * * * *')
  for (const at of ['24:00', '8:60', '1:2'] as const) t.throws(() => cronExpressionOf(daily(at)), RangeError, at)
})

t.test('the latest fire before an instant, and the next one, in Shanghai', async (t) => {
  const table: [time: JobTime, now: string, latest: string, next: string][] = [
    // 08:30 in Shanghai is 00:30 UTC.
    [daily('08:30'), '2026-11-20T00:29:59.999Z', '2026-11-19T00:30:00.000Z', '2026-11-20T00:30:00.000Z'],
    [daily('08:30'), '2026-11-20T00:30:00.000Z', '2026-11-20T00:30:00.000Z', '2026-11-21T00:30:00.000Z'],
    [daily('08:30'), '2026-11-20T23:00:00.000Z', '2026-11-20T00:30:00.000Z', '2026-11-21T00:30:00.000Z'],
    // Around midnight in Shanghai, which is 16:00 UTC.
    [daily('00:00'), '2026-11-20T15:59:59.999Z', '2026-11-19T16:00:00.000Z', '2026-11-20T16:00:00.000Z'],
    [daily('00:00'), '2026-11-20T16:00:00.000Z', '2026-11-20T16:00:00.000Z', '2026-11-21T16:00:00.000Z'],
    [daily('23:59'), '2026-11-20T15:59:00.000Z', '2026-11-20T15:59:00.000Z', '2026-11-21T15:59:00.000Z'],
    [daily('23:59'), '2026-11-20T15:58:59.000Z', '2026-11-19T15:59:00.000Z', '2026-11-20T15:59:00.000Z'],
    // Around midnight UTC, which is 08:00 in Shanghai.
    [daily('08:00'), '2026-12-31T23:59:59.999Z', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    [daily('08:00'), '2027-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', '2027-01-02T00:00:00.000Z'],
    // Nobody there sets the clock back in autumn.
    [daily('08:30'), '2026-10-25T00:45:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T00:30:00.000Z'],
    [every(10), '2026-11-20T02:00:09.999Z', '2026-11-20T02:00:00.000Z', '2026-11-20T02:00:10.000Z'],
    [every(10), '2026-11-20T02:00:10.000Z', '2026-11-20T02:00:10.000Z', '2026-11-20T02:00:20.000Z'],
    [every(60), '2026-11-20T02:00:59.999Z', '2026-11-20T02:00:00.000Z', '2026-11-20T02:01:00.000Z'],
  ]
  for (const [time, now, latest, next] of table) {
    t.equal(latestFire(time, new Date(now)).toISOString(), latest, `${cronExpressionOf(time)} before ${now}`)
    t.equal(nextFire(time, new Date(now)).toISOString(), next, `${cronExpressionOf(time)} after ${now}`)
  }
})

t.test('a fire is its own latest, lies within one period, and reads as its hour in Shanghai', async (t) => {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit' })
  const anyInstant = fc.date({ min: new Date('2024-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(fc.nat(23), fc.nat(59), anyInstant, (hours, minutes, now) => {
      const at = `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}` as `${number}:${number}`
      const fired = latestFire(daily(at), now)
      const age = now.getTime() - fired.getTime()
      const isOwn = latestFire(daily(at), fired).getTime() === fired.getTime()
      return age >= 0 && age < 86_400_000 && isOwn && hour.format(fired) === at
    }),
    { numRuns: 1_000 },
  )
  t.pass()
})
