import t from 'tap'
import { scopeCounts } from '../../../src/domain/ranking/scopes.ts'

t.test('a scope is used by a product of its family and industry; one without a code covers the family', async (t) => {
  const scope = (industryCode: string | null, family = 'manufacturing') => ({ memberId: 'a', family, industryCode })
  const table: [string | null, string | null, string][] = [
    [null, '3411', 'scope_used'],
    ['34', '3411', 'scope_used'],
    ['C', '3411', 'scope_used'],
    ['35', '3411', 'scope_unused'],
    ['35', null, 'scope_used'],
  ]
  for (const [held, served, wanted] of table)
    t.equal(scopeCounts([scope(held)], [scope(served)], 4)[0]?.counter, wanted, `${held} ${served}`)
  t.match(scopeCounts([scope(null)], [], 4), [{ counter: 'scope_unused', stretch: 4, rows: 1 }])
  t.match(scopeCounts([scope(null)], [{ ...scope(null), memberId: 'b' }], 4), [{ counter: 'scope_unused' }])
  t.match(scopeCounts([scope(null)], [scope(null, 'services')], 4), [{ counter: 'scope_unused' }])
})
