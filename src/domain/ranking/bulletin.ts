import { addDays, addMonths, type PlainDate } from '../plain-date.ts'
import { type Problem, problem } from '../refusals.ts'
import type { Span } from './counter.ts'

/** How long the period of a bulletin (通报) is (R9, R10). */
export const bulletinKinds = ['month', 'quarter', 'half_year', 'year', 'other'] as const
export type BulletinKind = (typeof bulletinKinds)[number]

export const bulletinKindNames: Readonly<Record<BulletinKind, readonly [zh: string, en: string]>> = {
  month: ['月度', 'month'],
  quarter: ['季度', 'quarter'],
  half_year: ['半年', 'half-year'],
  year: ['年度', 'year'],
  other: ['其他期间', 'another period'],
}

/** What a period of days is: the second quarter, or another period. */
export function kindOf({ from, until }: Span): BulletinKind {
  const month = Number(from.slice(5, 7))
  const lasts = (months: number) => from.endsWith('-01') && addDays(addMonths(from, months), -1) === until
  if (lasts(12) && month === 1) return 'year'
  if (lasts(6) && month % 6 === 1) return 'half_year'
  if (lasts(3) && month % 3 === 1) return 'quarter'
  return lasts(1) ? 'month' : 'other'
}

/** The period in words, as titles have it: 2026年第3季度. */
export function periodInWords({ from, until }: Span): { readonly zh: string; readonly en: string } {
  const [year, month] = [Number(from.slice(0, 4)), Number(from.slice(5, 7))]
  switch (kindOf({ from, until })) {
    case 'year':
      return { zh: `${year}年度`, en: `${year}` }
    case 'half_year':
      return {
        zh: `${year}年${month === 1 ? '上' : '下'}半年`,
        en: `the ${month === 1 ? 'first' : 'second'} half of ${year}`,
      }
    case 'quarter':
      return { zh: `${year}年第${(month + 2) / 3}季度`, en: `quarter ${(month + 2) / 3} of ${year}` }
    case 'month':
      return { zh: `${year}年${month}月`, en: from.slice(0, 7) }
    case 'other':
      return { zh: `${inChinese(from)}至${inChinese(until)}`, en: `${from} to ${until}` }
  }
}

function inChinese(day: PlainDate): string {
  const [year, month, date] = day.split('-').map(Number)
  return `${year}年${month}月${date}日`
}

/** Every figure looks back so many days at most: a period is a year or less, leap day and all. */
export const periodDaysMax = 366

/** Upheld: the row is left out of every figure of the bulletin. */
export const disputeOutcomes = ['upheld', 'rejected'] as const
export type DisputeOutcome = (typeof disputeOutcomes)[number]

export type BulletinFacts = {
  readonly previewUntilOn: PlainDate
  readonly publishedOn: PlainDate | null
}

export const bulletinStates = ['in_preview', 'to_publish', 'published'] as const
export type BulletinState = (typeof bulletinStates)[number]

export const bulletinStateNames: Readonly<Record<BulletinState, readonly [zh: string, en: string]>> = {
  in_preview: ['预览中', 'in preview'],
  to_publish: ['待发布', 'to be published'],
  published: ['已发布', 'published'],
}

/** The last day of the preview still belongs to the bodies. */
export function bulletinStateOn({ previewUntilOn, publishedOn }: BulletinFacts, on: PlainDate): BulletinState {
  if (publishedOn !== null && publishedOn <= on) return 'published'
  return on <= previewUntilOn ? 'in_preview' : 'to_publish'
}

/** What stands against a dispute of a row (R9). */
export function problemsOfDispute(facts: BulletinFacts, on: PlainDate): Problem[] {
  const state = bulletinStateOn(facts, on)
  if (state === 'published') return [problem('bulletin_published')]
  return state === 'in_preview' ? [] : [problem('preview_over', '', { values: { until: facts.previewUntilOn } })]
}

/** What stands against publication: the preview, and disputes that nobody decided unless a reason is given (R9). */
export function problemsOfPublication(
  facts: BulletinFacts,
  openDisputes: number,
  overrideReason: string | null,
  on: PlainDate,
): Problem[] {
  const state = bulletinStateOn(facts, on)
  if (state === 'published') return [problem('bulletin_published')]
  if (state === 'in_preview') return [problem('bulletin_in_preview', '', { values: { until: facts.previewUntilOn } })]
  const isHeldUp = openDisputes > 0 && overrideReason === null
  return isHeldUp ? [problem('disputes_open', 'overrideReason', { values: { count: openDisputes } })] : []
}
