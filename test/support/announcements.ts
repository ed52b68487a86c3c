import {
  announcementInput,
  draftAnnouncement,
  linesInput,
  writeLines,
} from '../../src/usecases/announcements/draft-announcement.ts'
import { publishAnnouncement, publishingInput } from '../../src/usecases/announcements/publish-announcement.ts'
import type { TestRegistry } from './services.ts'

/** Announcements in a test: drafted and filled by the secretariat, published by the office. */
export const draft = (test: TestRegistry, changes: object = {}, as = test.as('secretariat')) =>
  draftAnnouncement(
    test.registry,
    as,
    announcementInput.parse({
      number: '示例2026年第1号',
      title: '示例：获证企业名单',
      issuingOffices: ['示例办公室', '示例市场监管局'],
      batchYear: 2025,
      announcedOn: '2026-11-20',
      ...changes,
    }),
  )

export const fill = (test: TestRegistry, id: string, lines: readonly object[], as = test.as('secretariat')) =>
  writeLines(test.registry, as, id, linesInput.parse({ lines }).lines)

export const publish = (test: TestRegistry, id: string, changes: object = {}, as = test.as('office')) =>
  publishAnnouncement(test.registry, as, id, publishingInput.parse(changes))

export const line = (number: string, changes: object = {}) => ({
  enterpriseName: '示例精密机械有限公司',
  productName: '示例数控车床',
  certificateNumber: number,
  ...changes,
})

/** Drafted, filled and published at once; what the register does not hold has a reason. */
export async function announced(test: TestRegistry, lines: readonly object[], changes: object = {}) {
  const { id } = await draft(test, changes)
  await fill(test, id, lines)
  return publish(test, id, { unmatchedReason: '示例：登记系统启用以前的名单。' })
}
