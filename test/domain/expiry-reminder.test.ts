import t from 'tap'
import { expiryReminderDays, lapseStage, reminderStage } from '../../src/domain/expiry-reminder.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

t.test('a certificate that is valid until 2027-06-30 is spoken of on these days', async (t) => {
  const table: [on: string, stage: number | null][] = [
    ['2027-01-01', 180],
    ['2026-12-31', null],
    ['2027-03-31', 180],
    ['2027-04-01', 90],
    ['2027-04-30', 90],
    ['2027-05-01', 60],
    ['2027-05-30', 60],
    ['2027-05-31', 30],
    ['2027-06-29', 30],
    ['2027-06-30', 30], // the last day counts
    ['2027-07-01', null],
  ]
  for (const [on, stage] of table)
    t.equal(reminderStage(plainDate('2027-06-30'), plainDate(on), expiryReminderDays), stage, on)
})

t.test('a scope or an approval that ends on 2026-12-31 is spoken of on these days', async (t) => {
  const table: [on: string, stage: number | 'lapsed' | null][] = [
    ['2026-10-01', null],
    ['2026-10-02', 90],
    ['2026-11-30', 90],
    ['2026-12-01', 30],
    ['2026-12-23', 30],
    ['2026-12-24', 7],
    ['2026-12-31', 7],
    ['2027-01-01', 'lapsed'],
    ['2027-01-30', 'lapsed'],
    ['2027-01-31', null], // history by now
  ]
  for (const [on, stage] of table) t.equal(lapseStage(plainDate('2026-12-31'), plainDate(on)), stage, on)
})
