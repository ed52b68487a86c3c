import { fromBuffer } from 'yauzl'

/** So many parts are looked at; a document has some dozens. */
const partsMax = 10_000

/** The names in the directory of a zip; null where it is none, is damaged, or has too many. */
export async function zipEntryNames(bytes: Buffer): Promise<string[] | null> {
  return new Promise((resolve) => {
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: false }, (fault, zip) => {
      if (fault || !zip || zip.entryCount > partsMax) return resolve(null)
      const names: string[] = []
      zip.on('entry', ({ fileName }) => {
        names.push(fileName)
        zip.readEntry()
      })
      zip.on('end', () => resolve(names))
      zip.on('error', () => resolve(null))
      zip.readEntry()
    })
  })
}
