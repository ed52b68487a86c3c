import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/clock.ts'
import type { Actor } from '../../src/domain/access.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { addDays, addMonths, type PlainDate } from '../../src/domain/plain-date.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import { postResult } from '../../src/usecases/results/post-result.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { type PostScript, type RecordedPost, type Statement, scriptFrom } from './post-script.ts'
import type { Sample } from './sample.ts'

const run = `M${randomBytes(3).toString('hex').toUpperCase()}`
let posts = 0

/** A post that was never made, by that member or the next one, with a reference, a number and a key of its own. */
export function nextPost({ members, today }: Sample, at = posts % members.length) {
  posts += 1
  const mark = `${run}-${String(posts).padStart(8, '0')}`
  return { key: `bench-${mark}`, body: resultBody(today, members, at, mark) }
}

function resultBody(today: PlainDate, members: readonly string[], at: number, mark: string) {
  const decidedOn = addDays(today, -2)
  const name = `示例精密机械有限公司${at}`
  return {
    kind: 'issue',
    memberId: members[at],
    memberReference: `R-${mark}`,
    scheme: 'bench',
    enterprise: {
      creditCode: makeCreditCode('91', '320100', `MB${String(at).padStart(6, '0')}`),
      name,
      cityCode: '320100',
      industryCode: '3411',
    },
    family: 'manufacturing',
    industryCode: '3411',
    decidedOn,
    certificate: {
      number: `BENCH-${mark}`,
      issuedOn: decidedOn,
      validUntil: addDays(addMonths(decidedOn, 36), -1),
      product: { name: '示例数控车床', models: ['SL-100', 'SL-200'], trademark: '示例', maker: name },
      factory: { name: '示例一厂', address: '南京市示例路 1 号' },
      standards: ['Q/SL 001-2025', 'GB/T 9061-2006'],
      certificationMode: '型式试验 + 初始工厂检查 + 获证后监督',
    },
  }
}

const postsBefore = 5
const secretariat: Actor = { kind: 'system', id: 'bench', name: 'bench', role: 'secretariat', memberId: null }

/** A script for each of the members, from posts that the use case makes on that database. */
export async function recordPosts(serviceUrl: string, sample: Sample): Promise<PostScript[]> {
  const watched = watchedGroups()
  const { db, close } = openDatabase(serviceUrl, { poolSize: 1, watch: watched.watch })
  const registry: Registry = { db, lists: db, clock: systemClock, rulebooks: rulebookShelf() }
  const recordOne = async (at: number): Promise<RecordedPost> => {
    const { key, body } = nextPost(sample, at)
    watched.take()
    const context = contextOf(registry, secretariat, 'bench')
    const options = { validateOnly: false, idempotencyKey: key }
    const { answer } = await postResult(registry, context, resultInput.parse(body), options)
    return { groups: watched.take(), answer: JSON.stringify(answer) }
  }
  try {
    const scripts: PostScript[] = []
    for (const [at, memberId] of sample.members.entries()) {
      // The first one registers the enterprise; after a few, statements stay prepared and travel together.
      for (let post = 0; post < postsBefore; post += 1) await recordOne(at)
      scripts.push(scriptFrom(memberId, await recordOne(at), await recordOne(at)))
    }
    return scripts
  } finally {
    await close()
  }
}

/** Statements that are sent before an answer can have come belong together. */
function watchedGroups() {
  let groups: Statement[][] = []
  let isOpen = false
  const watch = (text: string, values: readonly unknown[]) => {
    if (/^\s*(begin|commit)\b/i.test(text) || text.includes('pg_catalog')) return
    if (!isOpen) groups.push([])
    isOpen = true
    setImmediate(() => (isOpen = false))
    groups.at(-1)?.push({ text, values: [...values] })
  }
  const take = () => {
    const taken = groups
    groups = []
    isOpen = false
    return taken
  }
  return { watch, take }
}
