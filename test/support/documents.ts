import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'

/** The main part of a Word document. */
export async function documentXml(document: Buffer): Promise<string> {
  const zip = (await promisify(
    fromBuffer as (bytes: Buffer, options: object, done: (e: unknown, z: ZipFile) => void) => void,
  )(document, { lazyEntries: true })) as ZipFile
  for (;;) {
    zip.readEntry()
    const [entry] = (await once(zip, 'entry')) as [Entry]
    if (entry.fileName !== 'word/document.xml') continue
    return text(
      (await promisify(
        zip.openReadStream.bind(zip) as never as (
          e: Entry,
          done: (e: unknown, s: NodeJS.ReadableStream) => void,
        ) => void,
      )(entry)) as never,
    )
  }
}

/** The words of a Word document, as they stand in its main part. */
export async function wordsOf(document: Buffer): Promise<string> {
  const xml = await documentXml(document)
  return [...xml.matchAll(/<w:t[^>]*>([^<]*)<\/w:t>/g)].map(([, word]) => word).join('')
}
