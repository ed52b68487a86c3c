import { execFile, spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Programs of other people that open what we make, where they are installed. */
const asked = (program: string, argument = '--version') => spawnSync(program, [argument])
const isInstalled = (program: string) => asked(program).error === undefined

/** For tests that need LibreOffice: false to run, or the reason to skip. */
export const withoutOffice = isInstalled('soffice') ? false : 'LibreOffice is not installed: no soffice on the PATH'
/** For tests that read what a PDF says. */
export const withoutPdfReader = isInstalled('pdftotext')
  ? false
  : 'poppler-utils are not installed: no pdftotext on the PATH'
/** For tests that count what stands on a page: letters of no font have no width. */
export const withoutChineseFont =
  asked('fc-list', ':lang=zh').stdout?.length > 0 ? false : 'no Chinese font is installed'

const run = promisify(execFile)

/** Has LibreOffice convert a file, with settings of its own, so that several may work at once. @returns what it made, by name */
async function converted(folder: string, name: string, bytes: Buffer, into: string): Promise<Map<string, Buffer>> {
  const made = join(folder, 'made')
  await writeFile(join(folder, name), bytes)
  const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`
  await run('soffice', [profile, '--headless', '--convert-to', into, '--outdir', made, join(folder, name)])
  const names = await readdir(made)
  return new Map(await Promise.all(names.map(async (each) => [each, await readFile(join(made, each))] as const)))
}

/** A Word document as the pages that LibreOffice makes of it. @param folder an empty one, for its work */
export async function pdfOf(document: Buffer, folder: string): Promise<Buffer> {
  const made = await converted(folder, 'document.docx', document, 'pdf')
  return made.get('document.pdf') ?? Buffer.of()
}

/** Pages are counted where they are listed: `/Type /Pages … /Count 12`. */
export function pageCount(pdf: Buffer): number {
  const counts = [...pdf.toString('latin1').matchAll(/\/Type\s*\/Pages[^>]*?\/Count\s+(\d+)/g)]
  return Math.max(0, ...counts.map(([, count]) => Number(count)))
}

/** What stands on each page, line by line as it is laid out. @param folder where a file may be written */
export async function linesOfPages(pdf: Buffer, folder: string): Promise<string[][]> {
  const path = join(folder, 'read.pdf')
  await writeFile(path, pdf)
  const { stdout } = await run('pdftotext', ['-layout', path, '-'], { maxBuffer: 2 ** 26 })
  return stdout.split('\f').map((page) => page.split('\n').flatMap((line) => line.trim() || []))
}

/** Every sheet of a workbook as CSV, as LibreOffice shows it, by the sheet’s name. @param folder an empty one, for its work */
export async function csvSheets(workbook: Buffer, folder: string): Promise<Map<string, string>> {
  const form = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1'
  const made = await converted(folder, 'workbook.xlsx', workbook, form)
  return new Map([...made].map(([name, bytes]) => [name.slice('workbook-'.length, -'.csv'.length), String(bytes)]))
}
