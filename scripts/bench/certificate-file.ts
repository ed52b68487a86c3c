import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'

/**
 * A file of plainly fictional certificates for measuring: row `n` is always the same row. Every holder has three
 * certificates, one row in fifty is the next period of an earlier number, one in a hundred carries a status.
 */
export type FileOfCertificates = { readonly path: string; readonly first: number; readonly rows: number }

const header = [
  '证书编号',
  '认证机构',
  '获证组织',
  '统一社会信用代码',
  '企业地址',
  '设区市',
  '类别',
  '行业代码',
  '产品名称',
  '规格型号',
  '认证依据',
  '认证决定日',
  '发证日期',
  '有效期起',
  '有效期止',
  '证书状态',
  '状态日期',
]

const bodies = 60
const certificatesOfHolder = 3
const cities = ['320100', '320200', '320300', '320400', '320500', '320600', '320700', '320800', '320900', '321000']
const families = ['农产', '制造', '服务', '建造']
const firstDay = plainDate('2021-01-04')

export async function writeCertificates({ path, first, rows }: FileOfCertificates): Promise<void> {
  const file = createWriteStream(path)
  file.write(`\uFEFF${header.join(',')}\n`)
  for (let index = first; index < first + rows; index += 1) {
    if (!file.write(`${lineOf(index).join(',')}\n`)) await once(file, 'drain')
  }
  file.end()
  await finished(file)
}

function lineOf(index: number): string[] {
  const isRenewal = index % 50 === 49
  const of = isRenewal ? index - 7 : index
  const holder = Math.floor(of / certificatesOfHolder)
  const body = holder % bodies
  const from = dayOf(of, isRenewal)
  const status = index % 100 === 13 ? ['已注销', addDays(from, 200)] : ['有效', '']
  return [
    `示例${String(body).padStart(2, '0')}-${yearOf(of)}-${String(of).padStart(8, '0')}`,
    `示例第${body}认证中心`,
    `示例第${holder}精密机械有限公司`,
    creditCodeOf(holder),
    `示例市示例区第${holder % 997}路${holder % 89}号`,
    cities[holder % cities.length] ?? '',
    families[holder % families.length] ?? '',
    '3411',
    `示例产品第${of % 5_000}号`,
    `M-${of % 7};M-${of % 11}-A`,
    `Q/EXAMPLE ${String(of % 900).padStart(3, '0')}-2020`,
    addDays(from, -3),
    from,
    from,
    addDays(from, 1_094),
    ...status,
  ]
}

/** Renewals begin three years on. */
function dayOf(index: number, isRenewal: boolean): PlainDate {
  return addDays(firstDay, (index % 900) + (isRenewal ? 1_095 : 0))
}

function yearOf(index: number): string {
  return dayOf(index, false).slice(0, 4)
}

/** The letter keeps a code from reading as an identity card. */
function creditCodeOf(holder: number): string {
  return makeCreditCode('91', '320100', `M${String(holder).padStart(7, '0')}`)
}
