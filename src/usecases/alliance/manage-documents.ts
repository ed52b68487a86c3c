import { z } from 'zod'
import { documentKinds } from '../../domain/alliance.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { insideStandings, standingOn } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import {
  type AllianceDocument,
  acknowledgedAt,
  claimAlliance,
  findDocument,
  insertAcknowledgement,
  insertDocument,
  type ListedDocument,
  latestDocumentOf,
  listAcknowledgements,
  listDocuments,
} from '../../store/alliance.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { membersStanding } from '../../store/lists/members.ts'
import { standingHistoryOf } from '../../store/members.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { sha256OfJson } from '../hashes.ts'
import { dayInput, textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const documentInput = z.strictObject({
  code: z.string().regex(/^[a-z0-9-]{2,40}$/, 'a to z, digits and hyphens, 2 to 40 characters'),
  kind: z.enum(documentKinds),
  title: textInput(200),
  body: textInput(100_000).meta({ description: 'The text, or where it is to be found.' }),
  validFromOn: dayInput,
})
export const documentsQuery = z.strictObject(pageInput)

/** When the member that asks took note of it; null where it did not, or where nobody's member asks. */
type Acknowledged = { readonly acknowledgedAt: Date | null }

/** In lists without its text, which is read by itself. */
export type ListedDocumentView = ListedDocument & Acknowledged
export type DocumentView = AllianceDocument & Acknowledged

/** Publishes a document of the alliance, or its next version; earlier ones stay readable (N1). @throws Refusal */
export async function publishDocument(
  registry: Registry,
  context: Context,
  input: z.infer<typeof documentInput>,
): Promise<DocumentView> {
  authorise(context, 'alliance.write')
  return registry.db.transaction(async (tx) => {
    await claimAlliance(tx)
    const latest = await latestDocumentOf(tx, input.code)
    const version = (latest?.version ?? 0) + 1
    const { title, body } = input
    const sha256 = sha256OfJson({ title, body })
    if (latest?.sha256 === sha256) throw refuse('nothing_changes')
    if (latest && input.validFromOn < latest.validFromOn)
      throw refuse('version_backdated', 'validFromOn', {
        value: input.validFromOn,
        values: { since: latest.validFromOn },
      })
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const document = await insertDocument(tx, { id: newId(context.now), ...input, version, sha256, ...by })
    await record(tx, context, {
      action: 'document.published',
      entity: 'document',
      entityId: document.id,
      onDay: input.validFromOn,
      changes: { code: input.code, version, sha256 },
    })
    await tellOfDocument(tx, context, document)
    return { ...document, acknowledgedAt: null }
  })
}

/** Every body inside the alliance is told of a new version, which it is to take note of (最新文件要求). */
async function tellOfDocument(tx: Db, context: Context, { id, title, version }: AllianceDocument): Promise<void> {
  const inside = await membersStanding(tx, context.today, insideStandings)
  await sayNotices(
    tx,
    context,
    inside.map(({ id: memberId, name }) => ({
      kind: 'document',
      thing: `${id}:${memberId}`,
      stage: 'published',
      audiences: ['member'],
      memberId,
      facts: { member: name, subject: `${title}（v${version}）` },
      onDay: context.today,
    })),
  )
}

/** The documents by the day from which they hold, without their texts (N1). @throws Refusal */
export async function readDocuments(
  registry: Registry,
  context: Context,
  { limit, cursor }: z.infer<typeof documentsQuery>,
): Promise<KeysetPage<ListedDocumentView>> {
  authorise(context, 'alliance.read')
  const after = positionOf('documents', 'day', cursor)
  const { memberId } = context.actor
  const until = await readsUntil(registry.lists, context)
  const rows = await listDocuments(registry.lists, { after, limit, memberId, until })
  const placeOf = ({ document }: (typeof rows)[number]) => ({ value: document.validFromOn, id: document.id })
  return pageOf('documents', rows, limit, placeOf, ({ document, acknowledgedAt }) => ({ ...document, acknowledgedAt }))
}

/** One document with its text (N1). @throws Refusal */
export async function readDocument(registry: Registry, context: Context, id: string): Promise<DocumentView> {
  authorise(context, 'alliance.read')
  const document = await documentToRead(registry.lists, context, id)
  const { memberId } = context.actor
  return { ...document, acknowledgedAt: memberId === null ? null : await acknowledgedAt(registry.lists, id, memberId) }
}

/** @throws Refusal where there is none, or where it is none of those that a body that has left may read */
async function documentToRead(db: Db, context: Context, id: string): Promise<AllianceDocument> {
  const document = await findDocument(db, id)
  const until = await readsUntil(db, context)
  if (!document || (until !== null && document.validFromOn > until)) throw unknownDocument()
  return document
}

/** A body that has left reads what held until it left, and nothing newer. */
async function readsUntil(db: Db, { actor, today }: Context): Promise<PlainDate | null> {
  if (actor.memberId === null) return null
  const history = await standingHistoryOf(db, actor.memberId)
  if (standingOn(history, today) !== 'removed') return null
  return history.filter(({ fromOn }) => fromOn <= today).at(-1)?.fromOn ?? null
}

/** The member takes note of a version (最新文件要求); once is enough (N1). @throws Refusal */
export async function acknowledgeDocument(registry: Registry, context: Context, id: string): Promise<void> {
  const memberId = confinedTo(context, 'documents.acknowledge')
  await registry.db.transaction(async (tx) => {
    if (memberId === null) throw unknownDocument()
    const document = await documentToRead(tx, context, id)
    const by = { acknowledgedAt: context.now, recordedBy: context.actor.id }
    if (!(await insertAcknowledgement(tx, { documentId: id, memberId, ...by }))) return
    await record(tx, context, {
      action: 'document.acknowledged',
      entity: 'document',
      entityId: id,
      memberId,
      onDay: context.today,
      changes: { code: document.code, version: document.version },
    })
  })
}

/** Which bodies have taken note of a version and which have not, by name (N1). @throws Refusal */
export async function readAcknowledgements(
  registry: Registry,
  context: Context,
  id: string,
  { limit, cursor }: z.infer<typeof documentsQuery>,
) {
  authorise(context, 'alliance.oversee')
  if (!(await findDocument(registry.lists, id))) throw unknownDocument()
  const after = positionOf('acknowledgements', 'text', cursor)
  const rows = await listAcknowledgements(registry.lists, { documentId: id, on: context.today, after, limit })
  return pageOf(
    'acknowledgements',
    rows,
    limit,
    ({ name, memberId }) => ({ value: name, id: memberId }),
    (row) => row,
  )
}

function unknownDocument() {
  return refuse('not_found', 'id', { values: { what: ['文件', 'document'] } })
}
