import { announcementWorkbook } from '../../documents/announcement-workbook.ts'
import { cleanCell } from '../../domain/cells.ts'
import { familyFromText } from '../../domain/families.ts'
import { type Problem, problem, Refusal, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { cleanColumnName } from '../../intake/format.ts'
import { openRows, type RawRow, UnreadableFile } from '../../intake/rows.ts'
import { findAnnouncement, linesOf } from '../../store/announcements.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { problemsMax, problemsOfIssues } from '../inputs.ts'
import { type LineInput, type LinesWritten, lineInput, unknownAnnouncement, writeLines } from './draft-announcement.ts'

/** What a column may be called; the order plays no part (R6). */
const headings: Readonly<Record<keyof LineInput, readonly string[]>> = {
  effect: ['作用', 'effect'],
  enterpriseName: ['企业名称', '企业', '获证企业', 'enterprise'],
  productName: ['产品（服务）名称', '产品名称', '产品', '产品（服务）', '产品/服务', 'product'],
  family: ['类别', 'family'],
  certificateNumber: ['证书编号', '证书号', 'certificate'],
  memberName: ['发证机构', '认证机构', 'body'],
}
const required: readonly (keyof LineInput)[] = ['enterpriseName', 'productName']

const effects: Readonly<Record<string, LineInput['effect']>> = {
  列入: 'listed',
  撤下: 'struck',
  listed: 'listed',
  struck: 'struck',
}

/**
 * Fills a draft from a file (CSV, XLSX, NDJSON), all or nothing: every row that can't be taken is told with its number,
 * column, value and reason, and then nothing is written (R6, N8). A dry run says the same. @throws Refusal
 */
export async function takeFile(
  registry: Registry,
  context: Context,
  id: string,
  path: string,
  options: { dryRun: boolean; version?: number | undefined },
): Promise<LinesWritten> {
  authorise(context, 'announcements.draft')
  const { lines, rowNumbers, problems } = await readLines(path)
  refuseIfAny(problems.slice(0, problemsMax))
  try {
    const written = await writeLines(registry, context, id, lines, options)
    return { ...written, unmatched: written.unmatched.map((place) => rowNumbers[place - 1] ?? place) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    refuseIfAny(error.problems.map((each) => inFile(each, rowNumbers)))
    throw error
  }
}

/** `lines.3.certificateNumber` is a line of the list; in the file it is a row. */
function inFile(each: Problem, rowNumbers: readonly number[]): Problem {
  const [, at, field] = /^lines\.(\d+)(?:\.(\w+))?$/.exec(each.path) ?? []
  if (at === undefined) return each
  const heading = headings[field as keyof LineInput]?.[0]
  const row = rowNumbers[Number(at)] ?? Number(at) + 1
  const values = each.values?.line === undefined ? each.values : { ...each.values, line: row }
  return { ...each, path: [`row ${row}`, heading].filter(Boolean).join(' '), ...(values ? { values } : {}) }
}

type ReadLines = { readonly lines: LineInput[]; readonly rowNumbers: number[]; readonly problems: Problem[] }

async function readLines(path: string): Promise<ReadLines> {
  const read: ReadLines = { lines: [], rowNumbers: [], problems: [] }
  const source = await openRows(path, { rowsMax: 20_000 }).catch(refuseUnreadable)
  try {
    if (source.columns !== null) columnsOf(source.columns)
    // Of NDJSON the columns are known once rows were read, and later rows may bring others.
    for await (const batch of source.batches) {
      const columns = columnsOf(source.columns ?? [])
      for (const row of batch) takeRow(read, row, columns)
    }
    columnsOf(source.columns ?? [])
  } catch (error) {
    return refuseUnreadable(error)
  } finally {
    await source.close()
  }
  return read
}

function refuseUnreadable(error: unknown): never {
  if (error instanceof UnreadableFile)
    throw refuse('field_invalid', 'file', { value: error.code, values: { detail: ['文件无法读取', error.message] } })
  throw error
}

type Columns = Readonly<Partial<Record<keyof LineInput, string>>>

/** @throws Refusal that names what is missing, and what two columns say */
function columnsOf(header: readonly string[]): Columns {
  const fields = Object.keys(headings) as (keyof LineInput)[]
  const found = fields.map((field) => [field, columnsNamed(header, field)] as const)
  refuseIfAny(
    found.flatMap(([, [first = '', second]]) =>
      second === undefined ? [] : [problem('column_given_twice', second, { values: { first, second } })],
    ),
  )
  const columns = Object.fromEntries(
    found.flatMap(([field, [name]]) => (name === undefined ? [] : [[field, name]])),
  ) as Columns
  const missing = required.filter((field) => columns[field] === undefined)
  refuseIfAny(missing.map((field) => problem('field_missing', headings[field][0] ?? field)))
  return columns
}

function columnsNamed(header: readonly string[], field: keyof LineInput): string[] {
  const names = headings[field].map(cleanColumnName)
  return header.filter((name) => names.includes(cleanColumnName(name)))
}

function takeRow({ lines, rowNumbers, problems }: ReadLines, row: RawRow, columns: Columns): void {
  const cell = (field: keyof LineInput) => {
    const name = columns[field]
    const text = name === undefined ? '' : cleanCell(row.cells[name] ?? '')
    return text === '' ? undefined : text
  }
  if (row.problem) {
    const { code, column, detail } = row.problem
    const path = [`row ${row.rowNumber}`, column].filter(Boolean).join(' ')
    problems.push(problem('row_broken', path, { value: code, values: { detail } }))
    return
  }
  const [effect, family] = [cell('effect'), cell('family')]
  const given = {
    effect: effect === undefined ? undefined : (effects[effect] ?? effect),
    enterpriseName: cell('enterpriseName'),
    productName: cell('productName'),
    family: family === undefined ? undefined : (familyFromText(family) ?? family),
    certificateNumber: cell('certificateNumber'),
    memberName: cell('memberName'),
  }
  if (Object.values(given).every((value) => value === undefined)) return
  const parsed = lineInput.safeParse(given)
  if (parsed.success) {
    lines.push(parsed.data)
    rowNumbers.push(row.rowNumber)
    return
  }
  const found = problemsOfIssues(parsed.error.issues, given)
  problems.push(
    ...found.map((each) => ({
      ...each,
      path: `row ${row.rowNumber} ${headings[each.path as keyof LineInput]?.[0] ?? each.path}`,
    })),
  )
}

/** The list as a workbook; read in again it is the same (N8). @throws Refusal */
export async function readAnnouncementFile(registry: Registry, context: Context, id: string): Promise<Buffer> {
  authorise(context, 'announcements.read')
  const announcement = await findAnnouncement(registry.lists, id)
  if (!announcement) throw unknownAnnouncement()
  return announcementWorkbook(announcement, await linesOf(registry.lists, id))
}
