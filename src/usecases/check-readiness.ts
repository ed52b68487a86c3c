import { refuse } from '../domain/refusals.ts'
import { migrationsPending } from '../store/migrate.ts'
import type { Registry } from './context.ts'

/** Whether this process can serve: its database answers and has had every migration. @throws Refusal `unavailable` */
export async function checkReadiness(registry: Registry): Promise<void> {
  if ((await migrationsPending(registry.db)) > 0) throw refuse('unavailable')
}
