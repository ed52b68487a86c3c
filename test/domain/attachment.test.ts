import t from 'tap'
import { attachmentTypeOf } from '../../src/domain/attachment.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const zip = bytes('PK\x03\x04....')

t.test('a file is what stands in it, whatever it is called (R8)', async (t) => {
  const table: [content: Uint8Array, type: string | undefined][] = [
    [bytes('%PDF-1.7\n'), 'pdf'],
    [bytes('\x89PNG\r\n\x1a\n....'), 'png'],
    [bytes('\xff\xd8\xff\xe0....'), 'jpeg'],
    [bytes('MZ\x90\x00'), undefined],
    [bytes('<html><script>'), undefined],
    [bytes('%PDF'), undefined],
    [bytes(''), undefined],
    [zip, undefined],
  ]
  for (const [content, type] of table) t.equal(attachmentTypeOf(content), type, content.toString())
})

t.test('a package is known by the names of its parts, and is refused with a macro or an object in it', async (t) => {
  const types = '[Content_Types].xml'
  const table: [parts: string[], type: string | undefined][] = [
    [[types, 'word/document.xml'], 'docx'],
    [[types, 'xl/workbook.xml'], 'xlsx'],
    [['[CONTENT_TYPES].XML', 'Word/Document.xml'], 'docx'],
    [[types, 'word/document.xml', 'word/vbaProject.bin'], undefined],
    [[types, 'xl/workbook.xml', 'xl/VBAPROJECT.BIN'], undefined],
    [['word/document.xml'], undefined],
    [[types, 'evil/word/document.xml'], undefined],
    [[], undefined],
  ]
  for (const [parts, type] of table) t.equal(attachmentTypeOf(zip, parts), type, parts.join())
})
