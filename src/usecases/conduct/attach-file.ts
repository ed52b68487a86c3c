import { z } from 'zod'
import { type AttachmentType, attachmentsMax, attachmentTypeOf } from '../../domain/attachment.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { zipEntryNames } from '../../intake/zip-names.ts'
import {
  type AttachmentFacts,
  attachmentsOfCase,
  findAttachment,
  findCase,
  insertAttachment,
  lockCase,
} from '../../store/conduct.ts'
import { record } from '../../store/events.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { sha256Of } from '../hashes.ts'
import { textInput } from '../inputs.ts'

export const attachmentQuery = z.strictObject({
  fileName: textInput(200),
  sharedWithMember: z.stringbool().default(false).meta({
    description: 'Whether the body may read it; what the body attaches itself it may read in any case.',
  }),
  fromAuthor: z.stringbool().default(false).meta({
    description: 'Whether it came from whoever complained: it is erased with the person (R6). Not for the body to say.',
  }),
})

/** Attaches a file to a case; what it is, is judged by what stands in it (R8). @throws Refusal */
export async function attachFile(
  registry: Registry,
  context: Context,
  caseId: string,
  { fileName, sharedWithMember, fromAuthor }: z.infer<typeof attachmentQuery>,
  content: Buffer,
): Promise<AttachmentFacts> {
  const own = confinedTo(context, 'conduct.attach')
  const seen = await findCase(registry.db, caseId)
  if (!seen || (own !== null && seen.memberId !== own)) throw unknown('案件', 'case')
  // Before the transaction: to look into ten megabytes takes a while, in which nobody else waits.
  const type = attachmentTypeOf(content, (await zipEntryNames(content)) ?? [])
  if (type === undefined) throw refuse('attachment_type_refused')
  const sha256 = sha256Of(content)
  const byMember = own !== null
  return registry.db.transaction(async (tx) => {
    const found = await lockCase(tx, caseId)
    if (!found) throw unknown('案件', 'case')
    if (found.concludedOn !== null) throw refuse('case_concluded')
    const there = await attachmentsOfCase(tx, caseId)
    // Of its own side alone: what the other side attached, and did not share, is not to be learnt from an answer.
    if (there.some((each) => each.sha256 === sha256 && each.byMember === byMember)) throw refuse('attachment_there')
    // Each side has so many: neither fills the other's place.
    if (there.filter((each) => each.byMember === byMember).length >= attachmentsMax)
      throw refuse('attachments_limit', '', { values: { limit: attachmentsMax } })
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const access = { byMember, sharedWithMember: byMember || sharedWithMember, fromAuthor: fromAuthor && !byMember }
    const facts = { id: newId(context.now), caseId, fileName, type, bytesTotal: content.length, sha256, ...access }
    const attachment = await insertAttachment(tx, { ...facts, content, ...by })
    await record(tx, context, {
      action: 'conduct_case.attached',
      entity: 'conduct_case',
      entityId: caseId,
      memberId: found.memberId,
      onDay: context.today,
      changes: {
        attachmentId: attachment.id,
        ...(access.sharedWithMember ? { sha256, bytesTotal: content.length } : {}),
      },
    })
    return attachment
  })
}

/** The attachments of a case; a member sees what it attached and what is shared with it. @throws Refusal */
export async function readAttachments(registry: Registry, context: Context, caseId: string) {
  const own = confinedTo(context, 'conduct.read')
  const found = await findCase(registry.db, caseId)
  if (!found || (own !== null && found.memberId !== own)) throw unknown('案件', 'case')
  const items = await attachmentsOfCase(registry.db, caseId)
  return { items: items.filter(({ sharedWithMember }) => own === null || sharedWithMember) }
}

/** One attachment with its bytes. @throws Refusal */
export async function readAttachment(
  registry: Registry,
  context: Context,
  id: string,
): Promise<{ fileName: string; type: AttachmentType; sha256: string; content: Buffer }> {
  const own = confinedTo(context, 'conduct.read')
  const found = await findAttachment(registry.db, id)
  const isOwn = own === null || (found?.memberId === own && found.attachment.sharedWithMember)
  if (!found || !isOwn) throw unknown('附件', 'attachment')
  if (found.attachment.erasedAt !== null) throw refuse('attachment_erased', 'id')
  return found.attachment
}

function unknown(zh: string, en: string) {
  return refuse('not_found', 'id', { values: { what: [zh, en] } })
}
