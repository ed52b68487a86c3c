import t from 'tap'
import {
  changedParts,
  countMoves,
  figureMoves,
  isFreezeOutdated,
  isSameQuestion,
  moveWords,
  partChanges,
} from '../../../src/domain/report/change.ts'
import type { ReportContent } from '../../../src/domain/report/content.ts'

/** What changed since a freeze: figures, and what else reads otherwise (R4a, R10). */
const mark = (rows: number, sha256 = 'x') => ({ rows, sha256 })
const frozen = {
  settings: { name: '示例', addressee: '示例', families: [], regions: 'cities' },
  spans: { from: '2025-12-01', cutOffOn: '2026-11-30' },
  calendarVersion: 1,
  secretariat: '示例秘书处',
  sets: ['certified', 'refused'],
  bodies: [],
  figures: { 'certified.period': 4 },
  pace: { median: 2, p90: 5, slowest: 9 },
  previous: null,
  ranking: null,
  decisions: [],
  candidates: [],
  texts: { main_work: ['一', '二'], problems: [], next_steps: [] },
  annexes: { certified: mark(4), lapses: mark(0), changes: mark(0), expiring: mark(1) },
} as unknown as ReportContent

/** The words of what changed, in Chinese. */
const said = (changes: object) => partChanges(frozen, { ...frozen, ...changes }).map(({ words }) => words.zh)

t.test('the same says nothing, whatever the order of its keys', async (t) => {
  t.same(partChanges(frozen, { ...frozen }), [])
  const settings = { regions: 'cities', families: [], addressee: '示例', name: '示例' }
  t.same(said({ settings }), [], 'what is read back from a freeze has its keys by the alphabet')
  t.same(figureMoves(frozen, { ...frozen }), [])
})

t.test('each part that reads otherwise is named', async (t) => {
  const changes: readonly (readonly [change: object, zh: string])[] = [
    [{ settings: { ...frozen.settings, name: '另' } }, '报告名称、主送机关或分类有变'],
    [{ spans: { ...frozen.spans, cutOffOn: '2026-11-15' } }, '报告期有变'],
    [{ calendarVersion: 2 }, '工作日日历由第1版变为第2版'],
    [{ secretariat: '另' }, '秘书处由示例秘书处变为另'],
    [{ ranking: { policyVersion: 2 } }, '评价办法的版本有变'],
    [{ previous: { sha256: 'y' } }, '所比较的上年度冻结有变'],
    [{ texts: { ...frozen.texts, main_work: ['一', '三', '四'] } }, '“二、主要工作”第2、3段有变'],
    [{ decisions: [{ id: '1' }] }, '所列决定和处理措施由0项变为1项，或内容有变'],
    [{ candidates: [{ id: '1' }] }, '候选机构由0家变为1家，或内容有变'],
    [{ annexes: { ...frozen.annexes, certified: mark(5, 'y') } }, '附件“认证产品（服务）名录”由4行变为5行'],
    [{ annexes: { ...frozen.annexes, expiring: mark(1, 'y') } }, '附件“将到期证书”仍为1行，内容有变'],
  ]
  for (const [change, zh] of changes) t.same(said(change), [zh])
  const all = Object.assign({}, ...changes.map(([change]) => change))
  const parts = partChanges(frozen, { ...frozen, ...all })
  t.same([...new Set(parts.map(({ part }) => part))], [...changedParts], 'in their order')
  for (const { words } of parts) t.match(words.en, /^[a-z]/)
})

t.test('a freeze is outdated when a recorded fact makes it say something else, and not by words', async (t) => {
  const now = (changes: object) => ({ ...frozen, ...changes })
  t.notOk(isFreezeOutdated(frozen, now({ texts: { ...frozen.texts, problems: ['一'] } })))
  t.ok(isFreezeOutdated(frozen, now({ figures: { 'certified.period': 5 } })))
  t.ok(isFreezeOutdated(frozen, now({ figures: {} })))
  t.same(countMoves(frozen, now({ pace: { median: 2, p90: 5, slowest: 10 } })), [
    { id: 'pace.period.slowest', before: 9, now: 10 },
  ])
  t.ok(isFreezeOutdated(frozen, now({ pace: null })))
  t.ok(isFreezeOutdated(frozen, now({ decisions: [{ id: '1' }] })), 'as many, and of another body')
  t.ok(isFreezeOutdated(frozen, now({ candidates: [{ id: '1' }] })))
  t.notOk(
    isFreezeOutdated(frozen, now({ annexes: { ...frozen.annexes, expiring: mark(1, 'y') } })),
    'a name is another',
  )
})

t.test('two reports ask the same where days, places, calendar, sets and last year are the same', async (t) => {
  const previous = { knownAt: '2025-12-06T00:00:00.000Z' }
  const others: readonly object[] = [
    { settings: { ...frozen.settings, regions: 'countries' } },
    { spans: { ...frozen.spans, cutOffOn: '2026-11-15' } },
    { calendarVersion: 2 },
    { sets: ['certified'] },
    { previous },
  ]
  for (const other of others) t.notOk(isSameQuestion(frozen, { ...frozen, ...other }))
  t.ok(
    isSameQuestion(frozen, { ...frozen, settings: { ...frozen.settings, name: '另' }, figures: {}, knownAt: 'later' }),
  )
})

t.test('cells of the quality table that moved are figures that moved', async (t) => {
  const ranked = (place: number) =>
    ({
      ...frozen,
      ranking: {
        policyVersion: 1,
        tables: {
          tables: [{ bodies: [{ memberId: 'm', figures: [], quality: { place, points: 80, places: null } }] }],
        },
      },
    }) as unknown as ReportContent
  t.same(figureMoves(ranked(1), ranked(2)), [{ id: 'ranking.place.m', before: 1, now: 2 }])
  t.notOk(isFreezeOutdated(ranked(1), ranked(2)), 'places alone are no fact that was recorded')
  t.same(figureMoves(ranked(1), frozen), [
    { id: 'bodies.ranked', before: 1, now: 0 },
    { id: 'ranking.place.m', before: 1, now: null },
    { id: 'ranking.points.m', before: 80, now: null },
  ])
  t.match(figureMoves(frozen, ranked(2))[1], { id: 'ranking.place.m', before: null, now: 2 })
})

t.test('what is gone is not nought, and none of what is counted is', async (t) => {
  t.same(figureMoves(frozen, { ...frozen, pace: null, figures: { 'refused.period': 1 } }), [
    { id: 'certified.period', before: 4, now: 0 },
    { id: 'pace.period.median', before: 2, now: null },
    { id: 'pace.period.p90', before: 5, now: null },
    { id: 'pace.period.slowest', before: 9, now: null },
    { id: 'refused.period', before: 0, now: 1 },
  ])
  const later = { ...frozen, sets: ['certified', 'refused', 'live'], figures: { ...frozen.figures, 'live.cut_off': 7 } }
  t.same(
    figureMoves(frozen, later as unknown as ReportContent),
    [{ id: 'live.cut_off', before: null, now: 7 }],
    'a set that nobody counted then was not nought',
  )
  t.same(countMoves(frozen, { ...frozen, pace: null })[0], { id: 'pace.period.median', before: 2, now: null })
})

t.test('the words of a change say what was not there', async (t) => {
  const words = { zh: '示例。', en: 'Example.' }
  t.same(moveWords({ id: 'x', before: 1, now: 2 }, words), words)
  t.match(moveWords({ id: 'x', before: 1, now: null }, words), {
    zh: '示例。现已无此数字。',
    en: /^Example\. .+no longer/,
  })
  t.match(moveWords({ id: 'x', before: null, now: 2 }, words), {
    zh: '示例。冻结时无此数字。',
    en: /^Example\. .+freeze/,
  })
})
