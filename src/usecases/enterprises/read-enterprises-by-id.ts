import { enterprisesByIds } from '../../store/batches.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type EnterpriseView, enterpriseView } from './read-enterprises.ts'

/** Several enterprises at once; a member gets those it has to do with. @throws Refusal */
export async function readEnterprisesById(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, EnterpriseView>> {
  const memberId = confinedTo(context, 'enterprises.read')
  const rows = await enterprisesByIds(registry.lists, { ids, memberId })
  return new Map(rows.map((row) => [row.id, enterpriseView(row)]))
}
