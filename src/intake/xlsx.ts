import { posix } from 'node:path'
import { type BatchSource, type RowLimits, type SheetRecord, UnreadableFile } from './format.ts'
import { damaged, hasPart, openPackage, type WorkbookPackage } from './xlsx-package.ts'
import { type CellContext, sheetRecords } from './xlsx-sheet.ts'
import { readStrings } from './xlsx-strings.ts'
import { readDateStyles } from './xlsx-styles.ts'
import { type Attributes, readPart } from './xlsx-xml.ts'

/**
 * Reads the rows of a workbook's first visible sheet that has any (R6), in the order in which they are needed: sheet
 * list, styles (which numbers are dates), shared strings, then the sheet, as a stream. Memory grows with the
 * workbook's different texts (the sheet refers to them by number, so all must be held), never with its rows.
 *
 * The zip is yauzl's, the XML saxes's work. exceljs 4.4 would do both, but its stream reader breaks Chinese characters
 * that fall between two pieces (its issues 2063 and 2084), knows no Chinese date formats and takes a pinyin guide for
 * the text.
 */
export async function openWorkbook(path: string, limits: RowLimits): Promise<BatchSource<SheetRecord>> {
  const book = await openPackage(path, limits)
  const { sheets, context } = await readContents(book)
  const batches = firstWritten(sheets.map((sheet) => sheetRecords(book, sheet, context, limits)))
  const close = async () => {
    await batches.return(undefined)
  }
  return { batches, bytesRead: book.bytesRead, close }
}

async function* firstWritten(
  sheets: readonly AsyncGenerator<readonly SheetRecord[]>[],
): AsyncGenerator<readonly SheetRecord[]> {
  for (const sheet of sheets) {
    let written = false
    for await (const records of sheet) {
      written ||= records.some((record) => record.problem || record.cells.some((cell) => cell.trim() !== ''))
      if (written) yield records
    }
    if (written) return
  }
}

async function readContents(book: WorkbookPackage): Promise<{ sheets: readonly string[]; context: CellContext }> {
  const office = (await readRelations(book, '')).find((relation) => relation.type === 'officeDocument')
  if (!office?.target.endsWith('.xml')) throw new UnreadableFile('not_a_workbook', 'a zip without an .xlsx workbook')
  const relations = await readRelations(book, office.target)
  const target = (type: string) => relations.find((relation) => relation.type === type)?.target
  const { sheets, epoch1904 } = await readSheets(book, office.target, relations)
  const dateStyles = await readDateStyles(book, target('styles'))
  const strings = await readStrings(book, target('sharedStrings'))
  return { sheets, context: { strings, dateStyles, epoch1904 } }
}

type Relation = { id: string; type: string; target: string }

async function readRelations(book: WorkbookPackage, of: string): Promise<Relation[]> {
  const folder = posix.dirname(of)
  const part = posix.join(folder, '_rels', `${posix.basename(of)}.rels`)
  const relations: Relation[] = []
  const open = (tag: string, { Id = '', Type = '', Target = '' }: Attributes) => {
    if (tag !== 'Relationship') return
    relations.push({ id: Id, type: posix.basename(Type), target: posix.resolve('/', folder, Target).slice(1) })
  }
  if (hasPart(book, part)) await readPart(book, part, { open })
  return relations
}

/** Hidden sheets hold lists to choose from, so they come last. */
async function readSheets(book: WorkbookPackage, part: string, relations: readonly Relation[]) {
  const visible: string[] = []
  const hidden: string[] = []
  let epoch1904 = false
  const addSheet = (attributes: Attributes) => {
    const id = Object.entries(attributes).find(([name]) => name.endsWith(':id'))?.[1]
    const sheet = relations.find((relation) => relation.id === id && relation.type === 'worksheet')
    const isHidden = attributes.state?.toLowerCase().includes('hidden')
    if (sheet) (isHidden ? hidden : visible).push(sheet.target)
  }
  const open = (tag: string, attributes: Attributes) => {
    if (tag === 'workbookPr') epoch1904 = ['1', 'true'].includes(attributes.date1904 ?? '')
    else if (tag === 'sheet') addSheet(attributes)
  }
  await readPart(book, part, { open })
  if (visible.length + hidden.length === 0) throw damaged('no sheet in it')
  return { sheets: [...visible, ...hidden], epoch1904 }
}
