import t from 'tap'
import { defaultRecommendation, evidenceInWords, recommend } from '../../../src/domain/ranking/recommendation.ts'

t.test('what the default policy recommends (R9)', async (t) => {
  type Row = [results: number, below: number, above: number, hasFailed: boolean, recommendation: string]
  const table: Row[] = [
    [4, 0.99, 0, true, 'insufficient_data'],
    [5, 0.99, 0, false, 'rectify'],
    [5, 0.95, 0, true, 'remove'],
    [5, 0.949, 0, true, 'rectify'],
    [5, 0.8, 0, false, 'rectify'],
    [5, 0.799, 0, true, 'watch'],
    [5, 0.5, 0, false, 'watch'],
    [5, 0.499, 0.4, false, 'keep'],
    [5, 0.01, 0.9, false, 'commend'],
    [5, 0.01, 0.899, false, 'keep'],
  ]
  for (const [results, chanceBelowBar, chanceAboveTop, hasFailedRectification, wanted] of table)
    t.equal(
      recommend(
        { results, chanceBelowBar, chanceAboveTop, hasFailedRectification, hasGroundForRemoval: false },
        defaultRecommendation,
      ),
      wanted,
      `${results} ${chanceBelowBar} ${chanceAboveTop} ${hasFailedRectification}`,
    )
})

t.test('the evidence is said in figures, and nothing computed is certain', async (t) => {
  const nothingElse = { falseResult: false, approvalRevoked: false, hasFailedRectification: false }
  const words = (met: number, due: number, chanceBelowBar: number) =>
    evidenceInWords({ met, due, bar: 0.85, chanceBelowBar, ...nothingElse })
  t.same(words(12, 19, 0.912), {
    zh: '19 项报送中有 7 项未按期；真实按期率低于 85% 的可能性为 91%。',
    en: '7 of its 19 reports were not on time; the chance that its true on-time rate is under 85 % is 91%.',
  })
  t.match(words(1, 1, 0.001).en, /^0 of its 1 report was .* is <1%\.$/)
  t.match(words(0, 30, 0.9999).zh, /可能性为 >99%。$/)
  t.equal(words(0, 0, 0.3).zh, '没有到期的报送。')
  const all = { falseResult: true, approvalRevoked: true, hasFailedRectification: true }
  t.equal(
    evidenceInWords({ met: 0, due: 0, bar: 0.85, chanceBelowBar: 0, ...all }).en,
    'Its approval was revoked. A false result was confirmed. An earlier rectification failed. It had no reports due.',
  )
})

t.test('a ground of its own removes whatever the numbers say, and nothing else does at the first fault', async (t) => {
  const facts = { results: 0, chanceBelowBar: 0, chanceAboveTop: 1, hasFailedRectification: false }
  t.equal(recommend({ ...facts, hasGroundForRemoval: true }, defaultRecommendation), 'remove')
  t.equal(
    recommend({ ...facts, results: 900, chanceBelowBar: 1, hasGroundForRemoval: false }, defaultRecommendation),
    'rectify',
  )
})
