import type { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { claimAnnouncements, findAnnouncement, updateDraft } from '../../store/announcements.ts'
import { violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { type AnnouncementView, announcementView } from './announcement-view.ts'
import {
  announcementInput,
  refuseCorrection,
  requireDraft,
  unknownAnnouncement,
  versionInput,
} from './draft-announcement.ts'

export const draftChanges = announcementInput
  .omit({ scheme: true, correctsId: true })
  .partial()
  .extend({
    correctsId: idInput.nullable().optional().meta({ description: 'Null: it puts none right.' }),
    version: versionInput,
  })

/** Changes what a draft says of itself; not once it is published, nor what somebody else changed meanwhile (N8). @throws Refusal */
export async function changeDraft(
  registry: Registry,
  context: Context,
  id: string,
  { version, ...changes }: z.infer<typeof draftChanges>,
): Promise<AnnouncementView> {
  authorise(context, 'announcements.draft')
  return registry.db.transaction(async (tx) => {
    await claimAnnouncements(tx)
    const draft = await requireDraft(tx, id, version)
    const changed = Object.entries(changes).filter(([name, value]) =>
      isOther(value, draft[name as keyof typeof changes]),
    )
    if (changed.length === 0) throw refuse('nothing_changes')
    const to = Object.fromEntries(changed)
    await refuseCorrection(tx, { ...draft, ...to })
    await updateDraft(tx, id, to).catch((error: unknown) => {
      throw violates(error, 'announcements_number')
        ? refuse('announcement_number_taken', 'number', { values: { number: changes.number ?? draft.number } })
        : error
    })
    await record(tx, context, {
      action: 'announcement.changed',
      entity: 'announcement',
      entityId: id,
      onDay: context.today,
      changes: to,
    })
    const found = await findAnnouncement(tx, id)
    if (!found) throw unknownAnnouncement()
    return announcementView(found)
  })
}

function isOther(given: unknown, present: unknown): boolean {
  return given !== undefined && JSON.stringify(given) !== JSON.stringify(present)
}
