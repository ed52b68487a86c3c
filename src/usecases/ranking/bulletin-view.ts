import { dayInShanghai } from '../../clock.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import {
  type BulletinState,
  bulletinKindNames,
  bulletinStateNames,
  bulletinStateOn,
  periodInWords,
} from '../../domain/ranking/bulletin.ts'
import type { Bulletin, BulletinRow, PublicationHead } from '../../store/ranking/bulletins.ts'

type Words = { readonly zh: string; readonly en: string }

export type BulletinView = Omit<Bulletin, 'withdrawnAt' | 'withdrawnReason'> & {
  readonly period: Words
  readonly kindName: Words
  readonly state: BulletinState
  readonly stateName: Words
  readonly publication: PublicationHead | null
}

export function bulletinView({ bulletin, publication }: BulletinRow, on: PlainDate): BulletinView {
  const { withdrawnAt: _at, withdrawnReason: _reason, ...facts } = bulletin
  const state = bulletinStateOn(factsOf({ bulletin, publication }), on)
  return {
    ...facts,
    period: periodInWords({ from: bulletin.fromOn, until: bulletin.untilOn }),
    kindName: inBoth(bulletinKindNames[bulletin.kind]),
    state,
    stateName: inBoth(bulletinStateNames[state]),
    publication,
  }
}

function inBoth([zh, en]: readonly [zh: string, en: string]): Words {
  return { zh, en }
}

/** What its state follows from. */
export function factsOf({ bulletin, publication }: BulletinRow) {
  return {
    previewUntilOn: bulletin.previewUntilOn,
    publishedOn: publication === null ? null : dayInShanghai(publication.recordedAt),
  }
}
