import { SaxesParser } from 'saxes'
import { damaged, partText, type WorkbookPackage } from './xlsx-package.ts'

export type Attributes = Readonly<Record<string, string>>

/** Tags come without their namespace prefix, and with their text when they close; a pinyin guide (`rPh`) is left out. */
export type XmlVisitor = {
  open?(tag: string, attributes: Attributes): void
  close?(tag: string, text: string): void
}

const depthMax = 100
const untaggedCharactersMax = 4 * 1024 * 1024

/** saxes holds open tags and unfinished texts in memory, and bounds neither: that is done here. */
export function xmlReader(visitor: XmlVisitor) {
  const parser = strictParser()
  let text = ''
  let depth = 0
  let inGuide = false
  let untaggedCharacters = 0
  const addText = (more: string) => {
    text += more
  }
  const startText = () => {
    text = ''
    untaggedCharacters = 0
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('opentag', ({ name, attributes }) => {
    const tag = localName(name)
    depth += 1
    if (depth > depthMax) throw damaged(`tags nested more than ${depthMax} deep`)
    inGuide ||= tag === 'rPh'
    if (!inGuide) visitor.open?.(tag, attributes)
    startText()
  })
  parser.on('closetag', ({ name }) => {
    const tag = localName(name)
    depth -= 1
    if (!inGuide) visitor.close?.(tag, text)
    inGuide &&= tag !== 'rPh'
    startText()
  })
  const write = (piece: string) => {
    untaggedCharacters += piece.length
    if (untaggedCharacters > untaggedCharactersMax) throw damaged('a tag or a text without an end')
    parser.write(piece)
  }
  return { write, close: () => parser.close() }
}

function strictParser() {
  const parser = new SaxesParser({ xmlns: false, position: false })
  parser.on('doctype', () => parser.fail('a document type declaration'))
  parser.on('error', (error) => {
    throw damaged(error.message, error)
  })
  return parser
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** Sheet list, styles and relations are small in any real workbook. */
const smallPartBytesMax = 16 * 1024 * 1024

export async function readPart(
  book: WorkbookPackage,
  name: string,
  visitor: XmlVisitor,
  bytesMax = smallPartBytesMax,
): Promise<void> {
  const xml = xmlReader(visitor)
  for await (const text of partText(book, name, bytesMax)) xml.write(text)
  xml.close()
}
