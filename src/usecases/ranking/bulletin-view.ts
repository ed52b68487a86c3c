import { dayInShanghai } from '../../clock.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type BulletinState, bulletinStateOn, periodInWords } from '../../domain/ranking/bulletin.ts'
import type { Bulletin, BulletinRow, PublicationHead } from '../../store/ranking/bulletins.ts'

export type BulletinView = Omit<Bulletin, 'withdrawnAt' | 'withdrawnReason'> & {
  readonly period: { readonly zh: string; readonly en: string }
  readonly state: BulletinState
  readonly publication: PublicationHead | null
}

export function bulletinView({ bulletin, publication }: BulletinRow, on: PlainDate): BulletinView {
  const { withdrawnAt: _at, withdrawnReason: _reason, ...facts } = bulletin
  return {
    ...facts,
    period: periodInWords({ from: bulletin.fromOn, until: bulletin.untilOn }),
    state: bulletinStateOn(factsOf({ bulletin, publication }), on),
    publication,
  }
}

/** What its state follows from. */
export function factsOf({ bulletin, publication }: BulletinRow) {
  return {
    previewUntilOn: bulletin.previewUntilOn,
    publishedOn: publication === null ? null : dayInShanghai(publication.recordedAt),
  }
}
