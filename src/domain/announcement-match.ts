import { groupedBy } from './grouped.ts'
import { foldName } from './imported-cells.ts'
import type { PlainDate } from './plain-date.ts'

/** Which certificate a line of an announcement means (N8). A number alone proves nothing. */

/** A certificate that a line may mean by its number, with every name that its body and its holder have or had. */
export type Candidate = {
  readonly id: string
  readonly memberId: string
  readonly memberNames: readonly string[]
  readonly holderNames: readonly string[]
  readonly validFrom: PlainDate
  /** Null where the opening balance does not know it. */
  readonly issuedOn: PlainDate | null
}

export type NamingLine = { readonly enterpriseName: string; readonly memberName?: string | null | undefined }

/** Why a line has no certificate. */
export const unmatchedCauses = [
  'number_unknown',
  'of_another_body',
  'of_another_holder',
  'ambiguous',
  'issued_later',
  'announced_already',
] as const
export type UnmatchedCause = (typeof unmatchedCauses)[number]

export const unmatchedCauseNames: Readonly<Record<UnmatchedCause, readonly [zh: string, en: string]>> = {
  number_unknown: ['未列证书编号，或本系统无此编号', 'no number, or none of the register'],
  of_another_body: ['该编号的证书不是该机构所发', 'the certificate of that number is of another body'],
  of_another_holder: ['该编号的证书不属于该企业', 'the certificate of that number is another firm’s'],
  ambiguous: ['有多张证书与之相符', 'several certificates fit'],
  issued_later: ['证书颁发日期晚于公告日期', 'the certificate was issued after the day of the announcement'],
  announced_already: ['该证书已在公告中', 'the certificate is announced already'],
}

export type Meaning<C extends Candidate> =
  | { readonly certificate: C; readonly cause: null }
  | { readonly certificate: null; readonly cause: UnmatchedCause }

/**
 * Of one number and body, the period that had begun when it was announced, or else the first; bodies are told apart by
 * the names that they have and had. The firm must be the holder, under some name of its own.
 * @param candidates of the number, the earliest period first
 */
export function meaningOf<C extends Candidate>(
  candidates: readonly C[],
  { memberName, enterpriseName }: NamingLine,
  announcedOn: PlainDate,
): Meaning<C> {
  if (candidates.length === 0) return nothing('number_unknown')
  const ofBody = memberName ? candidates.filter(({ memberNames }) => isAmong(memberNames, memberName)) : candidates
  if (ofBody.length === 0) return nothing('of_another_body')
  const ofHolder = ofBody.filter(({ holderNames }) => isAmong(holderNames, enterpriseName))
  const periods = [...groupedBy(ofHolder, ({ memberId }) => memberId).values()]
  const found = periods.flatMap(
    (each) => each.findLast(({ validFrom }) => validFrom <= announcedOn) ?? each.slice(0, 1),
  )
  const [certificate, ...others] = found
  if (certificate === undefined) return nothing('of_another_holder')
  return others.length > 0 ? nothing('ambiguous') : { certificate, cause: null }
}

/** The same once the announcement is published: what can’t be said with certainty is left to the office. */
export function laterMeaningOf<C extends Candidate>(
  candidates: readonly C[],
  line: NamingLine,
  announcedOn: PlainDate,
  isAnnounced: (certificateId: string) => boolean,
): Meaning<C> {
  const meaning = meaningOf(candidates, line, announcedOn)
  if (meaning.certificate === null) return meaning
  const { id, issuedOn } = meaning.certificate
  if (issuedOn !== null && issuedOn > announcedOn) return nothing('issued_later')
  return isAnnounced(id) ? nothing('announced_already') : meaning
}

function nothing(cause: UnmatchedCause): { readonly certificate: null; readonly cause: UnmatchedCause } {
  return { certificate: null, cause }
}

function isAmong(names: readonly string[], name: string): boolean {
  return names.some((each) => foldName(each) === foldName(name))
}
