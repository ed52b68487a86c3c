import { parseApprovalNumber } from './approval-number.ts'
import { checkCertificateNumber } from './certificate-number.ts'
import { checkCreditCode } from './credit-code.ts'
import { dayOfCell, problemsOfCell, shownValue } from './imported-cells.ts'
import type { PlainDate } from './plain-date.ts'
import { type Listed, type ListedState, listedStates } from './reconciliation.ts'
import { type Problem, problem, type RefusalCode } from './refusals.ts'

/**
 * One row of a list of certificates that CNCA or a member exported (N4, R6). The first columns are compared with ours;
 * the others are written when our rows are exported in the list's own shape, and passed over when it is read.
 */
export const listColumns = [
  'number',
  'bodyName',
  'bodyApprovalNumber',
  'holderName',
  'holderCreditCode',
  'issuedOn',
  'validFrom',
  'validUntil',
  'state',
  'scheme',
  'holderAddress',
  'cityCode',
  'family',
  'industryCode',
  'productName',
  'models',
  'standards',
  'requirements',
  'certificationMode',
  'decidedOn',
] as const
export type ListColumn = (typeof listColumns)[number]

/** `names` is what the file calls each column. */
export type ListCells = {
  readonly cells: Readonly<Partial<Record<ListColumn, string>>>
  readonly names: Readonly<Record<string, string>>
}

/** The body as the list names it; both null where it does not. */
export type ListedBody = { readonly name: string | null; readonly approvalNumber: string | null }

export type ListedReading =
  | { readonly ok: true; readonly listed: Omit<Listed, 'memberId'>; readonly body: ListedBody }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const namesCharactersMax = 300
const comparedColumns = listColumns.slice(0, listColumns.indexOf('scheme'))

/** Reads what is compared of a row; where it can't be, everything that is wrong with it, under the file's own names (R6). */
export function readListedRow(row: ListCells, rowNumber: number): ListedReading {
  const look = lookInto(row)
  const number = numberOf(look)
  const body = { name: look.cell('bodyName') ?? null, approvalNumber: approvalNumberOf(look) }
  const listed = {
    rowNumber,
    holderName: look.cell('holderName') ?? null,
    creditCode: look.cell('holderCreditCode')?.toUpperCase().replace(/\s/g, '') ?? null,
    issuedOn: dayOf(look, 'issuedOn'),
    validFrom: dayOf(look, 'validFrom'),
    validUntil: dayOf(look, 'validUntil'),
    state: stateOf(look),
  }
  if (look.problems.length > 0 || number === undefined) return { ok: false, problems: look.problems }
  return { ok: true, listed: { ...listed, number }, body }
}

type Look = {
  readonly problems: Problem[]
  cell(column: ListColumn): string | undefined
  wrong(code: RefusalCode, column: ListColumn, values?: Record<string, string | number>): undefined
}

function lookInto({ cells, names }: ListCells): Look {
  const pathOf = (column: ListColumn) => names[column] ?? column
  const problems = comparedColumns.flatMap((column) => problemsOfText(column, cells[column], pathOf(column)))
  return {
    problems,
    cell: (column) => cells[column],
    wrong(code, column, values) {
      const value = shownValue(cells[column] ?? '')
      problems.push(problem(code, pathOf(column), { value, ...(values ? { values } : {}) }))
    },
  }
}

/** Identity cards are looked for everywhere but in certificate numbers and in credit codes that are right (R6). */
function problemsOfText(column: ListColumn, text: string | undefined, path: string): readonly Problem[] {
  if (text === undefined) return []
  const isCode = column === 'number' || (column === 'holderCreditCode' && checkCreditCode(text).ok)
  const problems = problemsOfCell(text, path, isCode)
  if (text.length <= namesCharactersMax) return problems
  const tooLong = problem('field_invalid', path, {
    value: shownValue(text),
    values: { detail: `> ${namesCharactersMax}` },
  })
  return [...problems, tooLong]
}

/** Our own export puts an apostrophe before what a spreadsheet would run as a formula; read back, it is none of the number. */
function numberOf(look: Look) {
  const checked = checkCertificateNumber((look.cell('number') ?? '').replace(/^'(?=[=+\-@])/, ''))
  if (checked.ok) return checked.number
  return look.wrong(checked.code, 'number', { character: checked.character ?? '', position: checked.position ?? 0 })
}

function approvalNumberOf(look: Look): string | null {
  const text = look.cell('bodyApprovalNumber')
  if (text === undefined) return null
  return parseApprovalNumber(text) ?? look.wrong('approval_number_invalid', 'bodyApprovalNumber') ?? null
}

function dayOf(look: Look, column: ListColumn): PlainDate | null {
  const text = look.cell(column)
  return text === undefined ? null : (dayOfCell(text) ?? look.wrong('date_does_not_exist', column) ?? null)
}

function stateOf(look: Look): ListedState | null {
  const text = look.cell('state')?.toLowerCase()
  if (text === undefined) return null
  const state = listedStates.find((each) => each === text)
  return state ?? look.wrong('field_invalid', 'state', { detail: listedStates.join(', ') }) ?? null
}
