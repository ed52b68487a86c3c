import { groupedBy } from '../../domain/grouped.ts'
import { revisionsOfResults } from '../../store/batches.ts'
import type { Result } from '../../store/results.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'

/** All revisions of several results, by the ids of their roots (R4a). @throws Refusal */
export async function readRevisions(
  registry: Registry,
  context: Context,
  rootIds: readonly string[],
): Promise<Map<string, Result[]>> {
  const memberId = confinedTo(context, 'results.read')
  const revisions = await revisionsOfResults(registry.lists, { ids: rootIds, memberId })
  return groupedBy(revisions, ({ rootId }) => rootId)
}
