import { z } from 'zod'
import { checkCreditCode } from '../../domain/credit-code.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import {
  type Enterprise,
  fillEnterpriseGaps,
  findEnterpriseByCode,
  insertEnterpriseName,
  insertOrFindEnterprise,
  latestNameOn,
  updateEnterprise,
} from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import type { Context } from '../context.ts'
import { cityInput, creditCodeInput, evidenceInput, familyInput, industryInput, textInput } from '../inputs.ts'

export const enterpriseInput = z.strictObject({
  creditCode: creditCodeInput.meta({ examples: ['91320100MA0XX00154'] }),
  name: textInput(200),
  cityCode: cityInput.optional(),
  family: familyInput.optional(),
  industryCode: industryInput.optional(),
  address: textInput(400).optional(),
  creditCodeEvidence: evidenceInput
    .optional()
    .meta({ description: 'Secretariat only: lets a code in that fails its check (R5).' }),
})

export type EnterpriseInput = z.infer<typeof enterpriseInput>

/** The code to store, and why it was let in if it fails its check (R5); or what is wrong, with position and character. */
export function admitCreditCode(
  context: Context,
  text: string,
  evidence: string | undefined,
  path: string,
): { code: string; evidence: string | null } | Problem {
  const checked = checkCreditCode(text)
  if (checked.ok) return { code: checked.code, evidence: null }
  const mayOverride = context.actor.role === 'secretariat' && evidence !== undefined
  const shapeHolds = checked.code === 'credit_code_check' || checked.code === 'credit_code_organisation_check'
  if (mayOverride && shapeHolds) return { code: checked.normalised, evidence }
  return problem(checked.code, path, {
    value: text,
    values: { position: checked.position, expected: checked.expected ?? '' },
  })
}

/** An enterprise as named in a request: the one registered under the code, or the one to register. */
export type NamedEnterprise = {
  readonly input: EnterpriseInput
  readonly code: string
  readonly evidence: string | null
  readonly found: Enterprise | undefined
}

/** The code under which the enterprise is registered, if it is; undefined where it is no code. */
export function enterpriseCodeOf(context: Context, input: EnterpriseInput): string | undefined {
  const admitted = admittedCode(context, input)
  return 'evidence' in admitted ? admitted.code : undefined
}

function admittedCode(context: Context, { creditCode, creditCodeEvidence }: EnterpriseInput) {
  return admitCreditCode(context, creditCode, creditCodeEvidence, 'enterprise.creditCode')
}

export async function lookUpEnterprise(
  tx: Db,
  context: Context,
  input: EnterpriseInput,
): Promise<NamedEnterprise | Problem> {
  const admitted = admittedCode(context, input)
  if (!('evidence' in admitted)) return admitted
  return { input, found: await findEnterpriseByCode(tx, admitted.code), ...admitted }
}

/**
 * The same code is the same enterprise (R5): registers a new one; another name from `on` is kept as a change of name,
 * and said in a warning.
 */
export async function saveEnterprise(
  tx: Db,
  context: Context,
  named: NamedEnterprise,
  on: PlainDate,
): Promise<{ enterprise: Enterprise; warnings: readonly Problem[] }> {
  const { enterprise, isNew } = named.found
    ? { enterprise: named.found, isNew: false }
    : await insertOrFindEnterprise(tx, newEnterprise(context, named))
  if (!isNew) {
    const completed = await fillGaps(tx, context, enterprise, named.input)
    return noteName(tx, context, completed, named.input.name, on)
  }
  await insertEnterpriseName(tx, nameOf(context, enterprise.id, enterprise.name, on))
  await record(tx, context, {
    action: 'enterprise.registered',
    entity: 'enterprise',
    entityId: enterprise.id,
    changes: { creditCode: enterprise.creditCode, name: enterprise.name, creditCodeEvidence: named.evidence },
  })
  return { enterprise, warnings: [] }
}

function newEnterprise(context: Context, { input, code, evidence }: NamedEnterprise) {
  return {
    id: newId(context.now),
    identityKey: `code:${code}`,
    creditCode: code,
    creditCodeEvidence: evidence,
    name: input.name,
    cityCode: input.cityCode ?? null,
    family: input.family ?? null,
    industryCode: input.industryCode ?? null,
    address: input.address ?? null,
    origin: 'registered' as const,
    recordedAt: context.now,
  }
}

function nameOf(context: Context, enterpriseId: string, name: string, fromOn: PlainDate) {
  return { id: newId(context.now), enterpriseId, name, fromOn, recordedAt: context.now, recordedBy: context.actor.id }
}

/** Keeps another name in the history, and makes it the present one unless a later one is known. */
async function noteName(tx: Db, context: Context, enterprise: Enterprise, name: string, on: PlainDate) {
  if (name === enterprise.name) return { enterprise, warnings: [] }
  // A firm's registered name is the secretariat's to change; a member's certificate says what it says.
  if (context.actor.role === 'member')
    return { enterprise, warnings: [nameWarning('enterprise_name_differs', enterprise, name)] }
  const latestOn = await latestNameOn(tx, enterprise.id)
  const isLater = latestOn === null || on >= latestOn
  await insertEnterpriseName(tx, nameOf(context, enterprise.id, name, on))
  if (isLater) await updateEnterprise(tx, enterprise.id, { name })
  await record(tx, context, {
    action: isLater ? 'enterprise.renamed' : 'enterprise.former_name_noted',
    entity: 'enterprise',
    entityId: enterprise.id,
    onDay: on,
    changes: { name: { from: enterprise.name, to: name } },
  })
  const warnings = [nameWarning('enterprise_renamed', enterprise, name)]
  return { enterprise: isLater ? { ...enterprise, name } : enterprise, warnings }
}

function nameWarning(
  code: 'enterprise_renamed' | 'enterprise_name_differs',
  enterprise: Enterprise,
  name: string,
): Problem {
  return problem(code, 'enterprise.name', { value: name, values: { registered: enterprise.name } })
}

/** What the registry did not know yet is filled in; what it knows is not changed by the way. */
async function fillGaps(tx: Db, context: Context, enterprise: Enterprise, input: EnterpriseInput): Promise<Enterprise> {
  const { cityCode, family, industryCode, address } = input
  const known = { cityCode, family, industryCode, address }
  const gaps = Object.fromEntries(
    Object.entries(known).filter(
      ([key, value]) => value !== undefined && enterprise[key as keyof typeof known] === null,
    ),
  )
  if (Object.keys(gaps).length === 0) return enterprise
  const completed = await fillEnterpriseGaps(tx, enterprise.id, gaps)
  await record(tx, context, {
    action: 'enterprise.completed',
    entity: 'enterprise',
    entityId: enterprise.id,
    changes: gaps,
  })
  return completed
}
