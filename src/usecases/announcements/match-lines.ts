import { z } from 'zod'
import {
  laterMeaningOf,
  type Meaning,
  type UnmatchedCause,
  unmatchedCauseNames,
} from '../../domain/announcement-match.ts'
import { groupedBy } from '../../domain/grouped.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { announcedAmong, insertMatch, type UnmatchedLine, unmatchedLines } from '../../store/announcement-matches.ts'
import {
  type AnnouncementRow,
  certificatesNamed,
  claimAnnouncements,
  findAnnouncement,
  linesOf,
  type NamedCertificate,
} from '../../store/announcements.ts'
import { findCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { batchRows, type Counts, inBatches, positionAfter } from '../jobs/in-batches.ts'
import { type KeysetPage, pageInput, pageOf } from '../pages.ts'
import { unknownAnnouncement } from './draft-announcement.ts'
import { placeOf } from './line-places.ts'

type Judged = {
  readonly line: UnmatchedLine
  readonly candidates: readonly NamedCertificate[]
} & Meaning<NamedCertificate>

/**
 * The job: every published line without a certificate that the register can name one for by now (N8). What is not
 * certain stays with the office.
 */
export async function matchAnnouncements(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  return inBatches(registry, signal, async (tx, after: { value: string; id: string } | null) => {
    await claimAnnouncements(tx)
    const lines = (await unmatchedLines(tx, { after, limit: batchRows })).slice(0, batchRows)
    const matched = await keepMatches(tx, context, await judged(tx, lines))
    const next = positionAfter(lines, ({ announcementId, place }) => ({ id: announcementId, value: String(place) }))
    return { next, counts: { matched, unmatched: lines.length - matched } }
  })
}

/** Lines with the certificates that they may mean; a certificate that one line takes is announced for the next. */
async function judged(db: Db, lines: readonly UnmatchedLine[]): Promise<Judged[]> {
  const known = new Map<string, NamedCertificate[]>()
  for (const [schemeCode, those] of groupedBy(lines, (line) => line.schemeCode)) {
    const numbers = new Set(those.flatMap(({ certificateNumber: number }) => (number === null ? [] : [number])))
    for (const [number, named] of groupedBy(
      await certificatesNamed(db, schemeCode, [...numbers]),
      (each) => each.number,
    ))
      known.set(`${schemeCode} ${number}`, named)
  }
  const ids = [...known.values()].flat().map(({ id }) => id)
  const announced = new Set(await announcedAmong(db, ids))
  return lines.map((line) => {
    const candidates = known.get(`${line.schemeCode} ${line.certificateNumber}`) ?? []
    const meaning = laterMeaningOf(candidates, line, line.announcedOn, (id) => announced.has(id))
    if (meaning.certificate) announced.add(meaning.certificate.id)
    return { line, candidates, ...meaning }
  })
}

async function keepMatches(tx: Db, context: Context, lines: readonly Judged[]): Promise<number> {
  const found = lines.flatMap(({ line, certificate }) => (certificate ? [{ line, certificateId: certificate.id }] : []))
  for (const [announcementId, those] of groupedBy(found, ({ line }) => line.announcementId)) {
    const matches = those.map(({ line: { place }, certificateId }) => ({ place, certificateId }))
    for (const match of matches) await keepMatch(tx, context, { announcementId, ...match, reason: null })
    await tell(tx, context, announcementId, { matches })
  }
  return found.length
}

function keepMatch(
  tx: Db,
  { now, actor }: Context,
  match: { announcementId: string; place: number; certificateId: string; reason: string | null },
): Promise<boolean> {
  return insertMatch(tx, { ...match, recordedAt: now, recordedBy: actor.id })
}

async function tell(tx: Db, context: Context, announcementId: string, changes: object): Promise<void> {
  await record(tx, context, {
    action: 'announcement.lines_matched',
    entity: 'announcement',
    entityId: announcementId,
    onDay: context.today,
    changes: { ...changes },
  })
}

export const unmatchedQuery = z.strictObject(pageInput)

/** A line that waits for its certificate, why, and what bears its number. */
export type UnmatchedView = Omit<UnmatchedLine, 'number'> & {
  readonly announcementNumber: string
  /** Null where the next run of the job matches it. */
  readonly cause: UnmatchedCause | null
  readonly causeName: { readonly zh: string; readonly en: string } | null
  readonly candidates: readonly CandidateView[]
}

type CandidateView = Pick<NamedCertificate, 'id' | 'number' | 'memberName' | 'holderName' | 'validFrom' | 'issuedOn'>

/** Published lines without a certificate, for the office (N8). @throws Refusal */
export async function readUnmatchedLines(
  registry: Registry,
  context: Context,
  { limit, cursor }: z.infer<typeof unmatchedQuery>,
): Promise<KeysetPage<UnmatchedView>> {
  authorise(context, 'announcements.read')
  const rows = await judged(registry.db, await unmatchedLines(registry.db, { after: placeOf(cursor), limit }))
  return pageOf(
    'announced',
    rows,
    limit,
    ({ line: { place, announcementId } }) => ({ value: String(place), id: announcementId }),
    unmatchedView,
  )
}

function unmatchedView({ line: { number, ...line }, cause, candidates }: Judged): UnmatchedView {
  const [zh, en] = cause === null ? [] : unmatchedCauseNames[cause]
  return {
    ...line,
    announcementNumber: number,
    cause,
    causeName: zh === undefined || en === undefined ? null : { zh, en },
    candidates: candidates.map(({ id, number: ofIts, memberName, holderName, validFrom, issuedOn }) => {
      return { id, number: ofIts, memberName, holderName, validFrom, issuedOn }
    }),
  }
}

export const matchParams = z.object({ id: idInput, place: z.coerce.number().int().min(1).max(20_000) })
export const matchInput = z.strictObject({
  certificateId: idInput,
  reason: textInput(2_000).meta({ description: 'Why it is this one.' }),
})

/** The office says which certificate a published line means (N8). @throws Refusal */
export async function matchLine(
  registry: Registry,
  context: Context,
  { id, place }: z.infer<typeof matchParams>,
  { certificateId, reason }: z.infer<typeof matchInput>,
): Promise<void> {
  authorise(context, 'announcements.publish')
  await registry.db.transaction(async (tx) => {
    await claimAnnouncements(tx)
    const announcement = await findAnnouncement(tx, id)
    if (!announcement?.publication) throw unknownAnnouncement()
    refuseIfAny(await problemsOfMatch(tx, announcement, place, certificateId))
    if (!(await keepMatch(tx, context, { announcementId: id, place, certificateId, reason })))
      throw refuse('line_matched_already', 'place', { value: place })
    await tell(tx, context, id, { matches: [{ place, certificateId }], reason })
  })
}

async function problemsOfMatch(
  tx: Db,
  { id, schemeCode, announcedOn }: AnnouncementRow,
  place: number,
  certificateId: string,
): Promise<Problem[]> {
  const line = (await linesOf(tx, id)).find((each) => each.place === place)
  if (!line) return [problem('not_found', 'place', { values: { what: ['公告中的该行', 'line'] } })]
  if (line.certificateId !== null || line.effect === 'struck')
    return [problem('line_matched_already', 'place', { value: place })]
  const found = await findCertificate(tx, certificateId)
  if (found?.certificate.schemeCode !== schemeCode)
    return [problem('not_found', 'certificateId', { values: { what: ['证书', 'certificate'] } })]
  return [
    ...(isLater(found.certificate.issuedOn, announcedOn)
      ? [problem('announced_before_issue', 'certificateId', { values: { line: place } })]
      : []),
    ...((await announcedAmong(tx, [certificateId])).has(certificateId)
      ? [problem('announced_already', 'certificateId', { values: { line: place } })]
      : []),
  ]
}

function isLater(issuedOn: PlainDate | null, announcedOn: PlainDate): boolean {
  return issuedOn !== null && issuedOn > announcedOn
}
