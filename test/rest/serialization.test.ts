import t from 'tap'
import { z } from 'zod'
import { compileAnswer, serializeAnswer } from '../../src/rest/serialization.ts'
import { instant } from '../../src/rest/shapes.ts'

const writerOf = (shape: z.ZodType) =>
  serializeAnswer({ schema: shape as never, method: 'GET', url: '/example' } as never) as (value: unknown) => string
const written = (shape: z.ZodType, value: unknown) => JSON.parse(writerOf(shape)(value))

t.test('what a shape does not name does not go out, however deep', async (t) => {
  const shape = z.object({ id: z.string(), inner: z.array(z.object({ name: z.string() })) })
  t.same(written(shape, { id: '1', secret: 'x', inner: [{ name: 'a', secret: 'y' }] }), {
    id: '1',
    inner: [{ name: 'a' }],
  })
})

const cases: readonly (readonly [name: string, shape: z.ZodType, value: unknown, expected: unknown])[] = [
  ['an instant', instant, new Date('2026-11-20T02:00:00.120Z'), '2026-11-20T02:00:00.120Z'],
  ['an instant or null', instant.nullable(), null, null],
  ['text or null', z.string().nullable(), 'a "quoted"\n示例\u2028', 'a "quoted"\n示例\u2028'],
  ['null for text', z.string().nullable(), null, null],
  ['a number or null', z.number().nullable(), 0, 0],
  ['an object or null', z.object({ days: z.number() }).nullable(), { days: 1, more: 2 }, { days: 1 }],
  ['null for an object', z.object({ days: z.number() }).nullable(), null, null],
  ['one of some words or null', z.enum(['a', 'b']).nullable(), null, null],
  ['a literal', z.literal('ok'), 'ok', 'ok'],
  ['a record', z.record(z.string(), z.any()), { a: { b: [1, null] } }, { a: { b: [1, null] } }],
  ['a loose object', z.looseObject({ a: z.string() }), { a: 'x', b: 1 }, { a: 'x', b: 1 }],
]

t.test('each kind of value goes out as it is', async (t) => {
  for (const [name, shape, value, expected] of cases)
    t.same(written(z.object({ value: shape }), { value }), { value: expected }, name)
  const optional = z.object({ value: z.string().optional() })
  t.same(written(optional, {}), {}, 'what may be left out is')
})

t.test('what a shape requires must be there', async (t) => {
  t.throws(() => written(z.object({ id: z.string() }), {}), /required/)
})

t.test('a shape that JSON does not have is refused', async (t) => {
  const compiled = (shape: z.ZodType) => compileAnswer({ schema: shape, method: 'GET', url: '/example' } as never)
  for (const shape of [z.date(), z.map(z.string(), z.string()), z.bigint()]) {
    t.throws(() => compiled(z.object({ shape })), /GET \/example/)
    t.throws(() => written(z.object({ shape }), {}), /GET \/example/, 'and by whatever would be sent')
  }
  t.throws(() => compiled({ type: 'string' } as never), /GET \/example/)
})
