import type { LineEffect } from '../domain/announcement.ts'
import { families } from '../domain/families.ts'
import { dayInWords, type PlainDate } from '../domain/plain-date.ts'

type Head = {
  readonly number: string
  readonly announcedOn: PlainDate
  readonly title: string
  readonly batchYear: number
  readonly issuingOffices: readonly string[]
  readonly recordedAt: Date
}
type Line = {
  readonly place: number
  readonly effect: LineEffect
  readonly enterpriseName: string
  readonly productName: string
  readonly family: string | null
  readonly memberName: string | null
  readonly certificateNumber: string | null
}

const effectNames: Readonly<Record<LineEffect, string>> = { listed: '列入', struck: '撤下' }

const columns: readonly { readonly header: string; readonly width: number }[] = [
  { header: '序号', width: 8 },
  { header: '作用', width: 8 },
  { header: '企业名称', width: 40 },
  { header: '产品（服务）名称', width: 44 },
  { header: '类别', width: 10 },
  { header: '证书编号', width: 26 },
  { header: '发证机构', width: 36 },
  { header: '公告日期', width: 14 },
]

/** Which announcement it is, in lines of one cell: whoever reads the list in again passes over them. */
function headLines({ title, number, announcedOn, batchYear, issuingOffices }: Head): string[] {
  return [
    title,
    `公告编号：${number}`,
    `公告日期：${dayInWords(announcedOn)}`,
    `批次年份：${batchYear}年`,
    `发布机关：${issuingOffices.join('、')}`,
  ]
}

/** The list of an announcement as a workbook, under a head that says which it is (N8). Every text is a text, whatever it begins with. */
export async function announcementWorkbook(head: Head, lines: readonly Line[]): Promise<Buffer> {
  const { default: exceljs } = await import('exceljs')
  const workbook = new exceljs.Workbook()
  workbook.created = head.recordedAt
  workbook.title = head.title
  const above = headLines(head)
  const sheet = workbook.addWorksheet('公告名单', { views: [{ state: 'frozen', ySplit: above.length + 1 }] })
  sheet.columns = columns.map(({ width }) => ({ width }))
  for (const [at, line] of above.entries()) {
    sheet.addRow([line]).font = { bold: at === 0 }
    sheet.mergeCells(at + 1, 1, at + 1, columns.length)
  }
  sheet.addRow(columns.map(({ header }) => header)).font = { bold: true }
  for (const line of lines) {
    const row = sheet.addRow([
      line.place,
      effectNames[line.effect],
      line.enterpriseName,
      line.productName,
      families.find(({ code }) => code === line.family)?.zh ?? null,
      line.certificateNumber,
      line.memberName,
      new Date(`${head.announcedOn}T00:00:00Z`),
    ])
    row.getCell(columns.length).numFmt = 'yyyy-mm-dd'
  }
  return Buffer.from(await workbook.xlsx.writeBuffer())
}
