import t from 'tap'
import { deliveryAttemptsMax, nextAttemptAt } from '../../src/domain/delivery.ts'

t.test('a delivery that fails is tried again ever later, and given up after about two days', async (t) => {
  const pauses: number[] = []
  let now = new Date('2026-11-20T00:00:00Z')
  for (let attempts = 1; ; attempts += 1) {
    const next = nextAttemptAt(attempts, now)
    if (next === null) {
      t.equal(attempts, deliveryAttemptsMax)
      break
    }
    pauses.push((next.getTime() - now.getTime()) / 60_000)
    now = next
  }
  t.same(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720])
  t.equal(now.toISOString(), '2026-11-21T17:02:00.000Z')
})
