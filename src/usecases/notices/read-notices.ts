import { z } from 'zod'
import { listNotices } from '../../store/notices.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { pageInput } from '../pages.ts'
import { type NoticeView, noticeView } from './notice-view.ts'

export const noticesQuery = z.strictObject({
  limit: pageInput.limit,
  afterId: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: 'Only notices after this one: the highest id that you have seen misses none.' }),
})

export type NoticesPage = {
  readonly items: readonly NoticeView[]
  /** To ask with next: the last id on this page, or the one that was asked with. */
  readonly lastId: number
}

/**
 * Notices in the order in which they were said (R2). Ids become visible in their order, so whoever goes on from the
 * last one misses none. A member sees what it was told. @throws Refusal
 */
export async function readNotices(
  registry: Registry,
  context: Context,
  { afterId, limit }: z.infer<typeof noticesQuery>,
): Promise<NoticesPage> {
  const memberId = confinedTo(context, 'notices.read')
  const rows = await listNotices(registry.lists, { afterId, limit, memberId })
  return { items: rows.map(noticeView), lastId: rows.at(-1)?.id ?? afterId }
}
