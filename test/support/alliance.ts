import { newId } from '../../src/ids.ts'
import { insertStanding } from '../../src/store/members.ts'
import type { TestRegistry } from './services.ts'

/** The body leaves today, as a measure removes it. */
export async function removed(test: TestRegistry, member: 'a' | 'b' = 'a'): Promise<void> {
  const { now, today } = test.as('secretariat')
  await insertStanding(test.registry.db, {
    id: newId(now),
    memberId: test.memberIds[member],
    standing: 'removed',
    fromOn: today,
    reason: '示例',
    decidedBy: '示例',
    recordedAt: now,
    recordedBy: 'test',
  })
}
