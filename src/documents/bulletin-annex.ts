import { families } from '../domain/families.ts'
import type { BulletinContent } from '../domain/ranking/bulletin-content.ts'
import { counterNames } from '../domain/ranking/counter.ts'
import { countersBehind } from '../domain/ranking/indicator.ts'
import { recommendationNames } from '../domain/ranking/recommendation.ts'

type Column = { readonly header: string; readonly width: number; readonly format?: string }
type Cell = string | number | null

/** The tables of a bulletin as an XLSX workbook: numbers are numbers, the heads stay in sight (R9, R10). */
export async function bulletinAnnex(content: BulletinContent): Promise<Buffer> {
  const { default: exceljs } = await import('exceljs')
  const workbook = new exceljs.Workbook()
  workbook.created = new Date(content.knownAt)
  const sheet = (name: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]) => {
    const added = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] })
    added.columns = columns.map(({ header, width, format }) => ({
      header,
      width,
      ...(format === undefined ? {} : { style: { numFmt: format } }),
    }))
    added.getRow(1).font = { bold: true }
    for (const row of rows) added.addRow([...row])
  }
  sheet('质量', qualityColumns, qualityRows(content))
  sheet('数量', quantityColumns, quantityRows(content))
  sheet('指标', figureColumns, figureRows(content))
  sheet('指标定义', definitionColumns, definitionRows(content))
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

const share = '0.0%'
const familyNames = new Map<string, string>(families.map(({ code, zh }) => [code, zh]))
const familyOf = (family: string | null) => (family === null ? '全部' : (familyNames.get(family) ?? family))

const qualityColumns: readonly Column[] = [
  { header: '类别范围', width: 10 },
  { header: '成员机构', width: 30 },
  { header: '位次', width: 8 },
  { header: '得分', width: 10, format: '0.0' },
  { header: '等级', width: 8 },
  { header: '最好位次', width: 10 },
  { header: '最差位次', width: 10 },
  { header: '上期位次', width: 10 },
  { header: '位次稳定性', width: 12, format: share },
  { header: '低于底线的可能性', width: 18, format: share },
  { header: '建议', width: 12 },
  { header: '依据', width: 60 },
]

function qualityRows({ ranking }: BulletinContent): Cell[][] {
  return ranking.tables.flatMap(({ family, bodies }) =>
    bodies.map(({ name, quality, judgement }) => [
      familyOf(family),
      name,
      quality.place,
      quality.points,
      quality.class,
      quality.places?.best ?? null,
      quality.places?.worst ?? null,
      quality.previousPlace,
      quality.heldShare,
      judgement?.chanceBelowBar ?? null,
      judgement && recommendationNames[judgement.recommendation][0],
      judgement?.words.zh ?? null,
    ]),
  )
}

const quantityColumns: readonly Column[] = [
  { header: '类别范围', width: 10 },
  { header: '成员机构', width: 30 },
  { header: '位次', width: 8 },
  { header: '完成结果', width: 10 },
  { header: '上期结果', width: 10 },
  { header: '上期位次', width: 10 },
]

function quantityRows({ ranking }: BulletinContent): Cell[][] {
  return ranking.tables.flatMap(({ family, bodies }) =>
    bodies.map(({ name, quantity: { place, results, previousResults, previousPlace } }) => [
      familyOf(family),
      name,
      place,
      results,
      previousResults,
      previousPlace,
    ]),
  )
}

const figureColumns: readonly Column[] = [
  { header: '类别范围', width: 10 },
  { header: '成员机构', width: 30 },
  { header: '指标', width: 36 },
  { header: '定义版本', width: 10 },
  { header: '数值', width: 12 },
  { header: '分子', width: 10 },
  { header: '分母', width: 10 },
  { header: '区间下限', width: 12 },
  { header: '区间上限', width: 12 },
  { header: '数据是否足够', width: 14 },
  { header: '有争议', width: 8 },
  { header: '上期数值', width: 12 },
  { header: '不计异议行的数值', width: 18 },
]

function figureRows({ ranking, definitions, without }: BulletinContent): Cell[][] {
  const names = new Map(definitions.map(({ id, name }) => [id, name[0]]))
  return ranking.tables.flatMap(({ family, bodies }) =>
    bodies.flatMap(({ memberId, name, figures }) =>
      figures.map((figure) => {
        const parked = without.find((other) => other.memberId === memberId && other.indicator === figure.indicator)
        return [
          familyOf(family),
          name,
          names.get(figure.indicator) ?? figure.indicator,
          figure.definitionVersion,
          figure.value,
          figure.numerator,
          figure.denominator,
          figure.low,
          figure.high,
          figure.sufficient ? '是' : '否',
          figure.contested,
          figure.previous,
          family === null ? (parked?.value ?? null) : null,
        ]
      }),
    ),
  )
}

const definitionColumns: readonly Column[] = [
  { header: '指标', width: 36 },
  { header: '版本', width: 8 },
  { header: '生效日', width: 12 },
  { header: '定义', width: 80 },
  { header: '所计数据', width: 60 },
  { header: '最少行数', width: 10 },
]

function definitionRows({ definitions }: BulletinContent): Cell[][] {
  return definitions.map((definition) => [
    definition.name[0],
    definition.version,
    definition.effectiveOn,
    definition.text[0],
    countersBehind(definition)
      .map((counter) => counterNames[counter][0])
      .join('、'),
    definition.rowsMin,
  ])
}
