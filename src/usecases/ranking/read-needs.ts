import { type CapacityNeed, capacityNeeds, needGroundNames } from '../../domain/capacity-need.ts'
import { industryContains } from '../../domain/industries.ts'
import { addMonths, lastOfMonth } from '../../domain/plain-date.ts'
import { candidatesFor } from '../../store/desk.ts'
import { expiryWaves } from '../../store/ranking/waves.ts'
import { authorise, type Context, type Registry } from '../context.ts'

export type NeedView = CapacityNeed & { readonly groundName: { readonly zh: string; readonly en: string } | null }

/** So far reaches the wave: every certificate that lives today ends within it (N6). */
const monthsAhead = 36

/** Where capacity is short by scope and city, and by when, from the certificates that end: the case for new bodies (N2). @throws Refusal */
export async function readCapacityNeeds(registry: Registry, context: Context): Promise<{ items: NeedView[] }> {
  authorise(context, 'needs.read')
  const { today } = context
  const until = lastOfMonth(addMonths(today, monthsAhead))
  const waves = await expiryWaves(registry.lists, { today, until })
  const bodies = await candidatesFor(registry.lists, { on: today, enterpriseId: null })
  return { items: capacityNeeds(waves, bodies, today, industryContains).map(needView) }
}

function needView(need: CapacityNeed): NeedView {
  const [zh, en] = need.ground === null ? [null, null] : needGroundNames[need.ground]
  return { ...need, groundName: zh === null ? null : { zh, en } }
}
