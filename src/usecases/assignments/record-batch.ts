import { z } from 'zod'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { type AssignmentBatch, insertBatch, type NewBatchCase, returnedAmong } from '../../store/assignment-batches.ts'
import type { Db } from '../../store/database.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import { findMember } from '../../store/members.ts'
import { schemeInForce } from '../../store/schemes.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { lookUpEnterprise, saveEnterprise } from '../enterprises/resolve-enterprise.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { codeInput, idInput, problemsMax, textInput } from '../inputs.ts'
import { caseFields } from './manage-assignments.ts'

/** As many cases as the whole cultivation list of a year may hold, and more. */
export const batchCasesMax = 2_000

const caseInput = z.strictObject({
  ...caseFields,
  ownChoice: z
    .strictObject({ memberId: idInput, proof: textInput(1_000) })
    .optional()
    .meta({ description: 'The body that the firm chose, who recorded it and on what proof (R7).' }),
  replacesId: idInput.optional().meta({
    description:
      'The assignment that the case comes from: declined, not answered in time, or of a body that is suspended, removed or in conflict with the firm.',
  }),
})

export const batchInput = z.strictObject({
  name: textInput(200),
  scheme: codeInput(64).default('jiangsu-premium'),
  cases: z.array(caseInput).min(1).max(batchCasesMax),
})

type CaseInput = z.infer<typeof caseInput>

export type BatchRecorded = AssignmentBatch & { readonly cases: number }

/** Records the cases that are to be given out together: the cultivation list (N3, N11). All or none. @throws Refusal */
export async function recordBatch(
  registry: Registry,
  context: Context,
  input: z.infer<typeof batchInput>,
  idempotencyKey?: string,
): Promise<Answered<BatchRecorded>> {
  authorise(context, 'batches.manage')
  const keyed = { key: idempotencyKey, operation: 'POST /v1/batches', body: input }
  return onceOnly(registry, context, keyed, async (tx) => {
    if (!(await schemeInForce(tx, input.scheme, context.today)))
      throw refuse('scheme_unknown', 'scheme', { value: input.scheme })
    refuseIfAny((await problemsOfChoices(tx, input.cases)).slice(0, problemsMax))
    const enterprises = await enterprisesOf(tx, context, input.cases)
    refuseIfAny(await problemsOfReturned(tx, context, input.cases, enterprises))
    const batch = batchOf(context, input)
    const rows = input.cases.map((one, place) => caseRow(batch, one, place, enterprises[place] as Enterprise))
    refuseIfAny(problemsOfTwins(rows))
    await insertBatch(tx, batch, rows)
    await record(tx, context, {
      action: 'batch.recorded',
      entity: 'batch',
      entityId: batch.id,
      changes: { name: input.name, scheme: input.scheme, cases: rows.length },
    })
    return { ...batch, cases: rows.length }
  })
}

async function problemsOfChoices(tx: Db, cases: readonly CaseInput[]): Promise<Problem[]> {
  const chosen = new Set(cases.flatMap(({ ownChoice }) => ownChoice?.memberId ?? []))
  const unknown = new Set<string>()
  for (const id of chosen) if (!(await findMember(tx, id))) unknown.add(id)
  return cases.flatMap(({ ownChoice }, place) =>
    ownChoice && unknown.has(ownChoice.memberId)
      ? [problem('not_found', `cases.${place}.ownChoice.memberId`, { values: { what: ['成员机构', 'member'] } })]
      : [],
  )
}

/** Each case's enterprise, registered where it is new. @throws Refusal with every credit code that is wrong */
async function enterprisesOf(tx: Db, context: Context, cases: readonly CaseInput[]): Promise<Enterprise[]> {
  const problems: Problem[] = []
  const found: Enterprise[] = []
  const known = new Map<string, Enterprise>()
  for (const [place, { enterprise: input }] of cases.entries()) {
    const key = JSON.stringify(input)
    const before = known.get(key)
    const named = before ?? (await lookUpEnterprise(tx, context, input))
    if ('path' in named) problems.push({ ...named, path: `cases.${place}.${named.path}` })
    else if ('input' in named) {
      const { enterprise } = await saveEnterprise(tx, context, named, context.today)
      known.set(key, enterprise)
      found.push(enterprise)
    } else found.push(named)
  }
  refuseIfAny(problems.slice(0, problemsMax))
  return found
}

async function problemsOfReturned(
  tx: Db,
  { today }: Context,
  cases: readonly CaseInput[],
  enterprises: readonly Enterprise[],
): Promise<Problem[]> {
  const asked = cases.flatMap(({ replacesId }) => replacesId ?? [])
  const returned = new Map((await returnedAmong(tx, asked, today)).map(({ id, enterpriseId }) => [id, enterpriseId]))
  const seen = new Set<string>()
  return cases.flatMap(({ replacesId }, place) => {
    if (replacesId === undefined) return []
    const path = `cases.${place}.replacesId`
    const isTwin = seen.has(replacesId)
    seen.add(replacesId)
    if (!returned.has(replacesId)) return [problem('assignment_not_declined', path)]
    if (isTwin) return [problem('assignment_replaced', path)]
    if (returned.get(replacesId) === enterprises[place]?.id) return []
    return [problem('assignment_differs', path, { values: { field: ['企业', 'enterprise'] } })]
  })
}

function problemsOfTwins(rows: readonly NewBatchCase[]): Problem[] {
  const seen = new Set<string>()
  return rows
    .filter(({ enterpriseId, productName }) => {
      const key = `${enterpriseId} ${productName}`
      const isTwin = seen.has(key)
      seen.add(key)
      return isTwin
    })
    .map(({ place, productName }) => problem('case_listed_twice', `cases.${place}.productName`, { value: productName }))
    .slice(0, problemsMax)
}

function batchOf(context: Context, { name, scheme }: z.infer<typeof batchInput>): AssignmentBatch {
  return {
    id: newId(context.now),
    name,
    schemeCode: scheme,
    recordedOn: context.today,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

function caseRow(batch: AssignmentBatch, input: CaseInput, place: number, enterprise: Enterprise): NewBatchCase {
  const { kind, productName, family, industryCode = null, standards, ownChoice, replacesId = null } = input
  return {
    id: newId(batch.recordedAt),
    batchId: batch.id,
    place,
    enterpriseId: enterprise.id,
    kind,
    productName,
    family,
    industryCode,
    standards,
    cityCode: input.enterprise.cityCode ?? enterprise.cityCode,
    chosenMemberId: ownChoice?.memberId ?? null,
    choiceProof: ownChoice?.proof ?? null,
    replacesId,
  }
}
