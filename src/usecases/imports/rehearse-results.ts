import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { Refusal } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import type { Context, Registry } from '../context.ts'
import { sha256OfJson } from '../hashes.ts'
import { recordResult } from '../results/post-result.ts'
import type { ResultInput } from '../results/result-input.ts'
import type { FileSoFar, Kept } from './file-so-far.ts'

/** Rows of results in a dry run: each is judged after those rows of the file that can bear on it were done again (R6). */
export type MemberResult = { readonly memberId: string; readonly input: ResultInput }

export type ResultsSoFar = FileSoFar<MemberResult>

/** Beyond so many rows that bear on one row, the earliest are left out: a dry run must not grow with the square of the file. */
const rowsAgainMax = 20

/** What two rows may have in common so that the first bears on the second. */
function keysOf({ memberId, input }: MemberResult): string[] {
  const { memberReference, certificate, earlierCertificateNumber, earlierCertificateId, assignmentId, endingId } = input
  const numbers = [certificate?.number, earlierCertificateNumber].flatMap((number) =>
    number === undefined ? [] : [`number ${memberId} ${normaliseCertificateNumber(number)}`],
  )
  const ids = [earlierCertificateId, assignmentId, endingId].flatMap((id) => (id === undefined ? [] : [`id ${id}`]))
  return [...new Set([`reference ${memberId} ${memberReference}`, ...numbers, ...ids])]
}

/** An enterprise is named in many rows; only one that says something new about it bears on the later ones. */
function enterpriseKey({ input }: MemberResult): string {
  return `enterprise ${input.enterprise.creditCode}`
}

/** Does the rows again that bear on this one, in the order of the file; each was accepted before, or is passed over. */
export async function doAgain(
  tx: Db,
  registry: Registry,
  context: Context,
  result: MemberResult,
  soFar: ResultsSoFar,
): Promise<void> {
  for (const { row } of await bearingOn(result, soFar))
    await tx
      .transaction((inner) => recordResult(inner, registry, context, row.memberId, row.input))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
      })
}

/** The rows with a key in common, those with a key in common with them, and so on. */
async function bearingOn(result: MemberResult, soFar: ResultsSoFar): Promise<Kept<MemberResult>[]> {
  const found = new Map<number, Kept<MemberResult>>()
  const asked = new Set<string>()
  let keys = [...keysOf(result), enterpriseKey(result)]
  while (keys.length > 0 && found.size < rowsAgainMax) {
    for (const key of keys) asked.add(key)
    const more = await soFar.under(keys, rowsAgainMax)
    for (const kept of more) found.set(kept.at, kept)
    keys = [...new Set(more.flatMap(({ row }) => [...keysOf(row), enterpriseKey(row)]))].filter(
      (key) => !asked.has(key),
    )
  }
  return [...found.values()].sort((a, b) => a.at - b.at).slice(-rowsAgainMax)
}

/** Keeps a row that was accepted. */
export async function keepSoFar(result: MemberResult, soFar: ResultsSoFar): Promise<void> {
  const key = enterpriseKey(result)
  const [latest] = await soFar.under([key], 1)
  const isNews = !latest || sha256OfJson(latest.row.input.enterprise) !== sha256OfJson(result.input.enterprise)
  await soFar.add([{ keys: [...keysOf(result), ...(isNews ? [key] : [])], row: result }])
}
