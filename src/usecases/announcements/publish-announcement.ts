import { z } from 'zod'
import { type Draft, problemsOfAnnouncing } from '../../domain/announcement.ts'
import { refuseIfAny } from '../../domain/refusals.ts'
import {
  type AnnouncementLine,
  type AnnouncementRow,
  claimAnnouncements,
  findAnnouncement,
  insertPublication,
  linesOf,
  replaceLines,
  type StandingPlace,
  standingPlaces,
} from '../../store/announcements.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { sha256OfJson } from '../hashes.ts'
import { problemsMax, textInput } from '../inputs.ts'
import { type AnnouncementView, announcementView } from './announcement-view.ts'
import {
  inputOf,
  matched,
  refuseCorrection,
  requireDraft,
  unknownAnnouncement,
  versionInput,
} from './draft-announcement.ts'

export const publishingInput = z.strictObject({
  unmatchedReason: textInput(2_000)
    .optional()
    .meta({ description: 'Why it lists what the register does not hold: a list of before the register.' }),
  version: versionInput.optional(),
})

/** The office publishes: from then on the list is official and stands (N8). Two at once: one of them. @throws Refusal */
export async function publishAnnouncement(
  registry: Registry,
  context: Context,
  id: string,
  { unmatchedReason: reason, version }: z.infer<typeof publishingInput>,
): Promise<AnnouncementView> {
  authorise(context, 'announcements.publish')
  const unmatchedReason = reason ?? null
  return registry.db.transaction(async (tx) => {
    await claimAnnouncements(tx)
    const announcement = await requireDraft(tx, id, version)
    await refuseCorrection(tx, announcement)
    // Once more: a certificate may have been posted, or transferred, since the lines were written.
    const lines = await matchAgain(tx, announcement)
    const draft = draftOf(announcement, lines, await standingPlaces(tx, id))
    refuseIfAny(problemsOfAnnouncing(draft, unmatchedReason, context.today).slice(0, problemsMax))
    const sha256 = sha256OfJson({ ...headOf(announcement), lines })
    await insertPublication(tx, {
      announcementId: id,
      publishedOn: context.today,
      lines: lines.length,
      sha256,
      unmatchedReason: draft.unmatched > 0 ? unmatchedReason : null,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'announcement.published',
      entity: 'announcement',
      entityId: id,
      onDay: announcement.announcedOn,
      changes: {
        number: announcement.number,
        lines: lines.length,
        unmatched: draft.unmatched,
        unmatchedReason,
        sha256,
      },
    })
    const published = await findAnnouncement(tx, id)
    if (!published) throw unknownAnnouncement()
    return announcementView(published)
  })
}

async function matchAgain(tx: Db, announcement: AnnouncementRow): Promise<readonly AnnouncementLine[]> {
  const { rows, problems } = await matched(tx, announcement, (await linesOf(tx, announcement.id)).map(inputOf))
  refuseIfAny(problems)
  await replaceLines(tx, announcement.id, rows)
  return rows
}

function headOf({
  id,
  schemeCode,
  number,
  title,
  issuingOffices,
  batchYear,
  announcedOn,
  correctsId,
}: AnnouncementRow) {
  return { id, schemeCode, number, title, issuingOffices, batchYear, announcedOn, correctsId }
}

function draftOf(
  { announcedOn, publication }: AnnouncementRow,
  lines: readonly AnnouncementLine[],
  standing: readonly StandingPlace[],
): Draft {
  const known = new Map(standing.map((each) => [each.place, each]))
  const places = (wanted: (line: AnnouncementLine) => boolean) => lines.filter(wanted).map(({ place }) => place)
  return {
    announcedOn,
    isPublished: publication !== null,
    lines: lines.length,
    unmatched: lines.filter(({ certificateId }) => certificateId === null).length,
    listedAlready: places(({ effect, place }) => effect === 'listed' && known.get(place)?.stands === true),
    struckInVain: places(({ effect, place }) => effect === 'struck' && known.get(place)?.stood !== true),
    issuedLater: places(({ effect, place }) => effect === 'listed' && known.get(place)?.issuedLater === true),
  }
}
