import { foldDashes } from '../../domain/cells.ts'
import { familyFromText } from '../../domain/families.ts'
import { cityOfCell, dayOfCell, listOfCell, problemsOfCell, shownValue } from '../../domain/imported-cells.ts'
import { type Problem, refuseIfAny } from '../../domain/refusals.ts'
import { problemsOfIssues } from '../inputs.ts'
import { type ResultInput, resultInput } from '../results/result-input.ts'
import type { FittedMapping, OurCells } from './mapping.ts'

/** A flat row as the body of `POST /v1/results`: lists split, words and days as the schema wants them. */

const lists: ReadonlyMap<string, RegExp> = new Map([
  ['certificate.product.models', /[;；\n]/],
  ['certificate.standards', /[;；、\n]/],
])
const readers: readonly (readonly [columns: RegExp, read: (text: string) => string | undefined])[] = [
  [/On$|\.valid(?:From|Until)$/, dayOfCell],
  [/cityCode$/, cityOfCell],
  [/^(?:enterprise\.)?family$/, familyFromText],
  [/Id$/, (text) => foldDashes(text).toLowerCase()],
]
/** Identity cards are looked for everywhere but where codes of 18 characters belong (R6). */
const columnsOfCodes: readonly string[] = ['enterprise.creditCode', 'certificate.number', 'earlierCertificateNumber']

/** @throws Refusal under the file's own column names */
export function readResultsRow({ cells }: OurCells, names: FittedMapping['names']): ResultInput {
  const texts = Object.entries(cells)
  refuseIfAny(
    texts.flatMap(([column, text]) => problemsOfCell(text, names[column] ?? column, columnsOfCodes.includes(column))),
  )
  const body = bodyOf(texts)
  const parsed = resultInput.safeParse(body)
  if (parsed.success) return parsed.data
  refuseIfAny(inFileTerms(problemsOfIssues(parsed.error.issues, body), names))
  throw parsed.error
}

type Body = { [name: string]: string | string[] | Body }

function bodyOf(texts: readonly (readonly [column: string, text: string])[]): Body {
  const body: Body = {}
  for (const [column, text] of texts) setAt(body, column.split('.'), entryOf(column, text))
  return placeProductName(body)
}

/** What the reader does not understand stays as it is, for the schema to refuse. */
function entryOf(column: string, text: string): string | string[] {
  const separators = lists.get(column)
  if (separators) return listOfCell(text, separators)
  const read = readers.find(([columns]) => columns.test(column))?.[1]
  return read?.(text) ?? text
}

function setAt(body: Body, path: readonly string[], value: string | string[]): void {
  const [name = '', ...deeper] = path
  if (deeper.length === 0) {
    body[name] = value
    return
  }
  const inner = asBody(body[name])
  body[name] = inner
  setAt(inner, deeper, value)
}

function asBody(value: Body[string] | undefined): Body {
  return typeof value === 'object' && !Array.isArray(value) ? value : {}
}

/** A table has one column for the product; where there is a certificate, the certificate names it. */
function placeProductName(body: Body): Body {
  const { productName, ...rest } = body
  if (productName === undefined || rest.certificate === undefined) return body
  const certificate = asBody(rest.certificate)
  return { ...rest, certificate: { ...certificate, product: { name: productName, ...asBody(certificate.product) } } }
}

/** Problems with the paths of the body, as those of the file's columns: `certificate.standards.0` is its column of standards. */
export function inFileTerms(problems: readonly Problem[], names: FittedMapping['names']): Problem[] {
  return problems.map((problem) => ({ ...problem, path: fileColumn(problem.path, names), ...shown(problem) }))
}

function fileColumn(path: string, names: FittedMapping['names']): string {
  const column = path === 'certificate.product.name' ? 'productName' : path.replace(/\.\d+$/, '')
  return names[column] ?? path
}

function shown({ value }: Problem): Pick<Problem, 'value'> {
  return typeof value === 'string' ? { value: shownValue(value) } : {}
}
