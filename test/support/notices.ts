import { plainDate } from '../../src/domain/plain-date.ts'
import { jobTable } from '../../src/scheduler/jobs.ts'
import { contextOf } from '../../src/usecases/context.ts'
import type { Counts } from '../../src/usecases/jobs/in-batches.ts'
import { actorOfJob } from '../../src/usecases/jobs/run-job.ts'
import { addContact, contactInput } from '../../src/usecases/members/manage-members.ts'
import type { Carriers } from '../../src/usecases/notices/deliver-notices.ts'
import type { NoticeView } from '../../src/usecases/notices/notice-view.ts'
import { noticesQuery, readNotices } from '../../src/usecases/notices/read-notices.ts'
import { obligationsQuery, readObligations } from '../../src/usecases/obligations/read-obligations.ts'
import type { TestRegistry } from './services.ts'

/** Carriers of which none may be needed. */
export const noCarriers: Carriers = {
  email: null,
  webhook: async () => {
    throw new Error('nothing was to be sent')
  },
}

/** At nine in the morning, Shanghai. */
export const morningOf = (day: string) => `${day}T01:00:00Z`

/** Runs a job as its own actor, now; as of an earlier day where one is named. */
export function run(
  test: Pick<TestRegistry, 'registry'>,
  name: string,
  carriers = noCarriers,
  on?: string,
): Promise<Counts> {
  const job = jobTable(carriers).find((each) => each.name === name)
  if (!job) throw new Error(`no job ${name}`)
  const context = contextOf(test.registry, actorOfJob(job), 'test-request')
  const asOf = on === undefined ? context : { ...context, today: plainDate(on) }
  return job.run(test.registry, asOf, new AbortController().signal)
}

/** Runs a job on the morning of each of these days. */
export async function runOn(test: TestRegistry, name: string, ...days: readonly string[]): Promise<void> {
  for (const day of days) {
    test.clock.set(morningOf(day))
    await run(test, name)
  }
}

/** Everything said so far, in order. */
export async function said(test: TestRegistry): Promise<readonly NoticeView[]> {
  const query = noticesQuery.parse({ limit: 500 })
  return (await readNotices(test.registry, test.as('administrator'), query)).items
}

/** The same in short: day, stage, and the duty or kind. */
export async function saidInShort(test: TestRegistry): Promise<string[]> {
  return (await said(test)).map(({ onDay, stage, kind, facts }) => `${onDay} ${stage} ${facts.duty ?? kind}`)
}

/** Obligations of a duty, by due day. */
export async function obligationsOfDuty(test: TestRegistry, duty: 'report_to_cnca' | 'explain_overdue') {
  const query = obligationsQuery.parse({ duty })
  return (await readObligations(test.registry, test.as('secretariat'), query)).items
}

/** A contact with an address for member a, or b. */
export function addMail(test: TestRegistry, email: string, member: 'a' | 'b' = 'a'): Promise<{ id: string }> {
  const input = contactInput.parse({ name: '示例联系人', email, fromOn: '2024-01-02' })
  return addContact(test.registry, test.as('secretariat'), test.memberIds[member], input)
}
