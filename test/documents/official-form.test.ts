import t from 'tap'
import { signatureIndents, titleLines, widthInCharacters } from '../../src/documents/official-form.ts'
import { newPaper, type Paper } from '../../src/documents/paper.ts'
import { partsOf, wordsIn } from '../support/documents.ts'

/** The form of GB/T 9704-2012, read off the XML that is produced (R10). */

const twips = { point: 20, millimetre: 1440 / 25.4 }

async function written(write: (paper: Paper) => void) {
  const paper = await newPaper()
  write(paper)
  const parts = await partsOf(await paper.bytes())
  const part = (name: string) => parts.get(`word/${name}`) ?? ''
  const paragraphs = [...part('document.xml').matchAll(/<w:p>.*?<\/w:p>/gs)].map(([xml]) => xml)
  const holding = (words: string) => paragraphs.find((xml) => wordsIn(xml).includes(words)) ?? ''
  return { parts, part, paragraphs, holding }
}

const report = (paper: Paper) => {
  paper.masthead('示例认联〔2026〕1号', '示例人')
  paper.title('示例的报告')
  paper.addressee('示例办公室：')
  paper.heading(1, '一、总体情况')
  paper.heading(2, '（一）数量情况')
  paper.paragraph('1.示例正文。')
  paper.paragraph('（1）示例细目。')
  paper.annexNote(['示例名录', '示例统计表'])
  paper.signature(['国际认证联盟秘书处', '2026年12月5日'])
  paper.annex(1, '示例名录')
  paper.caption('表1　示例')
  paper.table(['甲', '乙'], [['1', '2']])
  paper.annex(2, '示例统计表')
  paper.imprint('国际认证联盟秘书处', '2026年12月5日印发')
}

const attributes = (xml: string, element: string) =>
  Object.fromEntries(
    [...(new RegExp(`<w:${element}( [^>]*?)/?>`).exec(xml)?.[1] ?? '').matchAll(/w:(\w+)="([^"]*)"/g)].map(
      ([, name, value]) => [name as string, value as string],
    ),
  )
const numbers = (xml: string, element: string) =>
  Object.fromEntries(Object.entries(attributes(xml, element)).map(([name, value]) => [name, Number(value)])) as Record<
    string,
    number
  >

t.test('the paper is A4 with margins of 37, 28, 35 and 26 mm', async (t) => {
  const { part } = await written(report)
  const [size, margin] = [numbers(part('document.xml'), 'pgSz'), numbers(part('document.xml'), 'pgMar')]
  const inMillimetres = (length?: number) => Math.round((length ?? 0) / twips.millimetre)
  t.same([size.w, size.h].map(inMillimetres), [210, 297])
  t.same([margin.top, margin.left, margin.bottom, margin.right].map(inMillimetres), [37, 28, 35, 26])
})

t.test('a page holds 22 lines of 28 characters of 16 pt, by its grid and by its text', async (t) => {
  const { part } = await written(report)
  const xml = part('document.xml')
  const [size, margin, grid] = [numbers(xml, 'pgSz'), numbers(xml, 'pgMar'), numbers(xml, 'docGrid')]
  t.equal(attributes(xml, 'docGrid').type, 'linesAndChars')
  const width = (size.w ?? 0) - (margin.left ?? 0) - (margin.right ?? 0)
  const height = (size.h ?? 0) - (margin.top ?? 0) - (margin.bottom ?? 0)
  t.equal(grid.linePitch, 579, '28.95 pt')
  t.equal(Math.floor(height / (grid.linePitch ?? 0)), 22)
  const cell = (16 + (grid.charSpace ?? 0) / 4096) * twips.point
  t.equal((cell / twips.point).toFixed(1), '15.8')
  t.equal(Math.floor(width / cell), 28)
  const normal = /<w:style [^>]*w:styleId="Normal".*?<\/w:style>/s.exec(part('styles.xml'))?.[0] ?? ''
  t.equal(numbers(normal, 'sz').val, 32, '16 pt, from which the grid reckons')
  const [line, closer] = normal.split('<w:rPr>') as [string, string]
  t.match(attributes(line, 'spacing'), { line: '579', lineRule: 'exact' })
  t.match(attributes(line, 'widowControl'), { val: '0' }, 'no line is moved to the next page for company')
  t.equal(Math.floor(width / (16 * twips.point + (numbers(closer, 'spacing').val ?? 0))), 28)
})

t.test('body, headings and numbers are set in the fonts of their level', async (t) => {
  const { holding } = await written(report)
  const set = (words: string) => {
    const xml = holding(words)
    return [attributes(xml, 'rFonts').eastAsia, (numbers(xml, 'sz').val ?? 0) / 2]
  }
  t.same(set('示例的报告'), ['方正小标宋简体', 22])
  t.same(set('一、总体情况'), ['黑体', 16])
  t.same(set('（一）数量情况'), ['楷体_GB2312', 16])
  for (const words of ['示例办公室：', '1.示例正文。', '（1）示例细目。', '附件：1.示例名录', '2026年12月5日'])
    t.same(set(words), ['仿宋_GB2312', 16], words)
})

t.test('paragraphs and headings begin two characters in, the addressee does not', async (t) => {
  const { holding } = await written(report)
  for (const words of ['一、总体情况', '（一）数量情况', '1.示例正文。'])
    t.match(attributes(holding(words), 'ind'), { firstLineChars: '200', firstLine: '631' }, words)
  t.same(attributes(holding('示例办公室：'), 'ind'), {})
})

t.test('the title stands in the middle, two lines below the red line, a line above the addressee', async (t) => {
  const { holding } = await written(report)
  t.match(attributes(holding('示例的报告'), 'jc'), { val: 'center' })
  t.match(attributes(holding('示例认联'), 'spacing'), { after: '1158' })
  t.match(attributes(holding('示例的报告'), 'spacing'), { after: '579' })
})

t.test('a title that is too long for a line breaks where the sense allows it, in lines of like length', async (t) => {
  const table: [string, string[]][] = [
    ['示例的报告', ['示例的报告']],
    ['关于2026年度“江苏精品”认证工作情况的报告', ['关于2026年度“江苏精品”', '认证工作情况的报告']],
    [
      '关于2026年第4季度“江苏精品”认证完成质量和数量情况的通报',
      ['关于2026年第4季度“江苏精品”', '认证完成质量和数量情况的通报'],
    ],
    ['示'.repeat(30), ['示'.repeat(30)]],
  ]
  for (const [title, lines] of table) t.same(titleLines(title), lines)
  const { holding } = await written((paper) => paper.title('关于2026年度“江苏精品”认证工作情况的报告'))
  t.equal(holding('江苏精品').match(/<w:br\/>/g)?.length, 1)
})

t.test('number and signer stand on one line above a red line as wide as the text, each one character in', async (t) => {
  const { holding } = await written(report)
  const xml = holding('示例认联')
  t.equal(wordsIn(xml), '示例认联〔2026〕1号签发人：示例人')
  t.same(attributes(xml, 'ind'), { firstLine: '315' })
  t.match(attributes(xml, 'tab'), { val: 'right', pos: '8528' })
  t.match(attributes(xml, 'bottom'), { val: 'single', color: 'FF0000' })
  t.match(xml.slice(xml.indexOf('示例人') - 300), /楷体_GB2312/, 'the name in 楷体')
})

t.test('the annexes are named below the text: 附件：1. and the others below the first number', async (t) => {
  const { holding } = await written(report)
  const [first, second] = [holding('附件：1.示例名录'), holding('2.示例统计表')]
  t.match(attributes(first, 'spacing'), { before: '579' }, 'after an empty line')
  const begin = (xml: string) => (numbers(xml, 'ind').left ?? 0) - (numbers(xml, 'ind').hanging ?? 0)
  t.same([begin(first), begin(second)], [631, 1579], 'two and five characters in')
  t.equal(numbers(first, 'ind').left, numbers(second, 'ind').left, 'long names go on below their beginning')
  t.notMatch(wordsIn(first), /[。；]$/)
})

t.test('the day stands four characters in, the office centred over it and on the page', async (t) => {
  const { holding, paragraphs } = await written(report)
  const day = numbers(holding('2026年12月5日'), 'ind').right ?? 0
  const office =
    numbers(paragraphs.find((xml) => wordsIn(xml) === '国际认证联盟秘书处' && xml.includes('right')) ?? '', 'ind')
      .right ?? 0
  t.equal(day, 1263)
  const middle = (right: number, words: string) => right + (widthInCharacters(words) / 2) * 315.86
  t.ok(Math.abs(middle(day, '2026年12月5日') - middle(office, '国际认证联盟秘书处')) < 2)
  for (const indent of signatureIndents(['示'.repeat(25), '2026年12月5日'])) t.ok(indent >= 0)
})

t.test('an annex begins a page: 附件1 at its left in 黑体, its title in the middle of the third line', async (t) => {
  const { paragraphs, part } = await written(report)
  for (const [number, title] of ['示例名录', '示例统计表'].entries()) {
    const at = paragraphs.findIndex((xml) => wordsIn(xml) === `附件${number + 1}`)
    const [head, named] = [paragraphs[at] ?? '', paragraphs[at + 1] ?? '']
    t.match(head, /<w:pageBreakBefore\/>/)
    t.equal(attributes(head, 'rFonts').eastAsia, '黑体')
    t.same([attributes(head, 'ind'), attributes(head, 'jc')], [{}, {}])
    t.equal(wordsIn(named), title)
    t.match(attributes(named, 'jc'), { val: 'center' })
    t.match(attributes(named, 'spacing'), { before: '579' })
  }
  t.notMatch(part('document.xml'), /w:br w:type="page"/, 'no empty paragraph breaks a page')
})

t.test('pages are numbered — 1 — in 14 pt 宋体, odd right and even left, one character in, 7 mm below', async (t) => {
  const { parts, part } = await written(report)
  t.match(part('settings.xml'), /<w:evenAndOddHeaders\/>/)
  const relations = part('_rels/document.xml.rels')
  for (const [type, side] of [
    ['default', 'right'],
    ['even', 'left'],
  ] as const) {
    const id = new RegExp(`<w:footerReference w:type="${type}" r:id="(\\w+)"`).exec(part('document.xml'))?.[1]
    const relation = relations.match(/<Relationship [^>]*>/g)?.find((each) => each.includes(`Id="${id}"`)) ?? ''
    const footer = parts.get(`word/${/Target="([^"]+)"/.exec(relation)?.[1]}`) ?? ''
    t.same([attributes(footer, 'jc').val, attributes(footer, 'ind')], [side, { [side]: '280' }])
    t.match(footer, /— <\/w:t>.*PAGE.*<w:t[^>]*> —/s)
    t.match(attributes(footer, 'rFonts'), { ascii: '宋体', hAnsi: '宋体', eastAsia: '宋体' })
    t.equal(numbers(footer, 'sz').val, 28)
    t.match(attributes(footer, 'spacing'), { line: '280', lineRule: 'exact' })
  }
  const margin = numbers(part('document.xml'), 'pgMar')
  const dashes = (margin.bottom ?? 0) - (margin.footer ?? 0) - 280 / 2
  t.equal(Math.round(dashes / twips.millimetre), 7)
})

t.test('a table repeats its head on every page and cuts no row in two', async (t) => {
  const { part } = await written(report)
  const rows = part('document.xml').match(/<w:tr>.*?<\/w:tr>/gs) ?? []
  t.same(
    rows.map((row) => [row.includes('<w:tblHeader/>'), row.includes('<w:cantSplit/>')]),
    [
      [true, true],
      [false, true],
    ],
  )
})

t.test('a table without rows says 无', async (t) => {
  const { part } = await written((paper) => paper.table(['甲', '乙'], []))
  t.equal(wordsIn(part('document.xml')), '甲乙无—')
})

t.test('the file bears the title of the document', async (t) => {
  const { parts } = await written(report)
  t.match(parts.get('docProps/core.xml'), '<dc:title>示例的报告</dc:title>')
})

t.test('the imprint lies between two lines at the foot of the last page', async (t) => {
  const { holding } = await written(report)
  const xml = holding('2026年12月5日印发')
  t.match(attributes(xml, 'framePr'), { vAnchor: 'margin', yAlign: 'bottom', w: '8844' })
  t.match(xml, /<w:top w:val="single".*<w:bottom w:val="single"/s)
  t.same(attributes(xml, 'ind'), { left: '280', right: '280' }, 'one character of 14 pt at either side')
  t.equal(numbers(xml, 'sz').val, 28)
})

t.test('every font that is named has others that stand in for it, and none is embedded', async (t) => {
  const { parts, part } = await written(report)
  const everything = [...parts.values()].join('')
  const named = new Set(
    [...everything.matchAll(/w:(?:ascii|hAnsi|eastAsia)="([^"]+)"/g)].map(([, name]) => String(name)),
  )
  named.delete('zh-CN')
  t.same([...named].sort(), ['Times New Roman', '仿宋_GB2312', '宋体', '方正小标宋简体', '楷体_GB2312', '黑体'].sort())
  for (const name of named)
    t.match(part('fontTable.xml'), new RegExp(`<w:font w:name="${name}"><w:altName w:val="[^"]+,[^"]+"/>`), name)
  t.match(part('fontTable.xml'), /仿宋_GB2312"><w:altName w:val="仿宋,FangSong,/)
  t.match(part('_rels/document.xml.rels'), /fontTable\.xml/)
  t.match(parts.get('[Content_Types].xml') ?? '', /fontTable\.xml/)
  t.notMatch(everything, /w:embed(Regular|Bold|Italic)/)
  t.same(
    [...parts.keys()].filter((name) => name.startsWith('word/fonts/')),
    [],
  )
})
