import { z } from 'zod'
import { differencesOn, type LineEffect, type ListDifference, listDifferenceNames } from '../../domain/announcement.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  type AnnouncementLine,
  findAnnouncement,
  type LineWithCertificate,
  linesOf,
  listAnnouncements,
  publishedLines,
} from '../../store/announcements.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { type AnnouncementView, announcementView } from './announcement-view.ts'
import { unknownAnnouncement } from './draft-announcement.ts'

const filters = {
  scheme: z.string().max(64).optional(),
  batchYear: z.coerce.number().int().min(2_000).max(2_999).optional(),
}
export const announcementsQuery = z.strictObject({ ...pageInput, ...filters })

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

export type AnnouncementWithLines = AnnouncementView & { readonly lines: readonly AnnouncementLine[] }

/** One of them, a draft too, with its lines. @throws Refusal */
export async function readAnnouncement(
  registry: Registry,
  context: Context,
  id: string,
): Promise<AnnouncementWithLines> {
  authorise(context, 'announcements.read')
  const announcement = await findAnnouncement(registry.db, id)
  if (!announcement) throw unknownAnnouncement()
  return { ...announcementView(announcement), lines: await linesOf(registry.db, id) }
}

export const productsQuery = z.strictObject({
  ...pageInput,
  on: dayInput.optional().meta({ description: 'The day whose states are told; today unless it is given.' }),
})
export const publicListQuery = productsQuery.extend(filters)

/** A product as it was announced, and what is otherwise on the day (N8). */
export type AnnouncedProduct = {
  readonly announcementId: string
  readonly announcementNumber: string
  readonly announcedOn: PlainDate
  readonly place: number
  readonly effect: LineEffect
  readonly enterpriseName: string
  readonly productName: string
  readonly family: string | null
  readonly memberName: string | null
  readonly certificateNumber: string | null
  readonly isAsAnnounced: boolean
  readonly differences: readonly { readonly code: ListDifference; readonly zh: string; readonly en: string }[]
}

/** The products of a published announcement, as announced and as of a day. @throws Refusal */
export async function readAnnouncedProducts(
  registry: Registry,
  id: string,
  { limit, cursor, on }: z.infer<typeof productsQuery>,
  today: PlainDate,
): Promise<KeysetPage<AnnouncedProduct>> {
  const announcement = await findAnnouncement(registry.lists, id)
  if (!announcement?.publication) throw unknownAnnouncement()
  return pageOfProducts(registry, { announcementId: id, limit, cursor, on: on ?? today })
}

/** All that is announced, of a scheme or a batch year, as announced and as of a day (N8). */
export async function readPublicList(
  registry: Registry,
  { limit, cursor, on, scheme, batchYear }: z.infer<typeof publicListQuery>,
  today: PlainDate,
): Promise<KeysetPage<AnnouncedProduct>> {
  return pageOfProducts(registry, { schemeCode: scheme, batchYear, limit, cursor, on: on ?? today })
}

type PageAsked = {
  readonly announcementId?: string
  readonly schemeCode?: string | undefined
  readonly batchYear?: number | undefined
  readonly limit: number
  readonly cursor: string | undefined
  readonly on: PlainDate
}

async function pageOfProducts(
  registry: Registry,
  { limit, cursor, on, ...asked }: PageAsked,
): Promise<KeysetPage<AnnouncedProduct>> {
  const after = placeOf(cursor)
  const rows = await publishedLines(registry.lists, { ...asked, on, after, limit })
  return pageOf(
    'announced',
    rows,
    limit,
    ({ place, announcementId }) => ({ value: String(place), id: announcementId }),
    (row) => productOf(row, on),
  )
}

/** A cursor of these lists: a place, after an announcement. @throws Refusal */
function placeOf(cursor: string | undefined): { value: string; id: string } | null {
  if (cursor === undefined) return null
  const position = positionOf('announced', 'text', cursor)
  if (!position || !/^\d{1,9}$/.test(position.value)) throw refuse('cursor_invalid', 'cursor')
  return position
}

function productOf(row: LineWithCertificate, on: PlainDate): AnnouncedProduct {
  const { announcementId, number, announcedOn, place, effect, enterpriseName, productName, family } = row
  const found = effect === 'struck' ? [] : differencesOn(row, row.certificate, row.struckOn, on)
  return {
    announcementId,
    announcementNumber: number,
    announcedOn,
    place,
    effect,
    enterpriseName,
    productName,
    family,
    memberName: row.memberName,
    certificateNumber: row.certificateNumber,
    isAsAnnounced: found.length === 0,
    differences: found.map((code) => ({ code, zh: listDifferenceNames[code][0], en: listDifferenceNames[code][1] })),
  }
}
