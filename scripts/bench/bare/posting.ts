import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { systemClock } from '../../../src/clock.ts'
import { newId } from '../../../src/ids.ts'
import { type Filled, type Fresh, filling, markPattern, type PostScript } from '../post-script.ts'

/** Also where there are no values; the driver's types do not know the option. */
const preparedAlways = { prepare: true, simple: false } as postgres.UnsafeQueryOptions

type Post = (key: string, body: { readonly memberId: string }) => Promise<unknown>

/** Posts by the statements that the service was seen to send, by member, in one transaction of the plain driver. */
export function postingBy(url: string, scriptsFile: string): Post {
  const sql = postgres(url, { max: 10, onnotice: () => {} })
  // The recorded values are what goes over the wire: texts of JSON, of days and of instants.
  for (const type of [114, 3802, 1082, 1114, 1184]) sql.options.serializers[type] = String
  const scripts = JSON.parse(readFileSync(scriptsFile, 'utf8')) as PostScript[]
  const prepared = new Map(scripts.map((script) => [script.memberId, preparedPost(script)]))
  return async (key, { memberId }) => {
    const post = prepared.get(memberId)
    const mark = markPattern.exec(key)?.[0]
    if (!post || mark === undefined) throw new Error(`no script for ${memberId} and ${key}`)
    const fresh = post.fresh.map((kind) => freshOne(kind, mark))
    await sql.begin(async (tx) => {
      for (const group of post.groups)
        await Promise.all(
          group.map(({ text, values }) => {
            const filled = values.map((value) => value(fresh) as postgres.ParameterOrJSON<never>)
            return tx.unsafe(text, filled, preparedAlways)
          }),
        )
    })
    return JSON.parse(String(post.answer(fresh)))
  }
}

function preparedPost({ fresh, groups, answer }: PostScript) {
  const statement = ({ text, values }: PostScript['groups'][number][number]) => ({
    text,
    values: values.map(filling) as readonly Filled[],
  })
  return { fresh, groups: groups.map((group) => group.map(statement)), answer: filling(answer) }
}

function freshOne(kind: Fresh, mark: string): string {
  if (kind === 'mark') return mark
  if (kind === 'digest') return randomBytes(32).toString('hex')
  const now = systemClock.now()
  return kind === 'id' ? newId(now) : now.toISOString()
}
