import {
  type CountDifference,
  type CountedFacts,
  countedFacts,
  differencesOfCounts,
  recountFacts,
} from '../../store/counts.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'

export type CountsVerified = {
  readonly counted: CountedFacts
  readonly differences: readonly CountDifference[]
  readonly repaired: boolean
}

/**
 * The operator's check: recounts the facts, says where the kept counts differ, and counts those facts anew. Nothing is
 * held up where nothing differs; a repair holds back whoever writes those facts until it is done. Reads every row:
 * seconds for millions. @throws Refusal `forbidden`
 */
export async function verifyCounts(registry: Registry, context: Context): Promise<readonly CountsVerified[]> {
  authorise(context, 'jobs.run')
  const verified: CountsVerified[] = []
  for (const counted of countedFacts) verified.push(await verifyOne(registry, context, counted))
  return verified
}

async function verifyOne(registry: Registry, context: Context, counted: CountedFacts): Promise<CountsVerified> {
  const found = await differencesOfCounts(registry.db, counted)
  if (found.length === 0) return { counted, differences: [], repaired: false }
  return registry.db.transaction(async (tx) => {
    const differences = await recountFacts(tx, counted)
    await record(tx, context, {
      action: 'counts.repaired',
      entity: 'counts',
      entityId: counted,
      changes: { differences: differences.length, first: differences.slice(0, 20) },
    })
    return { counted, differences, repaired: true }
  })
}
