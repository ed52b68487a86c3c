import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import type { ReportAnnexes, ReportContent } from '../../domain/report/content.ts'
import { widthInCharacters } from '../official-form.ts'
import { type Cell, type Column, reportSheets, type Sheet } from './report-sheets.ts'

/** Rows that are written before whoever else waits has its turn. */
const rowsAtOnce = 500

/** The annexes as a workbook: numbers are numbers, days are days, the heads stay in sight (R10). Written as it is made: a sheet may have hundreds of thousands of rows. */
export async function reportWorkbook(content: ReportContent, annexes: ReportAnnexes): Promise<Buffer> {
  const { default: exceljs } = await import('exceljs')
  const stream = new PassThrough()
  const written = buffer(stream)
  const workbook = new exceljs.stream.xlsx.WorkbookWriter({ stream, useStyles: true, useSharedStrings: false })
  workbook.created = new Date(content.knownAt)
  const write = async (sheet: Sheet) => {
    const added = workbook.addWorksheet(sheet.name, {
      views: [{ state: 'frozen', ySplit: 1 }],
      pageSetup: { paperSize: 9, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
    })
    const widths = widthsOf(sheet)
    added.columns = sheet.columns.map(({ header, form }, at) => ({
      header,
      width: widths[at] ?? widthMax,
      ...(form === undefined ? {} : { style: { numFmt: numberForms[form] } }),
    }))
    added.getRow(1).font = { bold: true }
    let count = 0
    for (const row of sheet.rows()) {
      added.addRow([...row]).commit()
      count += 1
      if (count % rowsAtOnce === 0) await setImmediate()
    }
    await added.commit()
  }
  for (const sheet of reportSheets(content, annexes)) await write(sheet)
  await workbook.commit()
  return written
}

const numberForms: Readonly<Record<NonNullable<Column['form']>, string>> = {
  day: 'yyyy-mm-dd',
  share: '0.0%',
  points: '0.0',
}

const widthMin = 10
/** What is longer runs on over its neighbour. */
const widthMax = 80
/** So many rows say how wide a column is. */
const rowsMeasured = 2_000

/** As wide as what stands in the first rows, in letters of which a Chinese one takes two. */
function widthsOf({ columns, rows }: Sheet): number[] {
  const widths = columns.map(({ header }) => widthInCharacters(header))
  let count = 0
  for (const row of rows()) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
    count += 1
    if (count === rowsMeasured) break
  }
  return widths.map((width) => Math.min(widthMax, Math.max(widthMin, 2 * width + 3)))
}

function widthOf(cell: Cell): number {
  if (typeof cell === 'string') return widthInCharacters(cell)
  return cell === null ? 0 : 5
}
