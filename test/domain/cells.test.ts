import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import {
  cleanCell,
  dropInvisible,
  foldDashes,
  foldFullWidth,
  hasControlCharacter,
  isUnstorable,
  looksLikeIdentityCard,
} from '../../src/domain/cells.ts'
import { checkCreditCode, makeCreditCode } from '../../src/domain/credit-code.ts'

const realDataDir = process.env.REAL_DATA_DIR
const skip = realDataDir === undefined ? 'REAL_DATA_DIR is not set' : false

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'Ａ１a1 －／．（）、—苏\u3000\u200B\uFEFF\u00AD\t\n') }),
)

t.test('printable ASCII and the common Chinese characters are what they are', async (t) => {
  const every = Array.from({ length: 0x7f - 0x20 + 0xa000 - 0x4e00 }, (_, index) =>
    String.fromCharCode(index < 0x5f ? 0x20 + index : 0x4e00 + index - 0x5f),
  )
  // Beside a character that is folded, none is passed over unseen.
  const beside = '\u200B'
  for (const fold of [dropInvisible, foldFullWidth, foldDashes, cleanCell]) {
    const changed = every.filter(
      (one) => fold(`a${one}b`) !== `a${one}b` || fold(`a${one}b${beside}`) !== fold(`a${one}b`) + fold(beside),
    )
    t.same(changed, [], fold.name)
  }
})

t.test('a cell is trimmed and read in ordinary width, and its Chinese punctuation stays', async (t) => {
  const table = [
    ['  南京  ', '南京'],
    ['\u3000南京\u00A0\r\n', '南京'],
    ['\uFEFF南\u200B京\u00AD\u200E', '南京'],
    ['南京\u3000玄武', '南京 玄武'],
    ['２０２４', '2024'],
    ['ＡＢＣ公司', 'ABC公司'],
    ['２０２４－０１－０２', '2024-01-02'],
    ['２０２４／１／２', '2024/1/2'],
    ['９９．５', '99.5'],
    ['某某（江苏）有限公司', '某某（江苏）有限公司'],
    ['稻谷、小麦；“精品”', '稻谷、小麦；“精品”'],
    ['甲－乙', '甲－乙'],
    ['GB/T 9704—2012', 'GB/T 9704—2012'],
    ['一行\n二行', '一行\n二行'],
    ['A\u0000', 'A\u0000'],
    ['', ''],
  ] as const
  for (const [text, cell] of table) t.equal(cleanCell(text), cell, JSON.stringify(text))
})

t.test('cleaning a cell twice is the same as once', async () => {
  fc.assert(
    fc.property(anyText, (text) => cleanCell(cleanCell(text)) === cleanCell(text)),
    { numRuns: 1000 },
  )
})

t.test('a cell may hold a tab or a line break but no other control character; an identifier none', async (t) => {
  t.notOk(isUnstorable('一行\r\n二\t行'))
  t.ok(isUnstorable('A\u0000'))
  t.ok(isUnstorable('A\u001F'))
  t.ok(isUnstorable('A\uD800'), 'half a character')
  t.ok(hasControlCharacter('A\tB'))
  t.notOk(hasControlCharacter('A B'))
})

t.test('dashes are dashes, and what only looks like one is not', async (t) => {
  t.equal(foldDashes('‐ ‑ ‒ – — ― − － ﹣ ﹘ ─ ━ ⁃ ˗ ⁻ ➖ ——'), '- - - - - - - - - - - - - - - - -')
  t.equal(foldDashes('〜～・_一丨゠·'), '〜～・_一丨゠·')
  t.equal(foldDashes('サーバー ひーひ 12ー34 ABーC'), 'サーバー ひーひ 12-34 AB-C')
})

// ---- identity cards (R6). The numbers are made up; the second is the example printed in GB 11643.

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

function identityNumber(region: string, birth: string, serial: string): string {
  const first17 = region + birth + serial
  const sum = weights.reduce((total, weight, index) => total + weight * Number(first17[index]), 0)
  return first17 + '10X98765432'[sum % 11]
}

const identityNumbers = fc
  .tuple(
    fc.constantFrom('320102', '110105', '440524', '810000', '911124'),
    fc.date({ min: new Date('1900-01-01'), max: new Date('2024-12-31'), noInvalidDate: true }),
    fc.integer({ min: 0, max: 999 }),
  )
  .map(([region, birth, serial]) =>
    identityNumber(region, birth.toISOString().slice(0, 10).replaceAll('-', ''), String(serial).padStart(3, '0')),
  )

t.test('a cell with an identity number is recognised', async (t) => {
  const table: [string, boolean][] = [
    [identityNumber('320102', '19650101', '001'), true],
    ['11010519491231002X', true],
    ['11010519491231002x', true],
    ['１１０１０５１９４９１２３１００２Ｘ', true],
    ['110105 19491231 002X', true],
    ['110105-19491231-002X', true],
    ['审核员：张三，身份证11010519491231002X。', true],
    ['110105491231002', true], // the old form
    ['110105491331002', false], // no thirteenth month
    ['110105194912310021', false], // wrong check
    ['11010519490229002X', false], // no 29 February in 1949
    [identityNumber('990105', '19491231', '002'), false], // no such province
    ['A11010519491231002X', false], // part of something longer
    ['911010519491231002X', false],
    ['91350100M000100Y43', false],
    ['13912345678', false],
    ['CNCA-R-2002-001', false],
    ['', false],
  ]
  for (const [text, expected] of table) t.equal(looksLikeIdentityCard(text), expected, text)
})

t.test('every well-formed identity number is recognised, typed wide or with spaces', async () => {
  const wide = (text: string) => text.replace(/[0-9X]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))
  fc.assert(
    fc.property(
      identityNumbers,
      (number) =>
        looksLikeIdentityCard(number) &&
        looksLikeIdentityCard(wide(number)) &&
        looksLikeIdentityCard(`${number.slice(0, 6)}\u00A0${number.slice(6, 14)} ${number.slice(14)}`),
    ),
  )
})

t.test('a credit code with a letter before its end is never taken for an identity number', async () => {
  const characters = (count: number, alphabet: string) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength: count, maxLength: count })
  const regions = fc.integer({ min: 110000, max: 829999 }).map(String)
  const organisations = fc
    .tuple(characters(4, '0123456789'), characters(1, 'ABCDEFGHJKLMNPQRTUWXY'), characters(3, '0123456789'))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      fc.constantFrom('91', '92', '93', '52', '12'),
      regions,
      organisations,
      (registrar, region, organisation) => {
        return !looksLikeIdentityCard(makeCreditCode(registrar, region, organisation))
      },
    ),
  )
})

t.test('a code of digits alone can be right as both, so the caller exempts the column of credit codes', async (t) => {
  const days = Array.from({ length: 28 }, (_, index) => String(index + 1).padStart(2, '0'))
  const serials = Array.from({ length: 100 }, (_, index) => String(index).padStart(2, '0'))
  const codes = days.flatMap((day) => serials.map((serial) => makeCreditCode('91', '320119', `6501${day}${serial}`)))
  const both = codes.filter(looksLikeIdentityCard)
  t.ok(both.length > 0, `${both[0]} and ${both.length - 1} more of ${codes.length} made to look like birth dates`)
  t.ok(both.every((code) => checkCreditCode(code).ok && /^[0-9]{17}[0-9X]$/.test(code)))
})

t.test('no cell of the real certificates reads as an identity number', { skip }, async (t) => {
  const rows: Record<string, string>[] = parse(
    readFileSync(join(realDataDir ?? '', 'real-certificates-10k.csv'), 'utf8'),
    { columns: true, bom: true },
  )
  const cells = rows.flatMap((row) => Object.values(row))
  t.ok(cells.length > 100_000)
  t.same(cells.filter(looksLikeIdentityCard), [])
})
