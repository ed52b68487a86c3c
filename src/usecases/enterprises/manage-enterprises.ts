import { z } from 'zod'
import { Refusal, refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { violates } from '../../store/database.ts'
import { findEnterprise, insertEnterpriseName, updateEnterprise } from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import {
  cityInput,
  creditCodeInput,
  dayInput,
  evidenceInput,
  familyInput,
  industryInput,
  textInput,
} from '../inputs.ts'
import { admitCreditCode, type EnterpriseInput, lookUpEnterprise, saveEnterprise } from './resolve-enterprise.ts'

/** Registers an enterprise; the same code is the same enterprise and is refused (R5). @throws Refusal */
export async function registerEnterprise(
  registry: Registry,
  context: Context,
  input: EnterpriseInput,
): Promise<{ id: string }> {
  authorise(context, 'enterprises.write')
  return registry.db.transaction(async (tx) => {
    const named = await lookUpEnterprise(tx, context, input)
    if (!('found' in named)) throw new Refusal({ ...named, path: 'creditCode' })
    if (named.found)
      throw refuse('already_registered', 'creditCode', { value: named.code, values: { what: ['企业', 'enterprise'] } })
    const { enterprise } = await saveEnterprise(tx, context, named, context.today)
    return { id: enterprise.id }
  })
}

export const enterpriseChanges = z.strictObject({
  name: textInput(200).optional(),
  cityCode: cityInput.optional(),
  family: familyInput.optional(),
  industryCode: industryInput.optional(),
  address: textInput(400).optional(),
  creditCode: creditCodeInput.optional().meta({ description: 'Identifies an enterprise of the opening balance (R5).' }),
  creditCodeEvidence: evidenceInput.optional(),
  effectiveOn: dayInput.meta({ description: 'The day from which the change holds; kept with the former name.' }),
})

/** Changes an enterprise; former names stay, and the event log keeps the rest. @throws Refusal */
export async function changeEnterprise(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof enterpriseChanges>,
): Promise<void> {
  authorise(context, 'enterprises.write')
  await registry.db.transaction(async (tx) => {
    const enterprise = await findEnterprise(tx, id)
    if (!enterprise) throw refuse('not_found', 'id', { values: { what: ['企业', 'enterprise'] } })
    const { effectiveOn, creditCode, creditCodeEvidence, ...rest } = input
    const wanted = { ...rest, ...identifiedBy(context, creditCode, creditCodeEvidence) }
    const changed = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
      (key) => wanted[key] !== undefined && wanted[key] !== enterprise[key],
    )
    if (changed.length === 0) throw refuse('nothing_changes')
    const to = Object.fromEntries(changed.map((key) => [key, wanted[key]]))
    await updateEnterprise(tx, id, to).catch((error: unknown) => {
      throw violates(error, 'enterprises_credit_code_unique') || violates(error, 'enterprises_identity_key_unique')
        ? refuse('already_registered', 'creditCode', { value: creditCode, values: { what: ['企业', 'enterprise'] } })
        : error
    })
    if (changed.includes('name') && input.name !== undefined) {
      await insertEnterpriseName(tx, {
        id: newId(context.now),
        enterpriseId: id,
        name: input.name,
        fromOn: effectiveOn,
        recordedAt: context.now,
        recordedBy: context.actor.id,
      })
    }
    const from = Object.fromEntries(changed.map((key) => [key, enterprise[key]]))
    await record(tx, context, {
      action: 'enterprise.changed',
      entity: 'enterprise',
      entityId: id,
      onDay: effectiveOn,
      changes: { from, to },
    })
  })
}

/** The code as it is stored: from then on it is what identifies the enterprise. @throws Refusal */
function identifiedBy(context: Context, creditCode: string | undefined, evidence: string | undefined) {
  if (creditCode === undefined) return {}
  const admitted = admitCreditCode(context, creditCode, evidence, 'creditCode')
  if ('path' in admitted) throw new Refusal(admitted)
  return { creditCode: admitted.code, creditCodeEvidence: admitted.evidence, identityKey: `code:${admitted.code}` }
}
