import t from 'tap'
import { articlesFor, laws } from '../../src/domain/articles.ts'
import { findingKinds } from '../../src/domain/conduct.ts'
import type { Duty } from '../../src/domain/obligation.ts'

const named = (duties: readonly Duty[], ...kinds: Parameters<typeof articlesFor>[1]) =>
  articlesFor(duties, kinds).map(({ law, article }) => `${law} ${article}`)

t.test('each kind of finding maps to its articles, each named once (N7)', async (t) => {
  const report: readonly Duty[] = ['report_to_cnca']
  t.same(named(report), ['measures 23', 'measures 37(4)', 'measures 38'])
  t.same(named([]), [])
  t.same(named([], 'out_of_scope'), ['regulations 9', 'regulations 59'])
  t.same(named([], 'false_result'), ['regulations 60', 'regulations 61'])
  t.same(named([...report, 'report_monthly'], 'data_late', 'data_false'), named(report), 'the same articles stand once')
  t.same(named([], 'out_of_scope', 'follow_up_missing'), ['regulations 9', 'regulations 59', 'regulations 26'])
  for (const kind of findingKinds) t.ok(named([], kind).length > 0, kind)
})

t.test('the law is cited for what is owed by law: not for what the alliance asks of its own', async (t) => {
  t.same(named(['surveillance']), ['regulations 26', 'regulations 59'])
  t.same(named(['feed_back', 'post_outcome', 'answer_assignment', 'explain_overdue', 'decide_suspension']), [])
})

t.test('an article that is cited for two things says both, with the text that its number is of', async (t) => {
  const found = articlesFor([], ['out_of_scope', 'follow_up_missing']).find(({ article }) => article === '59')
  t.same(found?.about, ['超出批准范围、跟踪监督', 'outside the approved scope, follow-up'])
  t.same(found?.lawName, laws.regulations)
})
