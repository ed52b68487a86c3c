import t from 'tap'
import { attachmentTypeOf } from '../../src/domain/attachment.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

t.test('a file is what stands in it, whatever it is called (R8)', async (t) => {
  const table: [content: Uint8Array, type: string | undefined][] = [
    [bytes('%PDF-1.7\n'), 'pdf'],
    [bytes('\x89PNG\r\n\x1a\n....'), 'png'],
    [bytes('\xff\xd8\xff\xe0....'), 'jpeg'],
    [bytes('PK\x03\x04 [Content_Types].xml word/document.xml'), 'docx'],
    [bytes('PK\x03\x04 [Content_Types].xml xl/workbook.xml'), 'xlsx'],
    [bytes('PK\x03\x04 word/document.xml word/vbaProject.bin'), undefined],
    [bytes('PK\x03\x04 whatever'), undefined],
    [bytes('MZ\x90\x00'), undefined],
    [bytes('<html><script>'), undefined],
    [bytes('%PDF'), undefined],
    [bytes(''), undefined],
  ]
  for (const [content, type] of table) t.equal(attachmentTypeOf(content), type, content.toString())
})
