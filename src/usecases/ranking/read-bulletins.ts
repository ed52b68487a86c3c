import { z } from 'zod'
import { bulletinAnnex } from '../../documents/bulletin-annex.ts'
import { groupedBy } from '../../domain/grouped.ts'
import type { BulletinContent, DisputedRow, FigureWithout } from '../../domain/ranking/bulletin-content.ts'
import { differencesOf, type FigureChange } from '../../domain/ranking/difference.ts'
import { type Indicator, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { policyInForce } from '../../domain/ranking/policy.ts'
import type { Ranking } from '../../domain/ranking/ranking.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { refuse } from '../../domain/refusals.ts'
import type { Total } from '../../store/lists/totals.ts'
import {
  countBulletins,
  type Decision,
  type Dispute,
  decisionsOf,
  decisionsOfBulletins,
  disputesOf,
  disputesOfBulletins,
  documentOf,
  findBulletin,
  listBulletins,
} from '../../store/ranking/bulletins.ts'
import { readPolicies } from '../../store/ranking/policies.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { type BulletinView, bulletinView } from './bulletin-view.ts'
import { leftOutOf, makeContent } from './content.ts'
import { gatherInput } from './gather.ts'
import { unknownBulletin } from './open-bulletin.ts'
import { frozenContent, publishedContent } from './publish-bulletin.ts'
import { ownPart } from './read-ranking.ts'

export const bulletinsQuery = z.strictObject(pageInput)
export const differenceQuery = z.strictObject({ from: idInput.meta({ description: 'The earlier bulletin.' }) })

/** Bulletins, the latest period first, drafts among them (R9). @throws Refusal */
export async function readBulletins(
  registry: Registry,
  context: Context,
  { limit, cursor }: z.infer<typeof bulletinsQuery>,
): Promise<KeysetPage<BulletinView>> {
  confinedTo(context, 'bulletins.read')
  const after = positionOf('bulletins', 'day', cursor)
  const rows = await listBulletins(registry.lists, { after, limit })
  const placeOf = ({ bulletin }: (typeof rows)[number]) => ({ value: bulletin.untilOn, id: bulletin.id })
  return pageOf('bulletins', rows, limit, placeOf, (row) => bulletinView(row, context.today))
}

/** How many there are in all. @throws Refusal */
export async function countAskedBulletins(registry: Registry, context: Context): Promise<Total> {
  confinedTo(context, 'bulletins.read')
  return countBulletins(registry.lists)
}

/** The tables of one bulletin. @throws Refusal */
export async function readBulletinRanking(registry: Registry, context: Context, id: string): Promise<Ranking> {
  return (await readBulletin(registry, context, id)).ranking
}

export type BulletinRead = BulletinView & {
  readonly title: BulletinContent['title']
  readonly policy: BulletinContent['policy']
  readonly definitions: readonly Indicator[]
  readonly ranking: Ranking
  readonly disputed: readonly DisputedRow[]
  readonly without: readonly FigureWithout[]
  readonly disputes: readonly Dispute[]
  readonly decisions: readonly Decision[]
}

/**
 * A bulletin with its tables: as it was published, for everybody; a draft as it stands now, of which a body sees its own
 * part, with its own disputes and decision (R9). @throws Refusal
 */
export async function readBulletin(registry: Registry, context: Context, id: string): Promise<BulletinRead> {
  const own = confinedTo(context, 'bulletins.read')
  const row = await findBulletin(registry.lists, id)
  if (!row) throw unknownBulletin()
  const disputes = await disputesOf(registry.lists, id, null)
  const content =
    (await frozenContent(registry.lists, row)) ?? (await draftContent(registry, context, row.bulletin, disputes))
  const isOwn = ({ memberId }: { readonly memberId: string }) => own === null || memberId === own
  const { title, policy, definitions, ranking, disputed, without } = content
  const isPartial = own !== null && row.publication === null
  return {
    ...bulletinView(row, context.today),
    title,
    policy,
    definitions,
    ranking: isPartial ? ownPart(ranking, own) : ranking,
    // The rows of others are theirs alone, also once it is published.
    disputed: disputed.filter(isOwn),
    without: isPartial ? without.filter(isOwn) : without,
    disputes: disputes.filter(isOwn),
    decisions: await decisionsOf(registry.lists, id, own),
  }
}

/** The disputes of several bulletins at once; a body sees its own. @throws Refusal */
export async function readDisputes(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, Dispute[]>> {
  const own = confinedTo(context, 'bulletins.read')
  return groupedBy(await disputesOfBulletins(registry.lists, ids, own), ({ bulletinId }) => bulletinId)
}

/** What was decided under several bulletins; a body sees its own. @throws Refusal */
export async function readDecisions(
  registry: Registry,
  context: Context,
  ids: readonly string[],
): Promise<Map<string, Decision[]>> {
  const own = confinedTo(context, 'bulletins.read')
  return groupedBy(await decisionsOfBulletins(registry.lists, ids, own), ({ bulletinId }) => bulletinId)
}

async function draftContent(
  registry: Registry,
  context: Context,
  bulletin: Parameters<typeof makeContent>[2]['bulletin'],
  disputes: readonly Dispute[],
): Promise<BulletinContent> {
  const { version, approvedBy, policy } = policyInForce(await readPolicies(registry.lists), bulletin.untilOn)
  const rulebook = await registry.rulebooks.recent(registry.db)
  return makeContent(registry.lists, rulebook, {
    bulletin,
    knownAt: context.now,
    asOf: context.today,
    policy: { version, approvedBy, policy },
    disputes,
    definitions: indicatorsInForce(bulletin.untilOn),
  })
}

/** The document as it was published; its bytes are the record (R9). @throws Refusal */
export async function readBulletinDocument(registry: Registry, context: Context, id: string): Promise<Buffer> {
  confinedTo(context, 'bulletins.read')
  const row = await findBulletin(registry.lists, id)
  if (!row) throw unknownBulletin()
  const document = row.publication && (await documentOf(registry.lists, id))
  if (document === null) throw refuse('bulletin_not_published', 'id')
  return document
}

/** The tables of a published bulletin as a workbook (R10). @throws Refusal */
export async function readBulletinAnnex(registry: Registry, context: Context, id: string): Promise<Buffer> {
  confinedTo(context, 'bulletins.read')
  return bulletinAnnex((await publishedContent(registry.lists, id)).content)
}

/** Why the figures of a bulletin are not those of an earlier one: data, definition, late arrivals (R9). @throws Refusal */
export async function compareBulletins(
  registry: Registry,
  context: Context,
  id: string,
  { from }: z.infer<typeof differenceQuery>,
): Promise<{ items: FigureChange[] }> {
  const own = confinedTo(context, 'bulletins.read')
  const { content: later } = await publishedContent(registry.lists, id)
  const { content: earlier, row } = await publishedContent(registry.lists, from)
  if (earlier.input.windows.period.until > later.input.windows.period.until) throw refuse('span_reversed', 'from')
  const calendar = await registry.rulebooks.version(registry.db, earlier.calendarVersion)
  const rulebook = { ...(await registry.rulebooks.recent(registry.db)), calendar }
  const asked = {
    period: { from: row.bulletin.fromOn, until: row.bulletin.untilOn },
    years: earlier.policy.policy.yearWeights.length,
    asOf: later.asOf,
    knownAt: new Date(later.knownAt),
  }
  const now = await gatherInput(
    registry.lists,
    rulebook,
    asked,
    leftOutOf(earlier.disputed, asked.period.until),
    earlier.definitions,
  )
  const edition = ({ input, definitions }: BulletinContent) => ({ ...input, definitions })
  const members = later.input.bodies
    .map(({ memberId }) => memberId)
    .filter((memberId) => own === null || memberId === own)
  const items = differencesOf(edition(earlier), { ...now, definitions: earlier.definitions }, edition(later), members)
  return { items: rounded(items) }
}

/**
 * The same of the one that was published last and the one of its kind before it, where none is named; nothing while there
 * are no two. @throws Refusal
 */
export async function compareLatest(
  registry: Registry,
  context: Context,
  { earlier, later }: { readonly earlier?: string | undefined; readonly later?: string | undefined },
): Promise<{ items: FigureChange[] }> {
  confinedTo(context, 'bulletins.read')
  const rows = await listBulletins(registry.lists, { after: null, limit: bulletinsLookedAt })
  const published = rows.filter(({ publication }) => publication !== null).map(({ bulletin }) => bulletin)
  const to = later === undefined ? published[0] : (await publishedContent(registry.lists, later)).row.bulletin
  if (!to) return { items: [] }
  const isBefore = ({ kind, untilOn }: typeof to) => kind === to.kind && untilOn < to.untilOn
  const from = earlier ?? published.find(isBefore)?.id
  return from === undefined ? { items: [] } : compareBulletins(registry, context, to.id, { from })
}

const bulletinsLookedAt = 200
