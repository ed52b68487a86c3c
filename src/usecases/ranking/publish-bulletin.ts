import { z } from 'zod'
import { bulletinDocument } from '../../documents/bulletin-document.ts'
import { problemsOfPublication } from '../../domain/ranking/bulletin.ts'
import { type BulletinContent, bulletinReckoning } from '../../domain/ranking/bulletin-content.ts'
import { indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { policyInForce } from '../../domain/ranking/policy.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { settledBefore } from '../../store/known-at.ts'
import {
  type BulletinRow,
  contentOf,
  type Dispute,
  disputesOf,
  findBulletin,
  insertPublication,
} from '../../store/ranking/bulletins.ts'
import { claimRanking, readPolicies } from '../../store/ranking/policies.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { sha256Of } from '../hashes.ts'
import { textInput } from '../inputs.ts'
import { type BulletinView, bulletinView, factsOf } from './bulletin-view.ts'
import { canonicalText, makeContent } from './content.ts'
import { tellBodies, unknownBulletin } from './open-bulletin.ts'

export const publicationInput = z.strictObject({
  overrideReason: textInput(2_000).optional().meta({ description: 'Why it is published although disputes are open.' }),
})

/**
 * Freezes and publishes: what was known, policy, definitions, figures and their hash, and the document (R9, R4a). It is
 * reckoned before the transaction, which begins by making sure that nothing moved meanwhile. @throws Refusal
 */
export async function publishBulletin(
  registry: Registry,
  context: Context,
  id: string,
  { overrideReason = null }: { readonly overrideReason?: string | undefined | null },
): Promise<BulletinView> {
  authorise(context, 'bulletins.manage')
  const before = await readyToPublish(registry.db, context, id, overrideReason)
  const { version, approvedBy, policy } = policyInForce(await readPolicies(registry.db), before.row.bulletin.untilOn)
  const knownAt = settledBefore(context.now)
  const rulebook = await registry.rulebooks.current(registry.db)
  const content = await makeContent(registry.db, rulebook, {
    bulletin: before.row.bulletin,
    knownAt,
    asOf: context.today,
    policy: { version, approvedBy, policy },
    disputes: before.disputes,
    definitions: indicatorsInForce(before.row.bulletin.untilOn),
  })
  const text = canonicalText(content)
  const document = await bulletinDocument(content, context.today)
  return registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const now = await readyToPublish(tx, context, id, overrideReason)
    const { version: present } = policyInForce(await readPolicies(tx), now.row.bulletin.untilOn)
    if (marksOf(now.disputes) !== marksOf(before.disputes) || present !== version) throw refuse('concurrent_change')
    const sha256 = sha256Of(text)
    await insertPublication(tx, {
      bulletinId: id,
      publishedOn: context.today,
      knownAt,
      policyVersion: version,
      content: text,
      sha256,
      document,
      documentSha256: sha256Of(document),
      overrideReason: now.disputes.some(({ outcome }) => outcome === null) ? overrideReason : null,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'bulletin.published',
      entity: 'bulletin',
      entityId: id,
      onDay: context.today,
      changes: { sha256, policyVersion: version, knownAt: knownAt.toISOString() },
    })
    await tellBodies(tx, context, now.row.bulletin, 'published', content.input.bodies)
    const published = await findBulletin(tx, id)
    if (!published) throw new Error(`bulletin ${id} vanished`)
    return bulletinView(published, context.today)
  })
}

async function readyToPublish(
  db: Db,
  context: Context,
  id: string,
  overrideReason: string | null,
): Promise<{ row: BulletinRow; disputes: Dispute[] }> {
  const row = await findBulletin(db, id)
  if (!row) throw unknownBulletin()
  const disputes = await disputesOf(db, id, null)
  const open = disputes.filter(({ outcome }) => outcome === null).length
  refuseIfAny(problemsOfPublication(factsOf(row), open, overrideReason, context.today))
  return { row, disputes }
}

function marksOf(disputes: readonly Dispute[]): string {
  return disputes.map(({ id, outcome }) => `${id} ${outcome}`).join(';')
}

export type Reckoning = {
  readonly sha256: string
  /** Of the content as it is reckoned again now, from the registry as it was known at the freeze. */
  readonly recomputedSha256: string
  readonly isSame: boolean
  /** The way in which it was reckoned when it was frozen, and is now: where they differ, other bytes are no surprise. */
  readonly reckoning: { readonly frozen: number; readonly now: number }
}

/** Runs a published bulletin again, from the facts as they were known then: the same bytes, or it says so (R9). @throws Refusal */
export async function recomputeBulletin(registry: Registry, context: Context, id: string): Promise<Reckoning> {
  authorise(context, 'bulletins.manage')
  const { row, content } = await publishedContent(registry.lists, id)
  const calendar = await registry.rulebooks.version(registry.db, content.calendarVersion)
  const rulebook = { ...(await registry.rulebooks.recent(registry.db)), calendar }
  const disputes = await disputesOf(registry.lists, id, null)
  const again = await makeContent(registry.lists, rulebook, {
    bulletin: row.bulletin,
    knownAt: new Date(content.knownAt),
    asOf: content.asOf,
    policy: content.policy,
    disputes,
    definitions: content.definitions,
  })
  const recomputedSha256 = sha256Of(canonicalText(again))
  const sha256 = row.publication?.sha256 ?? ''
  const reckoning = { frozen: content.reckoning, now: bulletinReckoning }
  return { sha256, recomputedSha256, isSame: sha256 === recomputedSha256, reckoning }
}

/** @throws Refusal where there is none, or where it is a draft */
export async function publishedContent(db: Db, id: string): Promise<{ row: BulletinRow; content: BulletinContent }> {
  const row = await findBulletin(db, id)
  if (!row) throw unknownBulletin()
  const content = await frozenContent(db, row)
  if (content === null) throw refuse('bulletin_not_published', 'id')
  return { row, content }
}

/** Null of a draft. */
export async function frozenContent(db: Db, { bulletin, publication }: BulletinRow): Promise<BulletinContent | null> {
  const text = publication && (await contentOf(db, bulletin.id))
  return text === null ? null : (JSON.parse(text) as BulletinContent)
}
