import { z } from 'zod'
import { findAnnouncement, linesWithMatches, listAnnouncements, type MatchedLine } from '../../store/announcements.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { type AnnouncementView, announcementView } from './announcement-view.ts'
import { unknownAnnouncement } from './draft-announcement.ts'
import { placeOf } from './line-places.ts'

export const batchFilters = {
  scheme: z.string().max(64).optional(),
  batchYear: z.coerce.number().int().min(2_000).max(2_999).optional(),
}
export const announcementsQuery = z.strictObject({ ...pageInput, ...batchFilters })

/** Announcements with drafts among them, the latest day first. @throws Refusal */
export async function readAnnouncements(
  registry: Registry,
  context: Context,
  query: z.infer<typeof announcementsQuery>,
): Promise<KeysetPage<AnnouncementView>> {
  authorise(context, 'announcements.read')
  return pageOfAnnouncements(registry, query, false)
}

/** What anybody may see: published ones (N8, N13). */
export async function readPublicAnnouncements(
  registry: Registry,
  query: z.infer<typeof announcementsQuery>,
): Promise<KeysetPage<AnnouncementView>> {
  return pageOfAnnouncements(registry, query, true)
}

async function pageOfAnnouncements(
  registry: Registry,
  { limit, cursor, scheme, batchYear }: z.infer<typeof announcementsQuery>,
  publishedOnly: boolean,
): Promise<KeysetPage<AnnouncementView>> {
  const after = positionOf('announcements', 'day', cursor)
  const rows = await listAnnouncements(registry.lists, { after, limit, schemeCode: scheme, batchYear, publishedOnly })
  return pageOf('announcements', rows, limit, ({ announcedOn, id }) => ({ value: announcedOn, id }), announcementView)
}

export type AnnouncementWithLines = AnnouncementView & { readonly lines: readonly MatchedLine[] }

/** One of them, a draft too, with its lines. @throws Refusal */
export async function readAnnouncement(
  registry: Registry,
  context: Context,
  id: string,
): Promise<AnnouncementWithLines> {
  authorise(context, 'announcements.read')
  const announcement = await findAnnouncement(registry.db, id)
  if (!announcement) throw unknownAnnouncement()
  return { ...announcementView(announcement), lines: await linesWithMatches(registry.db, id) }
}

export const announcementLinesQuery = z.strictObject({ ...pageInput, announcementId: idInput })

/** A line, and why it has no certificate where the announcement gives a reason. */
export type LineView = MatchedLine & { readonly unmatchedReason: string | null }

/** Lines of one of them, page by page. @throws Refusal */
export async function readAnnouncementLines(
  registry: Registry,
  context: Context,
  { announcementId, limit, cursor }: z.infer<typeof announcementLinesQuery>,
): Promise<KeysetPage<LineView>> {
  authorise(context, 'announcements.read')
  const announcement = await findAnnouncement(registry.lists, announcementId)
  if (!announcement) throw unknownAnnouncement('announcementId')
  const afterPlace = Number(placeOf(cursor)?.value ?? 0)
  const rows = await linesWithMatches(registry.lists, announcementId, { afterPlace, limit })
  const reason = announcement.publication?.unmatchedReason ?? null
  return pageOf(
    'announced',
    rows,
    limit,
    ({ place }) => ({ value: String(place), id: announcementId }),
    (line) => ({ ...line, unmatchedReason: line.certificateId === null ? reason : null }),
  )
}
