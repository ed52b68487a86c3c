import t from 'tap'
import {
  type Block,
  figuresOf,
  numbered,
  paragraph,
  say,
  shareRun,
  table,
  textOf,
} from '../../src/documents/report/blocks.ts'

/** What lies between the data of the December report and its faces (R10). */
const captionsOf = (blocks: readonly Block[]) =>
  numbered(blocks).map((block) =>
    block.kind === 'table' ? block.caption : block.kind === 'paragraph' ? textOf(block.runs) : '',
  )
const named = (name: string) => table(`表#${name}　示例`, ['一'], [1], [['1']])

t.test('tables are numbered as they stand, and named by these numbers before and after', async (t) => {
  const before = paragraph(say`见表#second和表#first。`)
  t.same(captionsOf([before, named('first'), named('second')]), ['见表2和表1。', '表1　示例', '表2　示例'])
  t.same(captionsOf([named('second'), paragraph(say`数据见表#second。`)]), ['表1　示例', '数据见表1。'])
  const chart = { kind: 'chart', chart: 'places', alternative: '见表#first。' } as const
  t.match(numbered([named('first'), chart])[1], { alternative: '见表1。' })
  t.same(
    captionsOf([before, named('first')]),
    ['见表#second和表1。', '表1　示例'],
    'what is no table stays as it reads',
  )
})

t.test('last year’s figures are links where last year was frozen, and 无 where it was not', async (t) => {
  const figures = { 'certified.period': 3 }
  const previous = { year: 2025, freeze: 1, sha256: '', knownAt: '', figures: { 'certified.period': 5 } }
  const now = figuresOf({ figures, previous })
  t.same(now.before('certified'), { figure: 'previous.certified.period', text: '5' })
  t.same(now.before('refused'), { figure: 'previous.refused.period', text: '0' }, 'nought is a figure too')
  t.equal(now.change('certified'), '−2')
  t.equal(now.change('refused'), '持平')
  t.equal(figuresOf({ figures: {}, previous }).change('certified'), '−5')
  t.equal(figuresOf({ figures: { 'certified.period': 6 }, previous }).change('certified'), '+1')
  const alone = figuresOf({ figures })
  t.same([alone.before('certified'), alone.change('certified')], ['无', '—'])
})

t.test('a share of nothing is a dash', async (t) => {
  const { run } = figuresOf({ figures: { 'report_on_time.period': 1 } })
  t.equal(shareRun(run('report_on_time'), 0), '—')
  t.equal(shareRun('无', 3), '—')
  t.equal(shareRun(run('report_on_time'), null), '—')
  t.same(shareRun(run('report_on_time'), 3), { figure: 'report_on_time.period', text: '33.3%' })
})
