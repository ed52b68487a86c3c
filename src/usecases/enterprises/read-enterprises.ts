import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { type Enterprise, findEnterprise, isKnownToMember, namesOf } from '../../store/enterprises.ts'
import { historyOf } from '../../store/events.ts'
import { countEnterprises, type EnterpriseFilter, listEnterprises } from '../../store/lists/enterprises.ts'
import type { Total } from '../../store/lists/totals.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { cityInput, codeInput, familyInput, textInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const enterprisesQuery = z.strictObject({
  ...pageInput,
  creditCode: codeInput(60).optional(),
  name: textInput(200).optional().meta({ description: 'The name begins with this.' }),
  cityCode: cityInput.optional(),
  family: familyInput.optional(),
})

export type EnterprisesQuery = z.infer<typeof enterprisesQuery>

export type EnterpriseView = Omit<Enterprise, 'identityKey' | 'creditCodeEvidence'> & {
  /** The code failed its check and was let in on evidence (R5). */
  readonly creditCodeInDoubt: boolean
}

/** Enterprises by name. A member sees those it has to do with. @throws Refusal */
export async function readEnterprises(
  registry: Registry,
  context: Context,
  query: EnterprisesQuery,
): Promise<KeysetPage<EnterpriseView>> {
  const rows = await listEnterprises(registry.lists, filterOf(context, query))
  return pageOf('enterprises', rows, query.limit, (row) => ({ value: row.name, id: row.id }), enterpriseView)
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedEnterprises(
  registry: Registry,
  context: Context,
  query: EnterprisesQuery,
): Promise<Total> {
  return countEnterprises(registry.lists, filterOf(context, query))
}

/** @throws Refusal */
function filterOf(context: Context, query: EnterprisesQuery): EnterpriseFilter {
  return {
    knownToMemberId: confinedTo(context, 'enterprises.read'),
    after: positionOf('enterprises', 'text', query.cursor),
    limit: query.limit,
    creditCode: query.creditCode?.toUpperCase(),
    name: query.name,
    cityCode: query.cityCode,
    family: query.family,
  }
}

export function enterpriseView({ identityKey: _, creditCodeEvidence, ...shown }: Enterprise): EnterpriseView {
  return { ...shown, creditCodeInDoubt: creditCodeEvidence !== null }
}

/** One enterprise with all its names and its history. @throws Refusal */
export async function readEnterprise(registry: Registry, context: Context, id: string) {
  const own = confinedTo(context, 'enterprises.read')
  const enterprise = await findEnterprise(registry.db, id)
  const isHidden = own !== null && !(await isKnownToMember(registry.db, id, own))
  if (!enterprise || isHidden) throw refuse('not_found', 'id', { values: { what: ['企业', 'enterprise'] } })
  const [names, history] = await Promise.all([namesOf(registry.db, id), historyOf(registry.db, 'enterprise', id)])
  return { ...enterpriseView(enterprise), names, history: own === null ? history : [] }
}
