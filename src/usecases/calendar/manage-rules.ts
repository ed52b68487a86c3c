import { z } from 'zod'
import { ruleInForce } from '../../domain/deadline-rule.ts'
import { duties } from '../../domain/obligation.ts'
import { refuse } from '../../domain/refusals.ts'
import { record } from '../../store/events.ts'
import { claimCalendar, insertDeadlineRule } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'

const count = z.number().int().min(1).max(400)

export const ruleInput = z.strictObject({
  duty: z.enum(duties),
  effectiveOn: dayInput.meta({ description: 'Events from this day on are counted with it; earlier ones never.' }),
  limit: z.discriminatedUnion('unit', [
    z.strictObject({ unit: z.literal('working_days'), count }),
    z.strictObject({ unit: z.literal('months'), count: z.number().int().min(1).max(120) }),
    z.strictObject({ unit: z.literal('day_of_next_month'), day: z.number().int().min(1).max(28) }),
    z.strictObject({ unit: z.literal('named_day') }),
  ]),
  dueSoonWorkingDays: z.number().int().min(0).max(60).default(2),
  clause: textInput(200),
})

export type RuleInput = z.infer<typeof ruleInput>

/** A further version of a deadline rule (R2, R3, configurable). It never reaches back. @throws Refusal */
export async function addDeadlineRule(
  registry: Registry,
  context: Context,
  input: RuleInput,
): Promise<{ version: number }> {
  authorise(context, 'calendar.manage')
  const added = await registry.db.transaction(async (tx) => {
    await claimCalendar(tx)
    const { rules } = await registry.rulebooks.current(tx)
    const own = rules.filter((rule) => rule.duty === input.duty)
    const inForce = ruleInForce(rules, input.duty, input.effectiveOn)
    const isBackdated = input.effectiveOn < context.today || own.some((rule) => rule.effectiveOn > input.effectiveOn)
    if (isBackdated) throw refuse('rule_backdated', 'effectiveOn', { value: input.effectiveOn })
    const version = Math.max(...own.map((rule) => rule.version)) + 1
    const rule = { ...input, version, startEvent: inForce.startEvent }
    await insertDeadlineRule(tx, { ...rule, recordedAt: context.now, recordedBy: context.actor.id })
    await record(tx, context, {
      action: 'deadline_rule.added',
      entity: 'deadline_rule',
      entityId: input.duty,
      onDay: input.effectiveOn,
      changes: { version, limit: input.limit, clause: input.clause },
    })
    return { version }
  })
  registry.rulebooks.forget()
  return added
}

/** The deadline rules with all their versions. For anyone. */
export async function readDeadlineRules(registry: Registry) {
  const { rules } = await registry.rulebooks.current(registry.db)
  return { items: rules }
}
