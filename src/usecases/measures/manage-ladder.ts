import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { record } from '../../store/events.ts'
import { insertLadderRule, readLadderRules } from '../../store/measures.ts'
import { claimCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'

const workingDays = z.number().int().min(1).max(120)

export const ladderInput = z.strictObject({
  effectiveOn: dayInput.meta({ description: 'Measures proposed from this day on go by it; earlier ones never.' }),
  replyWorkingDays: workingDays,
  appealWorkingDays: workingDays,
  clause: textInput(200),
})

/** A further version of the windows of the ladder (R8, configurable). It never reaches back. @throws Refusal */
export async function addLadderRule(
  registry: Registry,
  context: Context,
  input: z.infer<typeof ladderInput>,
): Promise<{ version: number }> {
  authorise(context, 'calendar.manage')
  return registry.db.transaction(async (tx) => {
    await claimCalendar(tx)
    const rules = await readLadderRules(tx)
    const isBackdated = input.effectiveOn < context.today || rules.some((rule) => rule.effectiveOn > input.effectiveOn)
    if (isBackdated) throw refuse('rule_backdated', 'effectiveOn', { value: input.effectiveOn })
    const version = Math.max(0, ...rules.map((rule) => rule.version)) + 1
    await insertLadderRule(tx, { ...input, version, recordedAt: context.now, recordedBy: context.actor.id })
    await record(tx, context, {
      action: 'ladder_rule.added',
      entity: 'ladder_rule',
      entityId: String(version),
      onDay: input.effectiveOn,
      changes: { ...input },
    })
    return { version }
  })
}

/** The windows of the ladder in all versions. For anyone. */
export async function listLadderRules(registry: Registry) {
  return { items: await readLadderRules(registry.db) }
}
