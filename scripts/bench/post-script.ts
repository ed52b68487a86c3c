import { isDeepStrictEqual } from 'node:util'

/**
 * The statements of one post as a script that can be run again: what is new in each post (ids, digests, instants, and
 * the mark that reference, number and key are made of) has a place in their values, wherever it stands in them.
 */
export type PostScript = {
  readonly memberId: string
  /** What is new in each post, by place. */
  readonly fresh: readonly Fresh[]
  /** Statements that the service sends at once; it waits for the answers of each group before it sends the next. */
  readonly groups: readonly (readonly Statement[])[]
  readonly answer: string
}

export type Fresh = 'id' | 'digest' | 'instant' | 'mark'
export type Statement = { readonly text: string; readonly values: readonly unknown[] }
export type RecordedPost = { readonly groups: readonly (readonly Statement[])[]; readonly answer: string }

/** Of a mark that names one post: `M1A2B3C-00000001`. */
export const markPattern = /M[0-9A-F]{6}-\d{8}/
const kinds: readonly (readonly [Fresh, RegExp])[] = [
  ['id', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/],
  ['digest', /[0-9a-f]{64}/],
  ['instant', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/],
  ['mark', markPattern],
]
const tokens = new RegExp(kinds.map(([kind, pattern]) => `(?<${kind}>${pattern.source})`).join('|'), 'g')

/** From two posts of one member: what differs between them is new in each. @throws Error where more differs than that */
export function scriptFrom(memberId: string, one: RecordedPost, other: RecordedPost): PostScript {
  const [found, compared] = [tokensIn(one), tokensIn(other)]
  const places = new Map<string, number>()
  const fresh: Fresh[] = []
  found.forEach(({ kind, token }, at) => {
    if (compared[at]?.token === token || places.has(token)) return
    places.set(token, fresh.length)
    fresh.push(kind)
  })
  const script = withPlaces(one, places)
  const counterparts = new Map(found.map(({ token }, at) => [compared[at]?.token ?? '', places.get(token)]))
  if (!isDeepStrictEqual(script, withPlaces(other, counterparts))) throw new Error('two posts differ in more than ids')
  return { memberId, fresh, ...script }
}

function tokensIn(post: RecordedPost): { kind: Fresh; token: string }[] {
  return [...JSON.stringify(post).matchAll(tokens)].map(({ 0: token, groups }) => {
    const [kind] = kinds.find(([name]) => groups?.[name] !== undefined) ?? []
    if (kind === undefined) throw new Error(`what is ${token}?`)
    return { kind, token }
  })
}

function withPlaces(post: RecordedPost, places: ReadonlyMap<string, number | undefined>): RecordedPost {
  const put = (token: string) => (places.get(token) === undefined ? token : `<<${places.get(token)}>>`)
  return JSON.parse(JSON.stringify(post).replaceAll(tokens, put)) as RecordedPost
}

/** A value that is given what is new in this post. */
export type Filled = (fresh: readonly string[]) => unknown

export function filling(value: unknown): Filled {
  if (Array.isArray(value)) {
    const items = value.map(filling)
    return (fresh) => items.map((item) => item(fresh))
  }
  const parts = typeof value === 'string' ? value.split(/<<(\d+)>>/) : []
  if (parts.length <= 1) return () => value
  return (fresh) => parts.map((part, at) => (at % 2 === 0 ? part : fresh[Number(part)])).join('')
}
