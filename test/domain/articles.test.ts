import t from 'tap'
import { articlesFor } from '../../src/domain/articles.ts'
import { findingKinds } from '../../src/domain/conduct.ts'

t.test('each kind of finding maps to its articles, each named once (N7)', async (t) => {
  const named = (hasLapse: boolean, ...kinds: Parameters<typeof articlesFor>[1]) =>
    articlesFor(hasLapse, kinds).map(({ law, article }) => `${law} ${article}`)
  t.same(named(true), ['measures 23', 'measures 37(4)', 'measures 38'])
  t.same(named(false), [])
  t.same(named(false, 'out_of_scope'), ['regulations 9', 'regulations 59'])
  t.same(named(false, 'false_result'), ['regulations 60', 'regulations 61'])
  t.same(named(true, 'data_late', 'data_false'), named(true), 'the same articles stand once')
  t.same(named(false, 'out_of_scope', 'follow_up_missing'), ['regulations 9', 'regulations 59', 'regulations 26'])
  for (const kind of findingKinds) t.ok(named(false, kind).length > 0, kind)
})
