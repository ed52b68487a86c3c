import { z } from 'zod'
import { registerPage } from '../../documents/register-page.ts'
import {
  differencesOn,
  type LineEffect,
  type ListDifference,
  listDifferenceNames,
  type ProductState,
  presentOf,
  productStandingOn,
  productStateNames,
  productStates,
} from '../../domain/announcement.ts'
import { reasonName } from '../../domain/certificate.ts'
import { familyOrder } from '../../domain/families.ts'
import { foldName } from '../../domain/imported-cells.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import {
  countProducts,
  type LinkOfProduct,
  type ProductCount,
  type ProductRow,
  type ProductsAsked,
  productsOfAnnouncements,
} from '../../store/announced-products.ts'
import { findAnnouncement } from '../../store/announcements.ts'
import type { Registry } from '../context.ts'
import { dayInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf } from '../pages.ts'
import { unknownAnnouncement } from './draft-announcement.ts'
import { placeOf } from './line-places.ts'
import { batchFilters } from './read-announcements.ts'

const onInput = dayInput.optional().meta({ description: 'The day whose states are told; today unless it is given.' })
const productFilters = {
  ...batchFilters,
  family: z.enum(familyOrder as [string, ...string[]]).optional(),
  state: z.enum(productStates).optional().meta({ description: 'How the product stands on the day.' }),
  text: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters')
    .optional()
    .meta({
      description: 'Part of what was announced (firm, product, number), or of the registered name of the firm.',
    }),
}
export const productsQuery = z.strictObject({ ...pageInput, on: onInput })
export const publicListQuery = z.strictObject({ ...pageInput, on: onInput, ...productFilters })
export const totalsQuery = z.strictObject({ on: onInput, ...productFilters })
/** A form sends what was left empty too: that asks for nothing. */
export const pageQuery = z.preprocess(
  (given) =>
    typeof given === 'object' && given !== null
      ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
      : given,
  publicListQuery,
)

type Words = { readonly zh: string; readonly en: string }

/** What became of an announced product by the day (N8). */
export type PresentProduct = {
  readonly state: ProductState
  readonly stateName: Words
  readonly since: PlainDate | null
  readonly reason: ({ readonly code: string } & Words) | null
  /** The name under which the register has the holder today, where it is another than announced. */
  readonly holder: string | null
  readonly product: string | null
  readonly certificateNumber: string | null
  readonly member: { readonly name: string; readonly approvalNumber: string | null } | null
  readonly validFrom: PlainDate | null
  readonly validUntil: PlainDate | null
  /** The certificate that goes on for the announced one. */
  readonly successor: Successor | null
}

type Successor = {
  readonly certificateNumber: string
  readonly cameBy: 'transfer' | 'renewal'
  readonly memberName: string
  readonly validFrom: PlainDate
}

/** A product as it was announced, what is otherwise on the day, and how it stands then (N8). */
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
  readonly differences: readonly ({ readonly code: ListDifference } & Words)[]
  /** Null of a line that strikes out. */
  readonly present: PresentProduct | null
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
  return pageOfProducts(registry, { announcementId: id, on: on ?? today }, limit, cursor)
}

/** All that is announced, as announced and as of a day (N8). */
export async function readPublicList(
  registry: Registry,
  { limit, cursor, ...query }: z.infer<typeof publicListQuery>,
  today: PlainDate,
): Promise<KeysetPage<AnnouncedProduct>> {
  return pageOfProducts(registry, askedBy(query, today), limit, cursor)
}

function askedBy({ on, scheme, ...filters }: z.infer<typeof totalsQuery>, today: PlainDate): ProductsAsked {
  return { ...filters, schemeCode: scheme, on: on ?? today }
}

async function pageOfProducts(
  registry: Registry,
  asked: ProductsAsked,
  limit: number,
  cursor: string | undefined,
): Promise<KeysetPage<AnnouncedProduct>> {
  const after = placeOf(cursor)
  const db = asked.state === undefined ? registry.lists : registry.db
  const rows = await productsOfAnnouncements(db, { ...asked, after, limit })
  return pageOf(
    'announced',
    rows,
    limit,
    ({ place, announcementId }) => ({ value: String(place), id: announcementId }),
    (row) => productOf(row, asked.on),
  )
}

function productOf(row: ProductRow, on: PlainDate): AnnouncedProduct {
  const { announcementId, number, announcedOn, place, effect, enterpriseName, productName, family } = row
  const found = effect === 'struck' ? [] : differencesOn(row, row.succession, row.struckOn, on)
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
    differences: found.map((code) => ({ code, ...inWords(listDifferenceNames[code]) })),
    present: effect === 'struck' ? null : presentProduct(row, on),
  }
}

function presentProduct(row: ProductRow, on: PlainDate): PresentProduct {
  const { state, since, reasonCode } = productStandingOn(row.succession, row, on)
  const certificate = presentOf(row.succession, on)
  return {
    state,
    stateName: inWords(productStateNames[state]),
    since,
    reason:
      reasonCode === null ? null : { code: reasonCode, ...inWords(reasonName(reasonCode) ?? [reasonCode, reasonCode]) },
    holder: whereOtherwise(certificate?.holderName, row.enterpriseName),
    product: whereOtherwise(certificate?.productName, row.productName),
    certificateNumber: certificate?.number ?? null,
    member: certificate && { name: certificate.memberName, approvalNumber: certificate.memberApprovalNumber },
    validFrom: certificate?.validFrom ?? null,
    validUntil: certificate?.validUntil ?? null,
    successor: certificate && successorOf(certificate),
  }
}

function successorOf({ cameBy, number, memberName, validFrom }: LinkOfProduct): Successor | null {
  return cameBy === null ? null : { certificateNumber: number, cameBy, memberName, validFrom }
}

function whereOtherwise(registered: string | undefined, announced: string): string | null {
  return registered === undefined || foldName(registered) === foldName(announced) ? null : registered
}

function inWords([zh, en]: readonly [zh: string, en: string]): Words {
  return { zh, en }
}

type Count = { readonly enterprises: number; readonly products: number }

/** How the list as announced and the list of a day go together: what is not in force any more, by what became of it. */
export type ProductTotals = {
  readonly on: PlainDate
  readonly announced: Count
  readonly inForce: Count
  readonly notInForce: readonly (Count & {
    readonly state: ProductState
    readonly stateName: Words
    /** Where its body gave reasons, the most frequent first. */
    readonly reasons: readonly (Count & { readonly code: string } & Words)[]
  })[]
}

/** Firms and products announced, in force on the day, and what became of the others (N8, R10: counted apart). */
export async function readProductTotals(
  registry: Registry,
  query: z.infer<typeof totalsQuery>,
  today: PlainDate,
): Promise<ProductTotals> {
  const asked = askedBy(query, today)
  const counts = await countProducts(registry.db, asked)
  const of = (state: ProductState | null): Count => {
    const { enterprises = 0, products = 0 } = counts.find((each) => each.state === state && !each.isOfReason) ?? {}
    return { enterprises, products }
  }
  const others = productStates.filter((state) => state !== 'in_force' && of(state).products > 0)
  return {
    on: asked.on,
    announced: of(null),
    inForce: of('in_force'),
    notInForce: others.map((state) => ({
      state,
      stateName: inWords(productStateNames[state]),
      ...of(state),
      reasons: reasonsOf(counts.filter((each) => each.state === state)),
    })),
  }
}

function reasonsOf(counts: readonly ProductCount[]): ProductTotals['notInForce'][number]['reasons'] {
  return counts
    .flatMap(({ isOfReason, reasonCode: code, enterprises, products }) =>
      !isOfReason || code === null
        ? []
        : [{ code, ...inWords(reasonName(code) ?? [code, code]), enterprises, products }],
    )
    .sort((a, b) => b.products - a.products || (a.code < b.code ? -1 : 1))
}

/** List and totals as a page to read (N8, N13). */
export async function readListPage(
  registry: Registry,
  { limit, cursor, ...query }: z.infer<typeof publicListQuery>,
  today: PlainDate,
): Promise<string> {
  const totals = await readProductTotals(registry, query, today)
  const { items, nextCursor } = await readPublicList(registry, { ...query, limit, cursor }, today)
  const asked = Object.entries({ ...query, limit }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return registerPage({ totals, products: items, query: Object.fromEntries(asked), nextCursor })
}
