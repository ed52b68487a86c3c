import { z } from 'zod'
import { isInOrder } from '../../domain/escalation.ts'
import { refuse } from '../../domain/refusals.ts'
import { record } from '../../store/events.ts'
import { claimCalendar, insertEscalationRule, readEscalationRules } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'

const days = z.number().int().min(-60).max(400)

export const escalationInput = z.strictObject({
  effectiveOn: dayInput.meta({ description: 'Obligations from events of this day on go by it; earlier ones never.' }),
  workingDays: z
    .strictObject({ reminder: days, overdue: days, warning: days, public_listing: days })
    .meta({ description: 'Working days around the due day; before it when negative.' }),
  clause: textInput(200),
})

/** A further version of what is said around a due day (R2, configurable). It never reaches back. @throws Refusal */
export async function addEscalationRule(
  registry: Registry,
  context: Context,
  input: z.infer<typeof escalationInput>,
): Promise<{ version: number }> {
  authorise(context, 'calendar.manage')
  if (!isInOrder(input.workingDays)) throw refuse('escalation_order', 'workingDays')
  return registry.db.transaction(async (tx) => {
    await claimCalendar(tx)
    const rules = await readEscalationRules(tx)
    const isBackdated = input.effectiveOn < context.today || rules.some((rule) => rule.effectiveOn > input.effectiveOn)
    if (isBackdated) throw refuse('rule_backdated', 'effectiveOn', { value: input.effectiveOn })
    const version = Math.max(0, ...rules.map((rule) => rule.version)) + 1
    await insertEscalationRule(tx, { ...input, version, recordedAt: context.now, recordedBy: context.actor.id })
    await record(tx, context, {
      action: 'escalation_rule.added',
      entity: 'escalation_rule',
      entityId: String(version),
      onDay: input.effectiveOn,
      changes: { workingDays: input.workingDays, clause: input.clause },
    })
    return { version }
  })
}

/** What is said around a due day, in all versions. For anyone. */
export async function listEscalationRules(registry: Registry) {
  return { items: await readEscalationRules(registry.db) }
}
