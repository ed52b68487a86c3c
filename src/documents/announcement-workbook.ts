import type { LineEffect } from '../domain/announcement.ts'
import { families } from '../domain/families.ts'

type Head = { readonly number: string; readonly announcedOn: string; readonly title: string; readonly recordedAt: Date }
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

/** The list of an announcement as a workbook (N8). Every text is a text, whatever it begins with. */
export async function announcementWorkbook(head: Head, lines: readonly Line[]): Promise<Buffer> {
  const { default: exceljs } = await import('exceljs')
  const workbook = new exceljs.Workbook()
  workbook.created = head.recordedAt
  workbook.title = head.title
  const sheet = workbook.addWorksheet('公告名单', {
    views: [{ state: 'frozen', ySplit: 1 }],
  })
  sheet.columns = [
    { header: '序号', width: 8 },
    { header: '作用', width: 8 },
    { header: '企业名称', width: 40 },
    { header: '产品（服务）名称', width: 44 },
    { header: '类别', width: 10 },
    { header: '证书编号', width: 26 },
    { header: '发证机构', width: 36 },
    { header: '公告日期', width: 14, style: { numFmt: 'yyyy-mm-dd' } },
  ]
  sheet.getRow(1).font = { bold: true }
  for (const line of lines)
    sheet.addRow([
      line.place,
      effectNames[line.effect],
      line.enterpriseName,
      line.productName,
      families.find(({ code }) => code === line.family)?.zh ?? null,
      line.certificateNumber,
      line.memberName,
      new Date(`${head.announcedOn}T00:00:00Z`),
    ])
  return Buffer.from(await workbook.xlsx.writeBuffer())
}
