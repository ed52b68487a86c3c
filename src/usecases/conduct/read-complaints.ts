import { z } from 'zod'
import { type CaseOutcome, type ComplaintState, complaintStateOf } from '../../domain/conduct.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  type Complaint,
  eraseAttachmentsOfAuthor,
  eraseComplainant,
  findCase,
  findComplainant,
  findComplaint,
  listComplaints,
  lockCase,
  lockComplaint,
  setComplaint,
} from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const complaintsQuery = z.strictObject(pageInput)
export const dismissalInput = z.strictObject({ ground: textInput(2_000) })

/**
 * A complaint without its author: whether there is one, and whether it may be named. The text may say who wrote it, so that
 * the regulator has it only where the author agreed; it is null then, and once it was erased. So is the number of the certificate.
 */
export type ComplaintView = Omit<Complaint, 'receiptSha256' | 'complainantId'> & {
  readonly state: ComplaintState
  readonly caseId: string | null
  readonly isAnonymous: boolean
}

type SoFar = { complaint: Complaint; caseId: string | null; conclusion: CaseOutcome | null | undefined }

function complaintView(context: Context, { complaint, caseId, conclusion }: SoFar): ComplaintView {
  const { receiptSha256: _, complainantId, ...shown } = complaint
  const state = complaintStateOf(complaint.dismissedOn, conclusion)
  const isOpen = context.actor.role === 'secretariat' || complaint.mayBeNamed
  // A certificate leads to its holder, who mostly is the author.
  const hidden = isOpen ? {} : { text: null, certificateNumber: null }
  return { ...shown, ...hidden, state, caseId, isAnonymous: complainantId === null }
}

/** Complaints by the day on which they came in (R8). @throws Refusal */
export async function readComplaints(
  registry: Registry,
  context: Context,
  { limit, cursor }: z.infer<typeof complaintsQuery>,
): Promise<KeysetPage<ComplaintView>> {
  authorise(context, 'complaints.read')
  const rows = await listComplaints(registry.lists, { limit, after: positionOf('complaints', 'day', cursor) })
  const placeOf = ({ complaint }: SoFar) => ({ value: complaint.receivedOn, id: complaint.id })
  return pageOf('complaints', rows, limit, placeOf, (row) => complaintView(context, row))
}

/** Does not take a complaint up, with the ground; one that a case came of stays (R8). @throws Refusal */
export async function dismissComplaint(
  registry: Registry,
  context: Context,
  id: string,
  { ground }: z.infer<typeof dismissalInput>,
): Promise<ComplaintView> {
  authorise(context, 'conduct.manage')
  return registry.db.transaction(async (tx) => {
    await claimUntaken(tx, id)
    await setComplaint(tx, id, { dismissedOn: context.today, dismissedGround: ground })
    await record(tx, context, {
      action: 'complaint.dismissed',
      entity: 'complaint',
      entityId: id,
      onDay: context.today,
    })
    const found = await findComplaint(tx, { id })
    if (!found) throw new Error(`complaint ${id} vanished`)
    return complaintView(context, found)
  })
}

/** Locks a complaint that nobody has taken up or dismissed yet. @throws Refusal */
export async function claimUntaken(tx: Db, id: string): Promise<Complaint> {
  const complaint = await lockComplaint(tx, id)
  if (!complaint) throw unknownComplaint()
  const found = await findComplaint(tx, { id })
  if (complaint.dismissedOn !== null || found?.caseId) throw refuse('complaint_taken')
  return complaint
}

/**
 * Who complained. The secretariat may ask; the regulator and the body of the case only where the author agreed. Each
 * view is logged, without the person (R6, R8). @throws Refusal
 */
export async function seeComplainant(registry: Registry, context: Context, complaintId: string) {
  const own = confinedTo(context, 'complainants.read')
  return registry.db.transaction((tx) => seeWithin(tx, context, own, complaintId))
}

/**
 * The same by the case that came of the complaint: the way of its body, which knows no complaint. @throws Refusal
 */
export async function seeComplainantOfCase(registry: Registry, context: Context, caseId: string) {
  const own = confinedTo(context, 'complainants.read')
  return registry.db.transaction(async (tx) => {
    const found = await findCase(tx, caseId)
    if (!found?.complaintId) throw unknownComplaint()
    return seeWithin(tx, context, own, found.complaintId)
  })
}

async function seeWithin(tx: Db, context: Context, own: string | null, complaintId: string) {
  const found = await findComplaint(tx, { id: complaintId })
  const isNamed = context.actor.role === 'secretariat' || found?.complaint.mayBeNamed === true
  if (!found || !isNamed || !(await isOfBody(tx, own, found.caseId))) throw unknownComplaint()
  const { complainantId } = found.complaint
  const person = complainantId === null ? undefined : await findComplainant(tx, complainantId)
  await record(tx, context, {
    action: 'complaint.author_seen',
    entity: 'complaint',
    entityId: complaintId,
    onDay: context.today,
  })
  return { name: person?.name ?? null, contact: person?.contact ?? null, erasedAt: found.complaint.erasedAt }
}

async function isOfBody(tx: Db, own: string | null, caseId: string | null): Promise<boolean> {
  return own === null || (caseId !== null && (await findCase(tx, caseId))?.memberId === own)
}

/** Erases the person, what the person wrote, and what the person sent in for the case; that there was a complaint, its case and the log stay (R6). @throws Refusal */
export async function eraseAuthor(registry: Registry, context: Context, complaintId: string): Promise<void> {
  authorise(context, 'conduct.manage')
  await registry.db.transaction(async (tx) => {
    const complaint = await lockComplaint(tx, complaintId)
    if (!complaint) throw unknownComplaint()
    const caseId = (await findComplaint(tx, { id: complaintId }))?.caseId ?? null
    // Whoever attaches at this moment waits, or is waited for.
    if (caseId !== null) await lockCase(tx, caseId)
    const erased = caseId === null ? [] : await eraseAttachmentsOfAuthor(tx, caseId, context.now)
    // Asked again, what came in since goes, too.
    if (complaint.erasedAt !== null && erased.length === 0) throw refuse('complainant_missing', 'id')
    if (complaint.complainantId !== null) await eraseComplainant(tx, complaint.complainantId)
    // A certificate leads to its holder, who mostly is the author; a body may be called by whoever works there.
    const gone = { text: null, memberNamed: null, certificateNumber: null }
    await setComplaint(tx, complaintId, { ...gone, erasedAt: complaint.erasedAt ?? context.now })
    await record(tx, context, {
      action: 'complaint.author_erased',
      entity: 'complaint',
      entityId: complaintId,
      onDay: context.today,
      changes: { attachmentIds: erased },
    })
  })
}

function unknownComplaint() {
  return refuse('not_found', 'id', { values: { what: ['投诉', 'complaint'] } })
}
