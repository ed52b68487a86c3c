import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'

/** The parts of an Office document that are XML, by their names in the package, and the names of all others without text. */
export async function partsOf(document: Buffer): Promise<Map<string, string>> {
  const zip = (await promisify(
    fromBuffer as (bytes: Buffer, options: object, done: (e: unknown, z: ZipFile) => void) => void,
  )(document, { lazyEntries: true })) as ZipFile
  const parts = new Map<string, string>()
  for (let left = zip.entryCount; left > 0; left -= 1) {
    zip.readEntry()
    const [entry] = (await once(zip, 'entry')) as [Entry]
    const isXml = /\.(xml|rels)$/.test(entry.fileName)
    parts.set(entry.fileName, isXml ? await entryText(zip, entry) : '')
  }
  return parts
}

async function entryText(zip: ZipFile, entry: Entry): Promise<string> {
  const opened = zip.openReadStream.bind(zip) as never as (
    e: Entry,
    done: (e: unknown, s: NodeJS.ReadableStream) => void,
  ) => void
  return text((await promisify(opened)(entry)) as never)
}

/** The main part of a Word document. */
export async function documentXml(document: Buffer): Promise<string> {
  return (await partsOf(document)).get('word/document.xml') ?? ''
}

/** The words of a Word document, as they stand in its main part. */
export async function wordsOf(document: Buffer): Promise<string> {
  return wordsIn(await documentXml(document))
}

/** The words of a piece of such a part. */
export function wordsIn(xml: string): string {
  return [...xml.matchAll(/<w:t[^>]*>([^<]*)<\/w:t>/g)].map(([, word]) => word).join('')
}
