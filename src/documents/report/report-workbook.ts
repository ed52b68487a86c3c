import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { type Duty, dutyNames } from '../../domain/obligation.ts'
import { recommendationNames } from '../../domain/ranking/recommendation.ts'
import type { CertificateLine, ReportAnnexes, ReportContent } from '../../domain/report/content.ts'
import {
  detailName,
  figureWords,
  parseFigureId,
  type ReportSet,
  reportDefinitions,
} from '../../domain/report/figure.ts'
import { familyName } from './annexes.ts'

type Column = { readonly header: string; readonly width: number; readonly isDay?: boolean }
type Cell = string | number | Date | null

/** Rows that are written before whoever else waits has its turn. */
const rowsAtOnce = 500

/** The annexes as a workbook: numbers are numbers, days are days, the heads stay in sight (R10). Written as it is made: a sheet may have hundreds of thousands of rows. */
export async function reportWorkbook(content: ReportContent, annexes: ReportAnnexes): Promise<Buffer> {
  const { default: exceljs } = await import('exceljs')
  const stream = new PassThrough()
  const written = buffer(stream)
  const workbook = new exceljs.stream.xlsx.WorkbookWriter({ stream, useStyles: true, useSharedStrings: false })
  workbook.created = new Date(content.knownAt)
  const sheet = async (name: string, columns: readonly Column[], rows: Iterable<readonly Cell[]>) => {
    const added = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] })
    added.columns = columns.map(({ header, width, isDay = false }) => ({
      header,
      width,
      ...(isDay ? { style: { numFmt: 'yyyy-mm-dd' } } : {}),
    }))
    added.getRow(1).font = { bold: true }
    let count = 0
    for (const row of rows) {
      added.addRow([...row]).commit()
      count += 1
      if (count % rowsAtOnce === 0) await setImmediate()
    }
    await added.commit()
  }
  const regionNames = new Map(content.regions.map(({ key, name }) => [key, name]))
  function* certificates(lines: readonly CertificateLine[]): Generator<Cell[]> {
    for (const [at, line] of lines.entries())
      yield [
        at + 1,
        line.enterprise,
        line.product,
        line.number,
        line.member,
        familyName(line.family),
        regionNames.get(line.region ?? 'none') ?? '未列明',
        dateOf(line.onDay),
        dateOf(line.validUntil),
      ]
  }
  await sheet('1 认证名录', certificateColumns('认证决定日'), certificates(annexes.certified))
  await sheet('2 数字', figureColumns, figureRows(content))
  await sheet('2 机构质量', qualityColumns, qualityRows(content))
  await sheet('3 迟报和逾期', lapseColumns, lapseRows(annexes))
  await sheet('4 证书状态变化', changeColumns, changeRows(annexes))
  await sheet(`5 ${content.year + 1}年到期`, certificateColumns('最后有效日'), certificates(annexes.expiring))
  await workbook.commit()
  return written
}

/** As the file stores a day: at midnight, without a zone. */
function dateOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

const certificateColumns = (day: string): readonly Column[] => [
  { header: '序号', width: 8 },
  { header: '企业', width: 36 },
  { header: '产品（服务）', width: 36 },
  { header: '证书编号', width: 24 },
  { header: '发证机构', width: 32 },
  { header: '类别', width: 10 },
  { header: '地区', width: 14 },
  { header: day, width: 14, isDay: true },
  { header: '有效期至', width: 14, isDay: true },
]

const figureColumns: readonly Column[] = [
  { header: '数字编号', width: 60 },
  { header: '数值', width: 12 },
  { header: '含义', width: 80 },
]

function figureRows({ figures, bodies }: ReportContent): Cell[][] {
  const names = new Map(bodies.map(({ memberId, name }) => [memberId, name]))
  return Object.entries(figures).flatMap(([id, value]) => {
    const name = parseFigureId(id)
    if (!name) return []
    const member = name.by?.dimension === 'member' ? (names.get(name.by.key) ?? null) : null
    return [[id, value, figureWords(name, member).zh]]
  })
}

const qualityColumns: readonly Column[] = [
  { header: '位次', width: 8 },
  { header: '成员机构', width: 32 },
  { header: '得分', width: 10 },
  { header: '等级', width: 8 },
  { header: '最好位次', width: 10 },
  { header: '最差位次', width: 10 },
  { header: '完成结果', width: 10 },
  { header: '建议', width: 12 },
  { header: '依据', width: 80 },
]

function qualityRows({ ranking }: ReportContent): Cell[][] {
  const bodies = ranking?.tables.tables[0]?.bodies ?? []
  return bodies.map(({ name, quality, quantity, judgement }) => [
    quality.place,
    name,
    quality.points,
    quality.class,
    quality.places?.best ?? null,
    quality.places?.worst ?? null,
    quantity.results,
    judgement && recommendationNames[judgement.recommendation][0],
    judgement?.words.zh ?? null,
  ])
}

const lapseColumns: readonly Column[] = [
  { header: '成员机构', width: 32 },
  { header: '义务', width: 28 },
  { header: '事项', width: 48 },
  { header: '事由日', width: 14, isDay: true },
  { header: '到期日', width: 14, isDay: true },
  { header: '完成日', width: 14, isDay: true },
  { header: '逾期自然日', width: 12 },
  { header: '逾期工作日', width: 12 },
]

function lapseRows({ lapses }: ReportAnnexes): Cell[][] {
  return lapses.map((line) => [
    line.member,
    dutyNames[line.duty as Duty]?.[0] ?? line.duty,
    line.subject,
    dateOf(line.eventOn),
    dateOf(line.dueOn),
    line.metOn === null ? null : dateOf(line.metOn),
    line.calendarDaysLate,
    line.workingDaysLate,
  ])
}

const changeColumns: readonly Column[] = [
  { header: '日期', width: 14, isDay: true },
  { header: '变化', width: 12 },
  { header: '企业', width: 36 },
  { header: '产品（服务）', width: 36 },
  { header: '证书编号', width: 24 },
  { header: '机构', width: 32 },
  { header: '原因', width: 24 },
]

function changeRows({ changes }: ReportAnnexes): Cell[][] {
  return changes.map((line) => [
    dateOf(line.onDay),
    reportDefinitions[line.change as ReportSet].name[0],
    line.enterprise,
    line.product,
    line.number,
    line.member,
    line.reason === null ? null : (detailName(line.change as ReportSet, line.reason)?.[0] ?? line.reason),
  ])
}
