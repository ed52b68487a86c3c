import { type AnnouncementState, announcementStateNames } from '../../domain/announcement.ts'
import type { AnnouncementRow } from '../../store/announcements.ts'

export type AnnouncementView = Omit<AnnouncementRow, 'droppedAt'> & {
  readonly state: AnnouncementState
  readonly stateName: { readonly zh: string; readonly en: string }
}

export function announcementView({ droppedAt: _, ...row }: AnnouncementRow): AnnouncementView {
  const state: AnnouncementState = row.publication === null ? 'draft' : 'published'
  const [zh, en] = announcementStateNames[state]
  return { ...row, state, stateName: { zh, en } }
}
