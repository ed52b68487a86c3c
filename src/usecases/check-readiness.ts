import { setTimeout as delay } from 'node:timers/promises'
import { refuse } from '../domain/refusals.ts'
import { migrationsPending } from '../store/migrate.ts'
import type { Registry } from './context.ts'

const patienceMs = 3_000

/** Whether this process can serve: its database answers in time and has had every migration. @throws Refusal `unavailable` */
export async function checkReadiness(registry: Registry): Promise<void> {
  const pending = await Promise.race([migrationsPending(registry.db), delay(patienceMs, null, { ref: false })])
  if (pending !== 0) throw refuse('unavailable')
}
