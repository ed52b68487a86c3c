import { sql } from 'drizzle-orm'
import t from 'tap'
import type { ZodType } from 'zod'
import { type Problem, Refusal, type RefusalCode, sentenceOf } from '../../src/domain/refusals.ts'
import { historyOf } from '../../src/store/events.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import { answerTransfer, transferAnswer } from '../../src/usecases/dispositions/answer-transfer.ts'
import { decideDisposition, dispositionInput } from '../../src/usecases/dispositions/decide-disposition.ts'
import { problemsOfIssues } from '../../src/usecases/inputs.ts'
import { type PostOptions, postResult } from '../../src/usecases/results/post-result.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import type { TestServer } from './databases.ts'
import { newRegistry, resultBody, type TestRegistry } from './services.ts'

/** Tests that tell what happens in a registry, each in one of its own. */
export function storiesOn(server: TestServer, instant?: string) {
  return (name: string, tell: (test: TestRegistry, t: Tap) => Promise<void>): void => {
    t.test(name, async (t) => {
      const test = await newRegistry(server, instant)
      t.teardown(() => test.close())
      await tell(test, t as unknown as Tap)
    })
  }
}

type Tap = typeof t

/** The problems of a refusal, none when the work was done. Any other error, or a sentence with a gap, fails the test. */
export async function problemsOf(work: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await work
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    for (const problem of error.problems) requireWhole(problem)
    return error.problems
  }
}

export async function codesOf(work: Promise<unknown>): Promise<RefusalCode[]> {
  return (await problemsOf(work)).map((problem) => problem.code)
}

/** `code@path`, which is how the tables write a problem. */
export async function refusalsOf(work: Promise<unknown>): Promise<string[]> {
  return (await problemsOf(work)).map(({ code, path }) => `${code}@${path}`)
}

/** What a schema has against an input, as a face would tell it: `code@path`. Nothing of the input may be shown back of what is personal. */
export function issuesOf(schema: ZodType, input: unknown): string[] {
  const parsed = schema.safeParse(input)
  if (parsed.success) return []
  return problemsOfIssues(parsed.error.issues, input).map((each) => {
    if (each.code === 'identity_card_refused' && each.value !== undefined) throw new Error(`${each.path} is shown back`)
    return `${each.code}@${each.path}`
  })
}

export function requireWhole(problem: Problem): void {
  for (const language of ['zh', 'en'] as const) {
    const sentence = sentenceOf(problem, language)
    if (/[?？{}]|\bundefined\b|\bnull\b|“”/.test(sentence)) throw new Error(`${problem.code} leaks: ${sentence}`)
  }
}

/** How many rows every table holds: equal before and after means that nothing was written. */
export async function countRows({ db }: Registry): Promise<Record<string, number>> {
  const tables = await db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await db.execute<{ rows: number }>(sql`select count(*)::int as rows from ${sql.identifier(name)}`)
    counts[name] = row?.rows ?? 0
  }
  return counts
}

/** The actions that the event log holds for one thing, oldest first. */
export async function actionsOf({ db }: Registry, entity: string, id: string): Promise<string[]> {
  return (await historyOf(db, entity, id)).map((event) => event.action)
}

/** Runs the work and answers which actions it added to the event log, in order. */
export async function logged<T>({ db }: Registry, work: () => Promise<T>): Promise<{ answer: T; actions: string[] }> {
  const [before] = await db.execute<{ id: number }>(sql`select coalesce(max(id), 0)::int as id from events`)
  const answer = await work()
  const rows = await db.execute<{ action: string }>(
    sql`select action from events where id > ${before?.id ?? 0} order by id`,
  )
  return { answer, actions: rows.map(({ action }) => action) }
}

/** A certificate goes to another body at its holder's wish: proposed by the secretariat, accepted by the other. Its successor. */
export async function transferred(
  test: TestRegistry,
  certificateId: string,
  to: 'a' | 'b',
  newNumber: string,
): Promise<string> {
  const holderProof = '企业来函，秘书处示例员记录'
  const wish = dispositionInput.parse({ kind: 'transfer', toMemberId: test.memberIds[to], holderProof, words: '示例' })
  const { id } = await decideDisposition(test.registry, test.as('secretariat'), certificateId, wish)
  const accept = transferAnswer.parse({ answer: 'accept', newNumber })
  return (await answerTransfer(test.registry, test.as('member', to), id, accept)).successorId ?? ''
}

/** A body of its own for each name: reference and number are made of it. */
export function bodyOf(
  name: string,
  changes: Record<string, unknown> = {},
  certificate: Record<string, unknown> = {},
): Record<string, unknown> {
  return resultBody({ memberReference: `R-${name}`, ...changes }, { number: `SL-${name}`, ...certificate })
}

let keys = 0

/** Posts a result as member a under a new key, unless asked otherwise. */
export function post(
  test: TestRegistry,
  body: Record<string, unknown>,
  options: Partial<PostOptions> & { as?: Context } = {},
) {
  keys += 1
  const { as = test.as('member'), validateOnly = false, idempotencyKey = `key-${keys}` } = options
  return postResult(test.registry, as, resultInput.parse(body), { validateOnly, idempotencyKey })
}

/** Such a post, and what it answered. */
export async function posted(test: TestRegistry, body: Record<string, unknown>, as?: Context) {
  return (await post(test, body, as ? { as } : {})).answer
}

/** The fulfilled answers and the refusals' codes of works that ran at once; any other error fails the test. */
export async function race<T>(works: readonly Promise<T>[]): Promise<{ done: T[]; refused: RefusalCode[][] }> {
  const settled = await Promise.allSettled(works)
  const done: T[] = []
  const refused: RefusalCode[][] = []
  for (const result of settled) {
    if (result.status === 'fulfilled') done.push(result.value)
    else if (result.reason instanceof Refusal) refused.push(result.reason.problems.map(({ code }) => code))
    else throw result.reason
  }
  return { done, refused }
}
