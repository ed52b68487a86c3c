import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import { parseApprovalNumber } from '../../src/domain/approval-number.ts'
import {
  type CertificateNumberFailure,
  checkCertificateNumber,
  normaliseCertificateNumber,
} from '../../src/domain/certificate-number.ts'
import { checkCreditCode, makeCreditCode } from '../../src/domain/credit-code.ts'
import { normaliseStandardNumber } from '../../src/domain/standard-number.ts'

const realDataDir = process.env.REAL_DATA_DIR
const skip = realDataDir === undefined ? 'REAL_DATA_DIR is not set' : false

const creditAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const creditCharacters = (count: number) =>
  fc.string({ unit: fc.constantFrom(...creditAlphabet), minLength: count, maxLength: count })
const regions = fc
  .tuple(fc.integer({ min: 11, max: 82 }), fc.integer({ min: 0, max: 9999 }))
  .map(([province, rest]) => `${province}${String(rest).padStart(4, '0')}`)
const creditCodes = fc
  .tuple(creditCharacters(2), regions, creditCharacters(8))
  .map(([registrar, region, organisation]) => makeCreditCode(registrar, region, organisation))

/** Any text of Unicode, and text made of the characters that normalising is about, which chance seldom brings together. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'aß1Ａ１ -–—－ー々カｶﾞﾊﾟ/:()（）苏\u0301\u0345\u3000\u200B\u00AD\t\n') }),
)

/** The planes above are private use, unassigned, or tags that print nothing. */
function everyCharacter(): string[] {
  return Array.from({ length: 0x33480 }, (_, codePoint) => String.fromCodePoint(codePoint))
}

// ---- unified social credit codes (R5, GB 32100-2015, GB 11714)

t.test('published and fictional credit codes whose checks hold are accepted', async (t) => {
  const codes = [
    ['91350100M000100Y43', 'letters in the organisation part'],
    ['914403001922038216', 'digits only'],
    ['91440300708461136T', 'a letter as the last check'],
    ['9132070070404786XB', 'X as the organisation check'],
  ] as const
  for (const [code, note] of codes) t.same(checkCreditCode(code), { ok: true, code }, note)
})

t.test('a credit code may be typed with spaces, full-width or lower case', async (t) => {
  for (const text of [
    '91350100m000100y43',
    '９１３５０１００Ｍ０００１００Ｙ４３',
    ' 9135 0100 M000 100Y 43　',
    '\uFEFF91350100\u200BM000100Y43\u200E',
  ])
    t.same(checkCreditCode(text), { ok: true, code: '91350100M000100Y43' }, text)
})

t.test('a refused credit code is told with the place and the expected character', async (t) => {
  const table = [
    // text, code, position, expected
    ['', 'credit_code_length', 1, null],
    ['91350100M000100Y4', 'credit_code_length', 18, null],
    ['91350100M000100Y433', 'credit_code_length', 19, null],
    ['320102196501010018320102196501010018', 'credit_code_length', 19, null],
    ['9135O100M000100Y43', 'credit_code_character', 5, null],
    ['9135-100M000100Y43', 'credit_code_character', 5, null],
    ['91350100M000100Z43', 'credit_code_character', 16, null],
    ['91350\u0000100M00100Y43', 'credit_code_character', 6, null],
    ['91A50100M000100Y43', 'credit_code_region', 3, null],
    ['9135010XM000100Y43', 'credit_code_region', 8, null],
    ['91350100M000100Y53', 'credit_code_organisation_check', 17, '4'],
    ['9132070070404786AB', 'credit_code_organisation_check', 17, 'X'],
    ['91320700704047806B', 'credit_code_organisation_check', 17, '0'],
    ['91350100M000100Y44', 'credit_code_check', 18, '3'],
    ['91530100M000100Y43', 'credit_code_check', 18, '8'], // two digits of the region exchanged
    ['000000000000000000', 'credit_code_region', 3, null],
  ] as const
  for (const [text, code, position, expected] of table)
    t.match(checkCreditCode(text), { ok: false, code, position, expected }, JSON.stringify(text))
})

t.test('a code of an abolished county stays valid', async (t) => {
  // 320102 is today's 玄武区; 320103 was 白下区, abolished in 2013.
  t.match(checkCreditCode(makeCreditCode('91', '320103', '12345678')), { ok: true })
})

t.test('a made credit code passes, and normalising it changes nothing', async () => {
  fc.assert(
    fc.property(creditCodes, (code) => {
      const check = checkCreditCode(code)
      return check.ok && check.code === code
    }),
  )
})

t.test('parts that make no credit code are refused loudly', async (t) => {
  t.throws(() => makeCreditCode('9', '1320102', '12345678'), RangeError)
  t.throws(() => makeCreditCode('91', '32010', '123456789'), RangeError)
  t.throws(() => makeCreditCode('91', '320102', '1234567I'), RangeError)
})

t.test('any single changed character of a credit code is detected', async () => {
  fc.assert(
    fc.property(creditCodes, fc.nat(17), fc.constantFrom(...creditAlphabet), (code, index, other) => {
      fc.pre(code[index] !== other)
      return !checkCreditCode(code.slice(0, index) + other + code.slice(index + 1)).ok
    }),
  )
})

t.test('two neighbouring characters of a credit code in the wrong order are detected', async () => {
  fc.assert(
    fc.property(creditCodes, fc.nat(16), (code, index) => {
      const [left, right] = [code.charAt(index), code.charAt(index + 1)]
      fc.pre(left !== right)
      return !checkCreditCode(code.slice(0, index) + right + left + code.slice(index + 2)).ok
    }),
  )
})

t.test('the expected last character mends a credit code', async () => {
  fc.assert(
    fc.property(creditCodes, fc.constantFrom(...creditAlphabet), (code, other) => {
      const check = checkCreditCode(code.slice(0, 17) + other)
      return check.ok || checkCreditCode(check.normalised.slice(0, 17) + check.expected).ok
    }),
  )
})

// ---- CNCA approval numbers (R5)

t.test('approval numbers are read however they are typed', async (t) => {
  const table = [
    ['CNCA-R-2002-001', 'CNCA-R-2002-001'],
    ['CNCA-RF-2002-07', 'CNCA-RF-2002-07'],
    ['cnca-r-2024-1234', 'CNCA-R-2024-1234'],
    [' ＣＮＣＡ－Ｒ－２００２－００１　', 'CNCA-R-2002-001'],
    ['CNCA—R—2002—001', 'CNCA-R-2002-001'],
    ['CNCA——R——2002——001', 'CNCA-R-2002-001'],
    ['CNCA – R – 2002 – 001', 'CNCA-R-2002-001'],
    ['CNCA\u2011R\u22122002\u2010001\u200B', 'CNCA-R-2002-001'],
    ['', undefined],
    ['CNCA-R-2002-1', undefined],
    ['CNCA-R-2002-12345', undefined],
    ['CNCA-R-1802-001', undefined],
    ['CNCA-X-2002-001', undefined],
    ['CNCA-R-2002-001 CNCA-RF-2002-07', undefined],
    ['批准号CNCA-R-2002-001', undefined],
    ['CNCA-R-2002-00١', undefined],
  ] as const
  for (const [text, number] of table) t.equal(parseApprovalNumber(text), number, text)
})

// ---- certificate numbers (R4)

t.test('certificate numbers that people type differently become the same', async (t) => {
  const table = [
    ['jsjp-2024-0001', 'JSJP-2024-0001'],
    ['JSJP 2024 0001', 'JSJP20240001'],
    ['ＪＳＪＰ－２０２４－０００１', 'JSJP-2024-0001'],
    ['苏精品（2024）001', '苏精品(2024)001'],
    ['苏精品(二〇二四)001', '苏精品(二〇二四)001'],
    ['JSJP–2024—0001', 'JSJP-2024-0001'],
    ['JSJP——2024──0001', 'JSJP-2024-0001'],
    ['JSJP−2024‐0001‑1―2﹣3－4', 'JSJP-2024-0001-1-2-3-4'],
    ['JSJP--2024', 'JSJP--2024'],
    ['CN12ー34', 'CN12-34'],
    ['サーバー12', 'サーバー12'],
    ['第一-1', '第一-1'],
    ['\u200BJSJP\u00AD2024\u2060\uFEFF', 'JSJP2024'],
    ['\r\nJSJP-1\t', 'JSJP-1'],
    ['JSJP\u00A01\u30002', 'JSJP12'],
    ['Zażółć/1', 'ZAŻÓŁĆ/1'],
    ['e\u200B\u0301-1', 'É-1'],
    ['№1', 'NO1'],
  ] as const
  for (const [text, number] of table) t.same(checkCertificateNumber(text), { ok: true, number }, text)
})

t.test('malformed certificate numbers are told apart', async (t) => {
  const character = 'certificate_number_character'
  const table: [string, Partial<CertificateNumberFailure>][] = [
    ['', { code: 'certificate_number_empty' }],
    [' \u3000\u200B', { code: 'certificate_number_empty' }],
    ['—', { code: 'certificate_number_empty' }],
    ['A'.repeat(65), { code: 'certificate_number_too_long' }],
    ['A 1; B', { code: character, character: ';', position: 3 }],
    ['A:1', { code: character, character: ':', position: 2 }],
    ['A\u00001', { code: character, character: '\u0000', position: 2 }],
    ['A\t1', { code: character, character: '\t', position: 2 }],
    ['A\n1', { code: character, character: '\n', position: 2 }],
    ['001〜005', { code: character, character: '〜', position: 4 }],
    ['苏精品〔2024〕1', { code: character, character: '〔', position: 4 }],
    ["A'1", { code: character, character: "'", position: 2 }],
    ['𠮷😀', { code: character, character: '😀', position: 2 }],
    ['A\uD800', { code: character, character: '\uD800', position: 2 }],
    ['١٢٣', { code: character, character: '١', position: 1 }],
    ['A%', { code: character, character: '%', position: 2 }],
  ]
  for (const [text, failure] of table)
    t.match(checkCertificateNumber(text), { ok: false, ...failure }, JSON.stringify(text))
})

t.test('the longest certificate number has 64 characters after normalising', async (t) => {
  t.match(checkCertificateNumber('A'.repeat(64)), { ok: true })
  t.match(checkCertificateNumber('𠮷'.repeat(64)), { ok: true })
  t.match(checkCertificateNumber(' A'.repeat(64)), { ok: true })
})

t.test('normalising a certificate number twice is the same as once', async (t) => {
  const twice = (text: string) => normaliseCertificateNumber(normaliseCertificateNumber(text))
  fc.assert(
    fc.property(anyText, (text) => twice(text) === normaliseCertificateNumber(text)),
    { numRuns: 1000 },
  )
  const restless = everyCharacter().filter((text) => twice(text) !== normaliseCertificateNumber(text))
  t.same(restless, [], 'for every character of Unicode')
})

t.test('an accepted certificate number is its own normal form', async () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const check = checkCertificateNumber(text)
      return !check.ok || checkCertificateNumber(check.number).ok
    }),
  )
})

t.test('case, spaces and dashes never tell two certificate numbers apart', async () => {
  const numbers = fc.stringMatching(/^[A-Z0-9/._-]{1,20}$/)
  fc.assert(
    fc.property(numbers, fc.constantFrom('-', '–', '‐', '‑', '−', '－', '﹣'), (number, dash) => {
      const typed = [...number.toLowerCase().replaceAll('-', dash)].join(' ')
      return normaliseCertificateNumber(typed) === number
    }),
  )
})

t.test('real certificate numbers are well formed but for those listed', { skip }, async (t) => {
  const rows: { certificate_no: string }[] = parse(
    readFileSync(join(realDataDir ?? '', 'real-certificates-10k.csv'), 'utf8'),
    { columns: true, bom: true },
  )
  const checks = rows.map((row) => checkCertificateNumber(row.certificate_no))
  t.ok(checks.length > 10_000)
  t.same(
    checks.filter((check) => !check.ok),
    [
      {
        ok: false,
        code: 'certificate_number_character',
        character: ';',
        position: 26,
        normalised: 'TNPKZRINIG/0104/4284/2016;TNPKZRINIG/0104/4284/2016-001',
      },
    ],
    'two numbers in one cell',
  )
})

// ---- standard numbers (R5)

t.test('standard numbers are written as they are printed', async (t) => {
  const table = [
    ['GB/T 9704—2012', 'GB/T 9704-2012'],
    ['gb/t9704-2012', 'GB/T 9704-2012'],
    ['ＧＢ／Ｔ　９７０４－２０１２', 'GB/T 9704-2012'],
    ['GB / T 9704 — 2012', 'GB/T 9704-2012'],
    ['GB/T  9704──2012', 'GB/T 9704-2012'],
    ['GB9706.1-2020', 'GB 9706.1-2020'],
    ['JB/T10391-2008', 'JB/T 10391-2008'],
    ['DB32/T1234-2020', 'DB32/T 1234-2020'],
    ['DB3201/T 12-2020', 'DB3201/T 12-2020'],
    ['DB32 1234-2020', 'DB32 1234-2020'],
    ['DBS32/003-2014', 'DBS32/003-2014'],
    ['T/XXX 012—2024', 'T/XXX 012-2024'],
    ['t/xxx012-2024', 'T/XXX 012-2024'],
    ['Q/XXX 001-2024', 'Q/XXX 001-2024'],
    ['Q/XXX001-2024', 'Q/XXX 001-2024'],
    ['Q/JS01A 001-2024', 'Q/JS01A 001-2024'],
    ['Q/JS01 001-2024', 'Q/JS01 001-2024'],
    ['Q/320102ABC01-2024', 'Q/320102ABC01-2024'],
    ['ISO 9001：2015', 'ISO 9001:2015'],
    ['iso9001:2015', 'ISO 9001:2015'],
    ['ISO/IEC17065', 'ISO/IEC 17065'],
    ['IEC 60335-1', 'IEC 60335-1'],
    ['EN50131-1', 'EN 50131-1'],
    ['ASTM D638-14', 'ASTM D638-14'],
    ['\uFEFFGB/T\u00A09704-2012\u200B', 'GB/T 9704-2012'],
  ] as const
  for (const [text, number] of table) t.equal(normaliseStandardNumber(text), number, text)
})

t.test('an empty, overlong or broken standard number is none', async (t) => {
  for (const text of ['', ' \u3000', 'GB/T 1\nGB/T 2', 'GB/T\t1', 'GB\u0000', `GB ${'1'.repeat(62)}`])
    t.equal(normaliseStandardNumber(text), undefined, JSON.stringify(text.slice(0, 12)))
})

t.test('normalising a standard number twice is the same as once', async () => {
  const likely = fc.string({ unit: fc.constantFrom(...'gbGBTDS /-—:：.0129 Ａ１　ー') })
  fc.assert(
    fc.property(fc.oneof(anyText, likely), (text) => {
      const once = normaliseStandardNumber(text)
      return once === undefined || normaliseStandardNumber(once) === once
    }),
    { numRuns: 5000 },
  )
})
