import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateRawSync } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import ExcelJS from 'exceljs'
import t, { type Test } from 'tap'
import { batchRowsMax } from '../../src/intake/format.ts'
import { type OpenRowsOptions, openRows, type RawRow, UnreadableFile } from '../../src/intake/rows.ts'

type Content = string | Uint8Array

async function fileOf(t: Test, name: string, content: Content): Promise<string> {
  const path = join(t.testdir({}), name)
  await writeFile(path, content)
  return path
}

async function readAll(path: string, options: OpenRowsOptions = {}) {
  const source = await openRows(path, options)
  const rows: RawRow[] = []
  for await (const batch of source.batches) {
    if (batch.length > batchRowsMax) throw new Error(`a batch of ${batch.length} rows`)
    rows.push(...batch)
  }
  return { source, rows }
}

async function rowsOf(t: Test, name: string, content: Content, options: OpenRowsOptions = {}) {
  return (await readAll(await fileOf(t, name, content), options)).rows
}

/** Each row in short: its number and its cells, or the code of its problem. */
function inShort(rows: readonly RawRow[]): string[] {
  return rows.map((row) => `${row.rowNumber} ${row.problem?.code ?? Object.values(row.cells).join('|')}`)
}

/** The code of the UnreadableFile that opening or reading ends with; 'none' when all goes well. */
async function codeOf(path: string, options: OpenRowsOptions = {}): Promise<string> {
  try {
    await readAll(path, options)
    return 'none'
  } catch (error) {
    if (error instanceof UnreadableFile) return error.code
    throw error
  }
}

/** GB18030 bytes, from a table made by decoding every two-byte code and, for the rest, by their four-byte position. */
function gb18030(text: string): Buffer {
  const decoder = new TextDecoder('gb18030')
  const table = new Map<string, number[]>()
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      if (trail !== 0x7f && character.length === 1) table.set(character, [lead, trail])
    }
  }
  const bytes = [...text].flatMap((character) => {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) return [code]
    return table.get(character) ?? fourBytes(code - 0x10000)
  })
  return Buffer.from(bytes)
}

function fourBytes(position: number): number[] {
  const tail = [Math.floor(position / 10) % 126, position % 10]
  const lead = Math.floor(position / 12_600)
  return [0x90 + lead, 0x30 + (Math.floor(position / 1260) % 10), 0x81 + (tail[0] ?? 0), 0x30 + (tail[1] ?? 0)]
}

type Part = { name: string; text: string; declaredBytes?: number }

/** A zip made by hand, to hold what no honest writer would write. */
function zipOf(parts: readonly Part[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, text, declaredBytes } of parts) {
    const packed = deflateRawSync(text)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(8, 4)
    fields.writeUInt32LE(crc32(text), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(declaredBytes ?? Buffer.byteLength(text), 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name)]))
    locals.push(local)
    at += local.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, list, end])
}

const directoryMark = 'PK\x01\x02'

/** Sets bits in a field of the first part's entry in the list of parts. */
function withBits(zip: Buffer, fieldAt: number, bits: number): Buffer {
  const at = zip.indexOf(directoryMark) + fieldAt
  zip.writeUInt16LE(zip.readUInt16LE(at) | bits, at)
  return zip
}

/** A zip whose list of parts is said to stand at a place that no file reaches. */
function zipBeyondBounds(position: bigint): Buffer {
  const locator = Buffer.alloc(20)
  locator.write('PK\x06\x07', 'latin1')
  locator.writeBigUInt64LE(position, 8)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  return Buffer.concat([Buffer.from('PK\x03\x04'), locator, end])
}

const relation = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`

/** The parts of a workbook with one sheet; the sheet stands first, before what is needed to read it. */
function workbookParts(sheetData: string, strings = '', declaredBytes?: number): Part[] {
  const strange = { name: 'xl/sharedStrings.xml', text: `<sst>${strings}</sst>` }
  return [
    {
      name: 'xl/worksheets/blatt.xml',
      text: `<?xml version="1.0"?><x:worksheet xmlns:x="m">${sheetData}</x:worksheet>`,
    },
    {
      name: '_rels/.rels',
      text: `<Relationships>${relation('a', 'officeDocument', '/xl/workbook.xml')}</Relationships>`,
    },
    { name: 'xl/workbook.xml', text: '<workbook><sheets><sheet name="a > b" r:id="r1"/></sheets></workbook>' },
    {
      name: 'xl/_rels/workbook.xml.rels',
      text: `<Relationships>${relation('r1', 'worksheet', 'worksheets/blatt.xml')}${relation('r2', 'styles', 'styles.xml')}${relation('r3', 'sharedStrings', 'sharedStrings.xml')}</Relationships>`,
    },
    {
      name: 'xl/styles.xml',
      text: '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="31"/></cellXfs></styleSheet>',
    },
    declaredBytes === undefined ? strange : { ...strange, declaredBytes },
  ]
}

async function workbookFile(t: Test, fill: (workbook: ExcelJS.Workbook) => void): Promise<string> {
  const workbook = new ExcelJS.Workbook()
  fill(workbook)
  const path = join(t.testdir({}), 'rows.xlsx')
  await workbook.xlsx.writeFile(path)
  return path
}

t.test('a CSV file', async (t) => {
  t.test('comes as rows under its column names, numbered as in a sheet', async (t) => {
    const { source, rows } = await readAll(await fileOf(t, 'a.csv', 'number,holder\nA-1,江苏\nA-2, x \n'))
    t.equal(source.format, 'csv')
    t.equal(source.encoding, 'utf-8')
    t.strictSame(source.columns, ['number', 'holder'])
    t.equal(source.bytesRead(), source.bytesTotal)
    t.strictSame(rows, [
      { rowNumber: 2, cells: { number: 'A-1', holder: '江苏' } },
      { rowNumber: 3, cells: { number: 'A-2', holder: ' x ' } },
    ])
  })

  t.test('may have its columns in any order, and a byte order mark', async (t) => {
    const rows = await rowsOf(t, 'a.csv', '\ufeffholder,number\r\n江苏,A-1\r\n')
    t.strictSame(rows, [{ rowNumber: 2, cells: { holder: '江苏', number: 'A-1' } }])
  })

  for (const [name, delimiter] of [
    ['comma', ','],
    ['semicolon', ';'],
    ['tab', '\t'],
  ] as const) {
    t.test(`may be separated by ${name}`, async (t) => {
      const content = stringify(
        [
          ['a', 'b', 'c'],
          ['1,5;x\ty', '"q"', 'line\nline'],
        ],
        { delimiter },
      )
      const rows = await rowsOf(t, 'a.csv', content)
      t.strictSame(rows, [{ rowNumber: 2, cells: { a: '1,5;x\ty', b: '"q"', c: 'line\nline' } }])
    })
  }

  t.test('counts records: a quoted line break does not count, a blank line does', async (t) => {
    const rows = await rowsOf(t, 'a.csv', 'a,b\r\n1,"x\r\ny"\r\n\r\n,\r\n2,z\r\n')
    t.strictSame(inShort(rows), ['2 1|x\r\ny', '5 2|z'])
  })

  t.test('may end its lines as old Macs did', async (t) => {
    t.strictSame(inShort(await rowsOf(t, 'a.csv', 'a,b\r1,2\r"3\r",4')), ['2 1|2', '3 3\r|4'])
  })

  t.test('may have a title over the header and empty columns at its end', async (t) => {
    const { source, rows } = await readAll(await fileOf(t, 'a.csv', '证书汇总表,,,\n编号,名称,,\nA-1,x,,\nA-2,y\n'))
    t.strictSame(source.columns, ['编号', '名称'])
    t.strictSame(inShort(rows), ['3 A-1|x', '4 A-2|y'])
  })

  t.test('may have a single column', async (t) => {
    t.strictSame(inShort(await rowsOf(t, 'a.csv', 'number\nA-1\nA-2')), ['2 A-1', '3 A-2'])
  })

  t.test('has its column names cleaned, its cells not', async (t) => {
    const { source, rows } = await readAll(
      await fileOf(t, 'a.csv', '\u200b Ｎｏ． \u3000,"证书\n编号",__proto__\n\u3000１\u0000,\u200bx,\n'),
    )
    t.strictSame(source.columns, ['No.', '证书编号'])
    t.strictSame(rows[0]?.cells, { 'No.': '\u3000１\u0000', 证书编号: '\u200bx' })
  })

  t.test('tells rows with too many or too few cells, and reads the others', async (t) => {
    const rows = await rowsOf(t, 'a.csv', 'a,b\n1,2,3\n4\n5,6\n7,8,\n')
    t.strictSame(inShort(rows), ['2 row_too_many_cells', '3 row_unreadable', '4 5|6', '5 7|8'])
    t.match(rows[0], { cells: { a: '1', b: '2' }, problem: { detail: 'cell 3 has no column name above it' } })
    t.match(rows[1], { cells: { a: '4', b: '' }, problem: { detail: '1 cells, but 2 columns' } })
  })

  t.test('loses one row only to a quote that is never closed', async (t) => {
    t.strictSame(inShort(await rowsOf(t, 'a.csv', 'a,b\n1,"x\n2,y\n3,z')), ['2 row_unreadable', '3 2|y', '4 3|z'])
  })

  t.test('loses one row only to a quote that is closed by one of a later row', async (t) => {
    const rows = await rowsOf(t, 'a.csv', 'a,b\n1,"x\n2,y\n3,"z, Z"\n4,""\n5,w')
    t.strictSame(inShort(rows), ['2 row_unreadable', '3 2|y', '4 3|z, Z', '5 4|', '6 5|w'])
  })

  t.test('keeps a quote in the middle of a cell, and refuses text after a closing one', async (t) => {
    const rows = await rowsOf(t, 'a.csv', 'a,b\n1,5" pipe\n2,"x"y\n3,"say ""hi"""\n')
    t.strictSame(inShort(rows), ['2 1|5" pipe', '3 row_unreadable', '4 3|say "hi"'])
  })

  t.test('tells the column of a cell that is too long', async (t) => {
    const rows = await rowsOf(t, 'a.csv', 'a,b\n1,xxxxxx\n2,y', { cellCharactersMax: 5 })
    t.match(rows[0], { problem: { code: 'cell_too_long', column: 'b' }, cells: { b: 'xxxxx' } })
    t.strictSame(inShort(rows), ['2 cell_too_long', '3 2|y'])
  })

  t.test('passes over a row without an end in sight', async (t) => {
    const long = 'x'.repeat(3_000_000)
    const rows = await rowsOf(t, 'a.csv', `a,b\n1,${long}\n2,"${long}"\n3,"\n${long}\n4,y\n`)
    const short = ['2 row_unreadable', '3 row_unreadable', '4 row_unreadable', '5 row_unreadable', '6 4|y']
    t.strictSame(inShort(rows), short)
  })

  t.test('takes its time in proportion to its size, whatever its quotes', { timeout: 20_000 }, async (t) => {
    const rows = await rowsOf(t, 'a.csv', `a,b,c\n${'a",b"c,"\n'.repeat(100_000)}`)
    t.equal(rows.length, 100_000)
    t.ok(rows.every((row) => row.problem))
  })

  t.test('comes in batches of so many rows at most, and stops at the most rows allowed', async (t) => {
    const path = await fileOf(t, 'a.csv', `a,b\n${'1,2\n'.repeat(5000)}`)
    const { rows } = await readAll(path, { rowsMax: 5000 })
    t.equal(rows.length, 5000)
    t.equal(rows.at(-1)?.rowNumber, 5001)
    t.equal(await codeOf(path, { rowsMax: 4999 }), 'rows_too_many')
  })

  t.test('can be left in the middle, or before the first row', async (t) => {
    const path = await fileOf(t, 'a.csv', `a,b\n${'1,2\n'.repeat(500_000)}`)
    const left = await openRows(path)
    for await (const batch of left.batches) {
      t.ok(batch.length > 0)
      break
    }
    t.ok(left.bytesRead() < left.bytesTotal)
    await left.close()
    const unread = await openRows(path)
    await unread.close()
  })
})

t.test('text', async (t) => {
  t.test('may be GB18030, with characters of one, two and four bytes across every boundary', async (t) => {
    const holder = '江苏省质量认证联盟€𠀀'
    const path = await fileOf(t, 'a.csv', gb18030(`编号,持证人\n${`A-1,${holder}\n`.repeat(30_000)}`))
    const { source, rows } = await readAll(path)
    t.equal(source.encoding, 'gb18030')
    t.strictSame(source.columns, ['编号', '持证人'])
    t.equal(rows.length, 30_000)
    t.ok(rows.every((row) => row.cells.持证人 === holder))
  })

  t.test('may be UTF-8 with characters across every boundary', async (t) => {
    const rows = await rowsOf(t, 'a.csv', `编号,持证人\n${'A-1,江苏𠀀é\n'.repeat(60_000)}`)
    t.ok(rows.every((row) => row.cells.持证人 === '江苏𠀀é'))
  })

  t.test('may be GB18030 in NDJSON', async (t) => {
    const { source, rows } = await readAll(await fileOf(t, 'a.ndjson', gb18030('{"名称":"江苏"}\n')))
    t.equal(source.encoding, 'gb18030')
    t.strictSame(inShort(rows), ['1 江苏'])
  })

  const damagedUtf8 = Buffer.from(`编号,名称\n${'A-1,江苏省质量认证联盟\n'.repeat(50)}`)
  damagedUtf8[40] = 0xff
  const table: [name: string, content: Buffer, code: string][] = [
    ['Latin-1', Buffer.from('a,b\ncaf\xe9,1\n', 'latin1'), 'encoding_unknown'],
    ['UTF-8 with a damaged byte', damagedUtf8, 'encoding_unknown'],
    ['UTF-8 cut in the middle of a character', Buffer.from('编号,名称\n1,江苏').subarray(0, -1), 'encoding_unknown'],
    ['GB18030 cut in the middle of a character', gb18030('编号,名称\n1,江苏').subarray(0, -1), 'encoding_unknown'],
    ['UTF-16', Buffer.from('\ufeffa,b\n编,1\n', 'utf16le'), 'encoding_unsupported'],
    ['noise', Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x81, 0xff, 0x00, 0x41]), 'encoding_unknown'],
  ]
  for (const [name, content, code] of table) {
    t.test(`that is ${name} is refused as ${code}`, async (t) => {
      t.equal(await codeOf(await fileOf(t, 'a.csv', content)), code)
    })
  }
})

t.test('a file without rows to speak of', async (t) => {
  const table: [name: string, file: string, content: Content, code: string][] = [
    ['nothing', 'a.csv', '', 'file_empty'],
    ['nothing but blank lines', 'a.csv', '\n \r\n', 'file_empty'],
    ['nothing but commas', 'a.csv', ',,\n,,\n', 'header_missing'],
    ['a broken header', 'a.csv', '"a"x,b\n1,2\n', 'header_missing'],
    ['two columns with one name', 'a.csv', 'a,b,Ａ ,ａ\n1,2,3,4\n', 'column_duplicated'],
    ['a text called .xlsx', 'a.xlsx', 'a,b\n1,2\n', 'not_a_workbook'],
    ['a zip that is no workbook', 'a.xlsx', zipOf([{ name: 'a.txt', text: 'hello' }]), 'not_a_workbook'],
    ['the beginning of a workbook', 'a.xlsx', zipOf(workbookParts('')).subarray(0, 300), 'workbook_damaged'],
    ['an old Excel file', 'a.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'format_unsupported'],
    ['a PDF', 'a.csv', '%PDF-1.7', 'format_unsupported'],
    ['a web page', 'a.xls', '<html><table>', 'format_unsupported'],
    ['a JSON array', 'a.json', '[{"a":1}]', 'format_unsupported'],
  ]
  for (const [name, file, content, code] of table) {
    t.test(`is refused: ${name} is ${code}`, async (t) => {
      t.equal(await codeOf(await fileOf(t, file, content)), code)
    })
  }

  t.test('is refused: more columns than allowed', async (t) => {
    t.equal(await codeOf(await fileOf(t, 'a.csv', 'a,b,c\n'), { columnsMax: 2 }), 'columns_too_many')
  })

  t.test('is refused: a sheet with more columns than allowed', async (t) => {
    const path = await workbookFile(t, (workbook) => {
      workbook.addWorksheet('a').addRow(['a', 'b', 'c'])
    })
    t.equal(await codeOf(path, { columnsMax: 2 }), 'columns_too_many')
  })

  t.test('is told from a header without rows, which is fine', async (t) => {
    t.strictSame(await rowsOf(t, 'a.csv', 'a,b\n'), [])
  })

  t.test('is told from a file that is not there', async (t) => {
    await t.rejects(openRows(join(t.testdir({}), 'none.csv')), { code: 'ENOENT' })
  })
})

t.test('the format', async (t) => {
  t.test('is told by content before name', async (t) => {
    t.equal((await readAll(await fileOf(t, 'a.csv', ' {"a":1}\n'))).source.format, 'ndjson')
    t.equal((await readAll(await fileOf(t, 'a.jsonl', 'oops\n{"a":1}\n'))).source.format, 'ndjson')
    t.equal((await readAll(await fileOf(t, 'upload', 'a,b\n1,2\n'))).source.format, 'csv')
    const path = await fileOf(
      t,
      'a.csv',
      zipOf(workbookParts('<sheetData><row><c t="str"><v>a</v></c></row></sheetData>')),
    )
    t.equal((await readAll(path)).source.format, 'xlsx')
  })

  t.test('may be given instead', async (t) => {
    t.equal((await readAll(await fileOf(t, 'a', '{x},b\n1,2\n'), { format: 'csv' })).source.format, 'csv')
    t.equal(await codeOf(await fileOf(t, 'a', 'a,b\n'), { format: 'xlsx' }), 'not_a_workbook')
    t.equal(await codeOf(await fileOf(t, 'a', zipOf(workbookParts(''))), { format: 'csv' }), 'format_unsupported')
  })
})

t.test('an NDJSON file', async (t) => {
  t.test('comes as rows numbered by line, whatever the order of the keys', async (t) => {
    const { source, rows } = await readAll(await fileOf(t, 'a.ndjson', '\ufeff{"a":"1","b":"2"}\r\n\n{"b":"4"}'))
    t.strictSame(rows, [
      { rowNumber: 1, cells: { a: '1', b: '2' } },
      { rowNumber: 3, cells: { b: '4' } },
    ])
    t.strictSame(source.columns, ['a', 'b'])
  })

  t.test('does not know its columns before the first rows', async (t) => {
    const source = await openRows(await fileOf(t, 'a.ndjson', '{"a":1}'))
    t.equal(source.columns, null)
    await source.close()
  })

  t.test('has every value as text', async (t) => {
    const line =
      '{" Ｎｏ ":1e-7,"yes":true,"none":null,"x":{"y":{"z":-1.5}},"list":["a",2,null],"big":9007199254740991}'
    const rows = await rowsOf(t, 'a.ndjson', line)
    const cells = { No: '0.0000001', yes: 'true', none: '', 'x.y.z': '-1.5', list: 'a;2;', big: '9007199254740991' }
    t.strictSame(rows, [{ rowNumber: 1, cells }])
  })

  const table: [name: string, line: string, code: string, column?: string][] = [
    ['a line that is no JSON', '{"a":', 'row_unreadable'],
    ['a list', '[1]', 'row_unreadable'],
    ['null', 'null', 'row_unreadable'],
    ['a text', '"a"', 'row_unreadable'],
    ['a key without a name', '{" ":1}', 'row_unreadable'],
    ['a key that would vanish', '{"__proto__":1}', 'row_unreadable'],
    ['one name for two keys', '{"a.b":1,"a":{"b":2}}', 'row_unreadable', 'a.b'],
    ['a list of objects', '{"a":[{}]}', 'cell_not_text', 'a'],
    ['objects without end', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'cell_not_text', 'a.a.a.a.a.a.a.a'],
    ['a credit code sent as a number', '{"a":913200001347520930}', 'cell_not_text', 'a'],
    ['a number beyond all bounds', '{"a":1e999}', 'cell_not_text', 'a'],
    ['a cell that is too long', `{"a":"${'x'.repeat(40_000)}"}`, 'cell_too_long', 'a'],
    [
      'too many cells',
      JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, i]))),
      'row_too_many_cells',
    ],
    ['a line without end', `{"a":"${'x'.repeat(2_000_000)}"}`, 'row_unreadable'],
  ]
  for (const [name, line, code, column] of table) {
    t.test(`tells ${name} as ${code}, and reads the next line`, async (t) => {
      const rows = await rowsOf(t, 'a.ndjson', `${line}\n{"a":"fine"}\n`)
      t.strictSame(inShort(rows), [`1 ${code}`, '2 fine'])
      t.equal(rows[0]?.problem?.column, column)
    })
  }
})

t.test('a workbook', async (t) => {
  t.test('comes as rows under its column names', async (t) => {
    const path = await workbookFile(t, (workbook) => {
      workbook.addWorksheet('表').addRows([['编号', '名称'], ['A-1', '江苏'], [], [' A-2 ', null], [null, 'x']])
    })
    const { source, rows } = await readAll(path)
    t.equal(source.format, 'xlsx')
    t.equal(source.encoding, null)
    t.strictSame(source.columns, ['编号', '名称'])
    t.equal(source.bytesRead(), source.bytesTotal)
    t.strictSame(inShort(rows), ['2 A-1|江苏', '4  A-2 |', '5 |x'])
  })

  const day = new Date(Date.UTC(2024, 2, 15))
  const moment = new Date(Date.UTC(2024, 2, 15, 14, 30))
  const richText = [{ text: '江' }, { font: { bold: true }, text: '苏' }]
  const values: [name: string, value: ExcelJS.CellValue, format: string, text: string][] = [
    ['a day', day, 'yyyy-mm-dd', '2024-03-15'],
    ['a day in Chinese', day, 'yyyy"年"m"月"d"日";@', '2024-03-15'],
    ['a day with its time shown', moment, 'yyyy/m/d h:mm', '2024-03-15 14:30:00'],
    ['a day with its time not shown', moment, 'yyyy/m/d', '2024-03-15'],
    ['the first day', new Date(Date.UTC(1900, 2, 1)), 'yyyy/m/d', '1900-03-01'],
    ['a day from a formula', { formula: 'TODAY()', result: day as never }, 'yyyy-mm-dd', '2024-03-15'],
    ['a number that looks like a day', 45_366, '0', '45366'],
    ['a number in colour', 45_366, '#,##0;[Red]-#,##0', '45366'],
    ['a number with noise', 0.1 + 0.2, 'General', '0.3'],
    ['a small number', 0.000_000_12, 'General', '0.00000012'],
    ['a negative number', -1234.5, 'General', '-1234.5'],
    ['the longest number that Excel keeps', 123_456_789_012_345, '0', '123456789012345'],
    ['a text of digits', '012345678901234567', '@', '012345678901234567'],
    ['a rich text', { richText }, 'General', '江苏'],
    ['a formula with a number', { formula: '1+1', result: 2 }, 'General', '2'],
    ['a formula with a text', { formula: '"a"&"b"', result: 'ab' }, 'General', 'ab'],
    ['a link', { text: '证书', hyperlink: 'https://example.org' }, 'General', '证书'],
    ['yes', true, 'General', 'true'],
    ['special characters', '<a & "b">\nc', 'General', '<a & "b">\nc'],
  ]
  for (const [name, value, numFmt, text] of values) {
    t.test(`has ${name} as text`, async (t) => {
      const path = await workbookFile(t, (workbook) => {
        const sheet = workbook.addWorksheet('a')
        sheet.addRows([
          ['a', 'b'],
          ['x', value],
        ])
        sheet.getCell('B2').numFmt = numFmt
      })
      t.strictSame((await readAll(path)).rows, [{ rowNumber: 2, cells: { a: 'x', b: text } }])
    })
  }

  t.test('tells error cells and numbers that lost their digits, with their column', async (t) => {
    const path = await workbookFile(t, (workbook) => {
      const error: ExcelJS.CellValue = { error: '#N/A' }
      workbook.addWorksheet('a').addRows([
        ['a', 'b'],
        ['1', error],
        ['2', 913_200_001_347_520_900],
        ['3', 'x'],
        ['4', 'y', 'z'],
      ])
    })
    const { rows } = await readAll(path)
    t.strictSame(inShort(rows), ['2 cell_not_text', '3 cell_not_text', '4 3|x', '5 row_too_many_cells'])
    t.match(rows[0], { problem: { column: 'b', detail: 'the cell shows the error #N/A' } })
    t.match(rows[1], { problem: { column: 'b' }, cells: { a: '2', b: '913200001347520900' } })
  })

  t.test('may have empty rows, a merged title and a merged header above its rows', async (t) => {
    const path = await workbookFile(t, (workbook) => {
      const sheet = workbook.addWorksheet('a')
      sheet.getCell('A3').value = '证书汇总表'
      sheet.mergeCells('A3:C3')
      sheet.getCell('A5').value = '编号'
      sheet.getCell('B5').value = '名称'
      sheet.mergeCells('B5:C5')
      sheet.getCell('A7').value = 'A-1'
      sheet.getCell('B7').value = 'x'
    })
    const { source, rows } = await readAll(path)
    t.strictSame(source.columns, ['编号', '名称'])
    t.strictSame(inShort(rows), ['7 A-1|x'])
  })

  t.test('is read from its first visible sheet with anything in it', async (t) => {
    const path = await workbookFile(t, (workbook) => {
      workbook.addWorksheet('lists', { state: 'hidden' }).addRows([
        ['x', 'y'],
        ['0', '0'],
      ])
      workbook.addWorksheet('empty')
      workbook.addWorksheet('rows').addRows([
        ['a', 'b'],
        ['1', '2'],
      ])
      workbook.addWorksheet('more').addRows([
        ['c', 'd'],
        ['3', '4'],
      ])
    })
    t.strictSame((await readAll(path)).rows, [{ rowNumber: 2, cells: { a: '1', b: '2' } }])
  })

  t.test('may be empty, and is then refused', async (t) => {
    t.equal(await codeOf(await workbookFile(t, (workbook) => workbook.addWorksheet('a'))), 'header_missing')
  })

  t.test('may count its days from 1904', async (t) => {
    const path = await workbookFile(t, (workbook) => {
      workbook.properties.date1904 = true
      const sheet = workbook.addWorksheet('a')
      sheet.addRows([
        ['a', 'b'],
        ['x', day],
      ])
      sheet.getCell('B2').numFmt = 'yyyy-mm-dd'
    })
    t.strictSame(inShort((await readAll(path)).rows), ['2 x|2024-03-15'])
  })

  t.test('may come from a stream writer, with its texts in the sheet', async (t) => {
    const path = join(t.testdir({}), 'a.xlsx')
    const writer = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: path, useSharedStrings: false })
    const sheet = writer.addWorksheet('a')
    sheet.addRow(['编号', '名称']).commit()
    for (let n = 1; n <= 30_000; n += 1) sheet.addRow([`A-${n}`, `江苏认证联盟有限公司第${n}号`]).commit()
    await writer.commit()
    const { rows } = await readAll(path)
    t.equal(rows.length, 30_000)
    t.ok(rows.every(({ rowNumber, cells }) => cells.名称 === `江苏认证联盟有限公司第${rowNumber - 1}号`))
  })

  t.test('may be written in ways that Excel allows and few writers use', async (t) => {
    const strings =
      '<si><t>江苏</t><rPh sb="0" eb="2"><t>jiang su</t></rPh></si><si><r><t>a_x000D_</t></r><r><t xml:space="preserve"> b</t></r></si>'
    const data = `<!-- > --><x:sheetData>
      <x:row><x:c t="inlineStr"><x:is><x:r><x:t>编</x:t></x:r><x:r><x:t>号</x:t></x:r></x:is></x:c><x:c t="str"><x:f>"b"</x:f><x:v>日&#x671F;</x:v></x:c></x:row>
      <x:row r='9'><x:c r='A9' t='s'><x:v>0</x:v></x:c><x:c r='B9' s='1'><x:v>45366</x:v></x:c></x:row>
      <x:row><x:c t="s"><x:v>1</x:v></x:c><x:c s="1"/></x:row>
      <x:row><x:c t="b"><x:v>0</x:v></x:c><x:c t="d"><x:v>2024-03-15T00:00:00</x:v></x:c></x:row>
      <x:row><x:c t="inlineStr"><x:is><x:t>江<![CDATA[<苏>]]></x:t><x:rPh><x:t>jiang</x:t></x:rPh></x:is></x:c><x:c t="str"><x:v><![CDATA[&]]>&amp;</x:v></x:c></x:row>
      <x:row><x:c t="s"><x:v>7</x:v></x:c><x:c><x:v>oops</x:v></x:c></x:row>
    </x:sheetData><x:controls><x:row>9</x:row></x:controls>`
    const { source, rows } = await readAll(await fileOf(t, 'a.xlsx', zipOf(workbookParts(data, strings))))
    t.strictSame(source.columns, ['编号', '日期'])
    const short = ['9 江苏|2024-03-15', '10 a\r b|', '11 false|2024-03-15', '12 江<苏>|&&', '13 cell_not_text']
    t.strictSame(inShort(rows), short)
  })

  const row = '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>'
  const bomb = `<si><t>${'0'.repeat(1000)}</t></si>`.repeat(20_000)
  const broken: [name: string, content: Buffer, code: string][] = [
    ['a bomb that tells its size', zipOf(workbookParts(`<sheetData>${row}</sheetData>`, bomb)), 'workbook_too_large'],
    ['a bomb that lies about its size', zipOf(workbookParts('<sheetData/>', bomb, 100)), 'workbook_too_large'],
    [
      'a sheet of blank rows without end',
      zipOf(workbookParts(`<sheetData>${'<row/>'.repeat(9e6)}</sheetData>`)),
      'workbook_too_large',
    ],
    [
      'entities that would multiply',
      zipOf(workbookParts('<!DOCTYPE a [<!ENTITY b "c">]><sheetData/>')),
      'workbook_damaged',
    ],
    [
      'a sheet that breaks off',
      zipOf(
        workbookParts(`<sheetData>${row}<row><c`).map((part) => ({
          ...part,
          text: part.text.replace('</x:worksheet>', ''),
        })),
      ),
      'workbook_damaged',
    ],
    ['a missing sheet', zipOf(workbookParts('').slice(1)), 'workbook_damaged'],
    ['a part twice', zipOf([...workbookParts(''), ...workbookParts('')]), 'workbook_damaged'],
    ['a password', withBits(zipOf(workbookParts('')), 8, 0x01), 'workbook_encrypted'],
    ['a password, and its names hidden', withBits(zipOf(workbookParts('')), 8, 0x41), 'workbook_encrypted'],
    ['an unknown way of packing', withBits(zipOf(workbookParts('')), 10, 0x04), 'workbook_damaged'],
    ['a list of parts beyond 2^53', zipBeyondBounds(1n << 54n), 'workbook_damaged'],
    ['a list of parts beyond 2^60', zipBeyondBounds(1n << 60n), 'workbook_damaged'],
    [
      'a document type before the sheet',
      zipOf([
        { name: 'xl/worksheets/blatt.xml', text: '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>' },
        ...workbookParts('').slice(1),
      ]),
      'workbook_damaged',
    ],
    ['tags without end', zipOf(workbookParts('<sheetData>'.repeat(1e6))), 'workbook_damaged'],
    ['a text without end', zipOf(workbookParts(`<sheetData>${'x'.repeat(5e6)}</sheetData>`)), 'workbook_damaged'],
    ['a tag without end', zipOf(workbookParts(`<c ${'a="b" '.repeat(1e6)}/>`)), 'workbook_damaged'],
    ['XML that is not well-formed', zipOf(workbookParts('<sheetData><row></c></row></sheetData>')), 'workbook_damaged'],
  ]
  for (const [name, content, code] of broken) {
    t.test(`is refused: ${name} is ${code}`, async (t) => {
      t.equal(await codeOf(await fileOf(t, 'a.xlsx', content), { workbookBytesMax: 40_000_000 }), code)
    })
  }

  t.test('is refused when a byte was changed on the way', async (t) => {
    const content = zipOf(workbookParts(`<sheetData>${row.repeat(50)}</sheetData>`))
    const checksumAt = 14
    content[checksumAt + content.indexOf('PK\x01\x02') + 2] = 0
    t.equal(await codeOf(await fileOf(t, 'a.xlsx', content)), 'workbook_damaged')
  })

  t.test('is refused when any of its bytes were cut out', async (t) => {
    const whole = zipOf(workbookParts(`<sheetData>${row.repeat(50)}</sheetData>`))
    for (let from = 4; from + 40 < whole.length; from += 40) {
      const cut = Buffer.concat([whole.subarray(0, from), whole.subarray(from + 40)])
      t.match(await codeOf(await fileOf(t, 'a.xlsx', cut)), /^(workbook_|not_a_workbook)/, `40 bytes from ${from}`)
    }
  })
})

t.test('memory', async (t) => {
  async function csvFile(path: string, rowCount: number): Promise<void> {
    const file = createWriteStream(path)
    file.write(`${Array.from({ length: 15 }, (_, i) => `column ${i}`).join(',')}\n`)
    const row = `${Array.from({ length: 15 }, (_, i) => `江苏 cell ${i}`).join(',')}\n`
    for (let written = 0; written < rowCount; written += 10_000) {
      if (!file.write(row.repeat(10_000))) await once(file, 'drain')
    }
    file.end()
    await once(file, 'close')
  }

  /** In a process of its own, so that what other tests left behind doesn't count. */
  async function peakMegabytesWhileReading(path: string, rowCount: number): Promise<number> {
    const script = `
      const { openRows } = await import(${JSON.stringify(new URL('../../src/intake/rows.js', import.meta.url).href)})
      let rows = 0
      for await (const batch of (await openRows(${JSON.stringify(path)})).batches) rows += batch.length
      console.log(JSON.stringify({ rows, megabytes: process.resourceUsage().maxRSS / 1024 }))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
    const { rows, megabytes } = JSON.parse(stdout)
    t.equal(rows, rowCount)
    return Math.round(megabytes)
  }

  t.test('does not grow with the rows of a CSV file', async (t) => {
    const folder = t.testdir({})
    await csvFile(join(folder, 'a.csv'), 50_000)
    await csvFile(join(folder, 'b.csv'), 300_000)
    const few = await peakMegabytesWhileReading(join(folder, 'a.csv'), 50_000)
    const many = await peakMegabytesWhileReading(join(folder, 'b.csv'), 300_000)
    t.ok(many - few < 60, `${few} MB for 50 000 rows, ${many} MB for 300 000`)
  })

  t.test('does not grow with the rows of a workbook', async (t) => {
    const header = '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>'
    const row = '<row><c t="inlineStr"><is><t>江苏</t></is></c><c><v>45366</v></c></row>'
    const folder = t.testdir({})
    const peakMegabytes = async (rowCount: number) => {
      const path = join(folder, `${rowCount}.xlsx`)
      await writeFile(path, zipOf(workbookParts(`<sheetData>${header}${row.repeat(rowCount)}</sheetData>`)))
      return peakMegabytesWhileReading(path, rowCount)
    }
    const few = await peakMegabytes(50_000)
    const many = await peakMegabytes(500_000)
    t.ok(many - few < 60, `${few} MB for 50 000 rows, ${many} MB for 500 000`)
  })
})

const realDataDir = process.env.REAL_DATA_DIR

t.test('ten thousand real certificates', { skip: realDataDir ? false : 'REAL_DATA_DIR is not set' }, async (t) => {
  const { source, rows } = await readAll(join(realDataDir ?? '', 'real-certificates-10k.csv'))
  t.equal(source.columns?.length, 15)
  t.equal(rows.length, 10_176)
  t.equal(rows.at(-1)?.rowNumber, 10_177)
  t.strictSame(
    rows.filter((row) => row.problem),
    [],
  )
})
