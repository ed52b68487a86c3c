import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Actor } from '../../domain/access.ts'
import { complaintStateNames, complaintStateOf } from '../../domain/conduct.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findComplaint, insertComplaint } from '../../store/conduct.ts'
import { record } from '../../store/events.ts'
import { newSecret, sha256OfSecret } from '../accounts/secret.ts'
import { authorise, type Context, contextOf, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'

export const complaintInput = z.strictObject({
  text: textInput(4_000),
  memberNamed: textInput(200).meta({ description: 'The body, as the author calls it.' }),
  certificateNumber: textInput(64).optional(),
  complainant: z
    .strictObject({ name: textInput(100), contact: textInput(200).optional() })
    .optional()
    .meta({ description: 'Absent for an anonymous complaint. Known to the secretariat alone (R8).' }),
  mayBeNamed: z
    .boolean()
    .default(false)
    .meta({ description: 'The author agrees that the regulator and the body learn the name.' }),
})
type ComplaintInput = z.infer<typeof complaintInput>

/** Whoever has no account: a stranger with the public form. */
const stranger: Actor = { kind: 'system', id: 'public', name: 'public form', role: 'monitor', memberId: null }

/** The receipt is shown once; with it the author asks how the complaint stands. */
export type ComplaintFiled = { readonly receipt: string }

/**
 * A complaint by the public form, without sign-in (R8). Its entry in the log carries no id of a request, by which the
 * line of an access log could be found. @throws Refusal
 */
export async function filePublicComplaint(registry: Registry, input: ComplaintInput): Promise<ComplaintFiled> {
  return keep(registry, contextOf(registry, stranger, 'public form'), input)
}

/** The same by whoever may file one from the console (R8). @throws Refusal */
export async function fileComplaint(
  registry: Registry,
  context: Context,
  input: ComplaintInput,
): Promise<ComplaintFiled> {
  authorise(context, 'complaints.file')
  return keep(registry, context, input)
}

/** The log says that there is a complaint, and nothing of its author (R6). */
async function keep(registry: Registry, context: Context, input: ComplaintInput): Promise<ComplaintFiled> {
  refuseIfAny(problemsOfComplaint(input))
  const { text, memberNamed, certificateNumber = null, complainant, mayBeNamed } = input
  const receipt = newSecret()
  // A random id: one with the time in it would tell when the person wrote.
  const person = complainant && { id: randomUUID(), name: complainant.name, contact: complainant.contact ?? null }
  const id = newId(context.now)
  await registry.db.transaction(async (tx) => {
    await insertComplaint(
      tx,
      {
        id,
        receiptSha256: sha256OfSecret(receipt),
        text,
        memberNamed,
        certificateNumber,
        complainantId: person?.id ?? null,
        mayBeNamed,
        receivedOn: context.today,
        recordedAt: context.now,
      },
      person ?? null,
    )
    await record(tx, context, { action: 'complaint.received', entity: 'complaint', entityId: id, onDay: context.today })
  })
  return { receipt }
}

function problemsOfComplaint({ complainant, mayBeNamed }: ComplaintInput): Problem[] {
  return mayBeNamed && !complainant ? [problem('complainant_missing', 'complainant')] : []
}

/** How a complaint stands, for whoever holds its receipt: the state and nothing else. @throws Refusal */
export async function readComplaintState(registry: Registry, receipt: string) {
  const found = await findComplaint(registry.db, { receiptSha256: sha256OfSecret(receipt) })
  if (!found) throw refuse('not_found', 'receipt', { values: { what: ['投诉', 'complaint'] } })
  const state = complaintStateOf(found.complaint.dismissedOn, found.conclusion)
  const [zh, en] = complaintStateNames[state]
  return { state, stateName: { zh, en }, receivedOn: found.complaint.receivedOn }
}
