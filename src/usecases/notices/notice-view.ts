import type { Notice } from '../../store/notices.ts'

/** A notice as it goes out by every door: list, webhook and mail say the same. */
export type NoticeView = Omit<Notice, 'noticeKey' | 'subjectZh' | 'subjectEn'> & {
  readonly subject: { readonly zh: string; readonly en: string }
}

export function noticeView({ noticeKey: _, subjectZh: zh, subjectEn: en, ...notice }: Notice): NoticeView {
  return { ...notice, subject: { zh, en } }
}
