import type { CertificateState } from './certificate.ts'
import type { CertificateNumber } from './certificate-number.ts'
import { foldName } from './imported-cells.ts'
import type { PlainDate } from './plain-date.ts'
import type { Problem } from './refusals.ts'

/**
 * A list of certificates that CNCA or a member exported, laid beside ours and what was announced (N4, N8). Each row of theirs and each certificate
 * of ours is matched once, or is missing on the other side, or stands twice in the list; the order of the file plays no part.
 */
export const listedStates = ['valid', 'suspended', 'withdrawn', 'cancelled', 'expired'] as const
export type ListedState = (typeof listedStates)[number]

/** A row of the list. What it does not say is null and is not compared; `memberId` is null where it names no body. */
export type Listed = {
  readonly rowNumber: number
  readonly number: CertificateNumber
  readonly memberId: string | null
  readonly holderName: string | null
  readonly creditCode: string | null
  readonly issuedOn: PlainDate | null
  readonly validFrom: PlainDate | null
  readonly validUntil: PlainDate | null
  readonly state: ListedState | null
}

/** A certificate of ours, its state as of the day on which the list was made. */
export type Held = {
  readonly id: string
  readonly number: string
  readonly memberId: string
  readonly holderName: string
  readonly creditCode: string | null
  readonly issuedOn: PlainDate | null
  readonly validFrom: PlainDate
  readonly validUntil: PlainDate
  readonly state: CertificateState
}

/** What an entry of the work list is about. `unreadable` is a row of theirs that could not be compared. */
export const entryKinds = [
  'number',
  'holder',
  'body',
  'issued_on',
  'valid_from',
  'valid_until',
  'state',
  'announced_holder',
  'not_announced',
  'missing_here',
  'missing_there',
  'listed_twice',
  'unreadable',
] as const
export type EntryKind = (typeof entryKinds)[number]

export const entryKindNames: Readonly<Record<EntryKind, readonly [zh: string, en: string]>> = {
  number: ['证书编号不一致', 'the number differs'],
  holder: ['获证组织不一致', 'the holder differs'],
  body: ['认证机构不一致', 'the body differs'],
  issued_on: ['发证日期不一致', 'the day of issue differs'],
  valid_from: ['有效期起始日不一致', 'the first day differs'],
  valid_until: ['有效期截止日不一致', 'the last day differs'],
  state: ['证书状态不一致', 'the state differs'],
  announced_holder: ['获证组织与公告不一致', 'the announcement names another holder'],
  not_announced: ['未列入公告', 'in no announcement'],
  missing_here: ['本系统没有', 'missing here'],
  missing_there: ['对方清单没有', 'missing there'],
  listed_twice: ['对方清单重复', 'listed twice'],
  unreadable: ['该行无法核对', 'the row cannot be compared'],
}

/** How an entry of the work list ends. */
export const conclusions = ['ours_corrected', 'theirs_to_correct', 'explained', 'not_ours'] as const
export type Conclusion = (typeof conclusions)[number]

export const conclusionNames: Readonly<Record<Conclusion, readonly [zh: string, en: string]>> = {
  ours_corrected: ['已更正本系统', 'ours was corrected'],
  theirs_to_correct: ['应由对方更正', 'theirs is to be corrected'],
  explained: ['差异合理，已说明', 'explained'],
  not_ours: ['不属于本联盟', 'not ours'],
}

/**
 * Whether a conclusion also holds for the same difference in a later list. That ours was corrected does not: where the
 * difference is still there, it was not.
 */
export function holdsForLaterLists(conclusion: Conclusion): boolean {
  return conclusion !== 'ours_corrected'
}

export type Entry = {
  readonly kind: EntryKind
  readonly ours: Held | null
  readonly theirs: Listed | null
  /** What differs, as each side says it; null where the whole row is meant. */
  readonly oursSays: string | null
  readonly theirsSays: string | null
  /** What the announcement says, the third side; null where it is not about that. */
  readonly announcedSays: string | null
  readonly problems: readonly Problem[]
}

export type Pair = { readonly ours: Held; readonly theirs: Listed }

export type Matching = {
  readonly pairs: readonly Pair[]
  readonly twice: readonly Listed[]
  readonly ours: readonly Held[]
  readonly theirs: readonly Listed[]
}

/** What a pair differs in, an entry each, so that each gets a conclusion of its own; none where they agree. */
export function differencesOf({ ours, theirs }: Pair): Entry[] {
  const entry = (kind: EntryKind, oursSays: string | null, theirsSays: string | null): Entry[] =>
    theirsSays === null || oursSays === theirsSays
      ? []
      : [{ kind, ours, theirs, oursSays, theirsSays, announcedSays: null, problems: [] }]
  return [
    ...entry('number', ours.number, theirs.number),
    ...(isSameHolder(ours, theirs) ? [] : entry('holder', holderText(ours), holderText(theirs))),
    ...entry('body', ours.memberId, theirs.memberId),
    // A day of issue that the opening balance does not know is no other day.
    ...(ours.issuedOn === null ? [] : entry('issued_on', ours.issuedOn, theirs.issuedOn)),
    ...entry('valid_from', ours.validFrom, theirs.validFrom),
    ...entry('valid_until', ours.validUntil, theirs.validUntil),
    ...entry('state', listedStateOf(ours.state), theirs.state),
  ]
}

/** What was announced of a certificate by the day of the list. */
export type AnnouncedFact = {
  /** Number and holder of the latest line that lists it; null where none does, or it was struck out since. */
  readonly listed: { readonly number: string; readonly enterpriseName: string } | null
  /** The day of the latest announcement of its scheme: what was issued later may come in the next. */
  readonly latestOn: PlainDate | null
}

/**
 * What the announcement, the third side, says otherwise of a pair: another holder than ours; or nothing, though the
 * certificate is in force and an announcement came after it was issued (N8).
 */
export function differencesFromAnnounced({ ours, theirs }: Pair, { listed, latestOn }: AnnouncedFact): Entry[] {
  const entry = (kind: EntryKind, oursSays: string | null, theirsSays: string | null, announcedSays: string | null) => {
    return [{ kind, ours, theirs, oursSays, theirsSays, announcedSays, problems: [] }]
  }
  if (listed) {
    const isSame = foldName(listed.enterpriseName) === foldName(ours.holderName)
    const says = `${listed.enterpriseName}（${listed.number}）`
    return isSame ? [] : entry('announced_holder', ours.holderName, theirs.holderName, says)
  }
  const isPassedOver = latestOn !== null && (ours.issuedOn ?? ours.validFrom) <= latestOn
  const isInForce = ours.state === 'valid' || ours.state === 'suspended'
  return isPassedOver && isInForce ? entry('not_announced', null, null, null) : []
}

/** Names differ when more than punctuation, case and width does; codes where both sides know one. */
function isSameHolder(ours: Held, theirs: Listed): boolean {
  const codesDiffer = ours.creditCode !== null && theirs.creditCode !== null && ours.creditCode !== theirs.creditCode
  const namesDiffer = theirs.holderName !== null && foldName(ours.holderName) !== foldName(theirs.holderName)
  return !codesDiffer && !namesDiffer
}

function holderText({ holderName, creditCode }: Held | Listed): string {
  return [holderName, creditCode].filter((part) => part !== null).join(' ')
}

/** National lists have no word for a certificate that is issued and not yet valid: there it is valid. */
export function listedStateOf(state: CertificateState): ListedState {
  return state === 'not_yet_valid' ? 'valid' : state
}

const wholeRow = { oursSays: null, theirsSays: null, announcedSays: null, problems: [] }

export function missingHere(theirs: Listed): Entry {
  return { kind: 'missing_here', ours: null, theirs, ...wholeRow }
}

export function missingThere(ours: Held): Entry {
  return { kind: 'missing_there', ours, theirs: null, ...wholeRow }
}

export function listedTwice(theirs: Listed): Entry {
  return { kind: 'listed_twice', ours: null, theirs, ...wholeRow }
}

/** The same text for the same difference in a later list, so that nobody concludes it twice. */
export function fingerprintOf({ kind, ours, theirs, oursSays, theirsSays, announcedSays }: Entry): string {
  const subject = ours?.id ?? [theirs?.number, theirs?.memberId, theirs?.validFrom, foldName(theirs?.holderName ?? '')]
  // As it was before there was a third side, so that conclusions carry over.
  const said = announcedSays === null ? [oursSays, theirsSays] : [oursSays, theirsSays, announcedSays]
  return JSON.stringify([kind, subject, ...said])
}
