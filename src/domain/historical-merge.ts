import type { CertificateContent } from './certificate-content.ts'
import { groupedBy } from './grouped.ts'
import type { HistoricalCertificate, HistoricalStatus } from './historical-row.ts'
import type { PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'

/**
 * What rows of the opening balance do to the certificates that stand already (R4, R6). A member, a number and a first day
 * are one certificate. The same content, now or ever, is no news, so the same file again changes nothing; other content is
 * a further version. The same number with another period is the renewal of the period before it, in whatever order the
 * periods arrive.
 */
export type VersionFacts = {
  readonly content: CertificateContent
  readonly decidedOn: PlainDate | null
  readonly issuedOn: PlainDate | null
  readonly validUntil: PlainDate
}

export type StoredCertificate = VersionFacts & {
  readonly id: string
  readonly memberId: string
  readonly number: string
  readonly validFrom: PlainDate
  readonly isHistorical: boolean
  readonly version: number
  readonly versionRecordedAt: string
  readonly renewsId: string | null
  /** Some certificate of another number renews this one. */
  readonly renewedElsewhere: boolean
  readonly isEnded: boolean
  readonly earlier: readonly VersionFacts[]
  readonly suspensions: readonly { readonly fromOn: PlainDate; readonly liftedOn: PlainDate | null }[]
}

/** A certificate of a row, once body and holder have their places in the registry. */
export type PlacedCertificate = HistoricalCertificate & { readonly memberId: string; readonly enterpriseId: string }

/** `numberColumn` is what the file calls the number: repeats are told there. */
export type RowToMerge = {
  readonly rowNumber: number
  readonly numberColumn: string
  readonly certificates: readonly PlacedCertificate[]
}

export type RowOutcome = {
  readonly rowNumber: number
  readonly outcome: 'accepted' | 'new_version' | 'unchanged' | 'refused'
  readonly entityId: string | null
  readonly problems: readonly Problem[]
}

/** Whether the row told the registry something that it did not know. */
export function bringsNews({ outcome }: RowOutcome): boolean {
  return outcome === 'accepted' || outcome === 'new_version'
}

/** A version that gives way; `recordedAt` is null for one that came and went within these rows. */
export type SupersededVersion = VersionFacts & { readonly version: number; readonly recordedAt: string | null }

/** A certificate as it will stand. `present` is null where its content stays as stored. */
export type CertificateDraft = {
  readonly id: string
  readonly memberId: string
  readonly number: string
  readonly validFrom: PlainDate
  readonly stored: StoredCertificate | null
  present: PlacedCertificate | null
  version: number
  renewsId: string | null
  ending: HistoricalStatus | null
  suspension: HistoricalStatus | null
  readonly superseded: SupersededVersion[]
  readonly fingerprints: Set<string>
}

export type MergePlan = { readonly outcomes: readonly RowOutcome[]; readonly drafts: readonly CertificateDraft[] }

/** @param stored every certificate of the members and numbers that the rows name, whatever its period */
export function planMerge(
  rows: readonly RowToMerge[],
  stored: readonly StoredCertificate[],
  newId: () => string,
): MergePlan {
  const drafts = new Map(stored.map((certificate) => [keyOf(certificate), draftOfStored(certificate)]))
  const outcomes = rows.map((row) => takeRow(drafts, row, newId))
  linkRenewals([...drafts.values()])
  return { outcomes, drafts: [...drafts.values()] }
}

/**
 * Rows that no other row of these bears on: one certificate without a status, whose number no other row names. Where the
 * registry does not know that number of that body either, it is new as it stands, and {@link planMerge} has nothing to decide.
 */
export function standAlone<
  Row extends { readonly certificates: readonly Pick<HistoricalCertificate, 'number' | 'status'>[] },
>(rows: readonly Row[]): Row[] {
  const rowsOfNumber = new Map<string, number>()
  for (const { certificates } of rows)
    for (const { number } of certificates) rowsOfNumber.set(number, (rowsOfNumber.get(number) ?? 0) + 1)
  return rows.filter(({ certificates: [only, another] }) => {
    return only !== undefined && another === undefined && only.status === null && rowsOfNumber.get(only.number) === 1
  })
}

function keyOf({ memberId, number, validFrom }: { memberId: string; number: string; validFrom: PlainDate }): string {
  return `${memberId}|${number}|${validFrom}`
}

function draftOfStored(stored: StoredCertificate): CertificateDraft {
  const { id, memberId, number, validFrom, version, renewsId } = stored
  const fingerprints = new Set([stored, ...stored.earlier].map(fingerprintOf))
  return {
    id,
    memberId,
    number,
    validFrom,
    stored,
    present: null,
    version,
    renewsId,
    ending: null,
    suspension: null,
    superseded: [],
    fingerprints,
  }
}

function draftOfNew(certificate: PlacedCertificate, id: string): CertificateDraft {
  const { memberId, number, validFrom } = certificate
  const fingerprints = new Set([fingerprintOf(certificate)])
  const nothingElse = { stored: null, renewsId: null, ending: null, suspension: null, superseded: [] }
  return { id, memberId, number, validFrom, present: certificate, version: 1, fingerprints, ...nothingElse }
}

/** Everything that tells two versions apart, in one order; the database keeps the fields in an order of its own. */
function fingerprintOf({ content, decidedOn, issuedOn, validUntil }: VersionFacts): string {
  const {
    numberAsPrinted,
    issuingBody,
    client,
    product,
    factory,
    standards,
    requirements,
    certificationMode,
    further,
  } = content
  return JSON.stringify([
    [decidedOn, issuedOn, validUntil, numberAsPrinted, issuingBody],
    [client.name, client.address, factory.name, factory.address],
    [product.name, product.models, product.trademark, product.maker, product.makerAddress],
    [standards, requirements, certificationMode],
    Object.entries(further).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
}

/** All certificates of a row, or none: one that a member posted itself is not written over. */
function takeRow(drafts: Map<string, CertificateDraft>, row: RowToMerge, newId: () => string): RowOutcome {
  const { rowNumber, certificates, numberColumn } = row
  const posted = certificates.find((certificate) => drafts.get(keyOf(certificate))?.stored?.isHistorical === false)
  if (posted) {
    const problems = [problem('certificate_number_used', numberColumn, { value: posted.number })]
    return { rowNumber, outcome: 'refused', entityId: drafts.get(keyOf(posted))?.id ?? null, problems }
  }
  const taken = certificates.map((certificate) => take(drafts, certificate, newId))
  const repeated = taken.filter(({ outcome }) => outcome === 'new_version')
  return {
    rowNumber,
    outcome: strongest.find((outcome) => taken.some((one) => one.outcome === outcome)) ?? 'unchanged',
    entityId: taken[0]?.draft.id ?? null,
    problems: repeated.map(({ draft }) => problem('number_repeated', numberColumn, { value: draft.number })),
  }
}

const strongest = ['new_version', 'accepted', 'unchanged'] as const
type Taken = { readonly draft: CertificateDraft; readonly outcome: (typeof strongest)[number] }

function take(drafts: Map<string, CertificateDraft>, certificate: PlacedCertificate, newId: () => string): Taken {
  const known = drafts.get(keyOf(certificate))
  const draft = known ?? draftOfNew(certificate, newId())
  if (!known) drafts.set(keyOf(draft), draft)
  const isNewVersion = known !== undefined && revise(known, certificate)
  const isNewStatus = noteStatus(draft, certificate.status)
  if (isNewVersion) return { draft, outcome: 'new_version' }
  return { draft, outcome: !known || isNewStatus ? 'accepted' : 'unchanged' }
}

function revise(draft: CertificateDraft, certificate: PlacedCertificate): boolean {
  const fingerprint = fingerprintOf(certificate)
  if (draft.fingerprints.has(fingerprint)) return false
  draft.fingerprints.add(fingerprint)
  draft.superseded.push(presentVersion(draft))
  draft.present = certificate
  draft.version += 1
  return true
}

function presentVersion({ present, stored, version }: CertificateDraft): SupersededVersion {
  if (present) return { ...present, version, recordedAt: null }
  if (stored) return { ...stored, version, recordedAt: stored.versionRecordedAt }
  throw new Error('a draft is neither new nor stored')
}

/** A status only adds to what is known: a file never lifts a suspension nor undoes an ending, which are acts (R4). */
function noteStatus(draft: CertificateDraft, status: HistoricalStatus | null): boolean {
  if (status === null || draft.ending !== null || draft.stored?.isEnded) return false
  if (status.as !== 'suspended') {
    draft.ending = status
    return true
  }
  if (draft.suspension !== null || isKnownSuspension(draft.stored, status.onDay)) return false
  draft.suspension = status
  return true
}

function isKnownSuspension(stored: StoredCertificate | null, on: PlainDate): boolean {
  return (stored?.suspensions ?? []).some(
    ({ fromOn, liftedOn }) => liftedOn === null || (fromOn <= on && on <= liftedOn),
  )
}

/** Each period of a number renews the one before it; links to certificates of other numbers are left alone (R4). */
function linkRenewals(drafts: readonly CertificateDraft[]): void {
  for (const periods of periodsByNumber(drafts)) {
    const ids = new Set(periods.map(({ id }) => id))
    for (const [index, draft] of periods.entries()) {
      if (draft.renewsId !== null && !ids.has(draft.renewsId)) continue
      const previous = periods[index - 1]
      draft.renewsId = previous && !previous.stored?.renewedElsewhere ? previous.id : null
    }
  }
}

function periodsByNumber(drafts: readonly CertificateDraft[]): Iterable<CertificateDraft[]> {
  const inOrder = drafts.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
  return groupedBy(inOrder, ({ memberId, number }) => `${memberId}|${number}`).values()
}
