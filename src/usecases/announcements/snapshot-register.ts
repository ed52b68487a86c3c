import { createHash, type Hash } from 'node:crypto'
import { createGzip, type Gzip } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import { firstOfMonth, type PlainDate, parsePlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { type SnapshotRecord, snapshotFields, snapshotFormat, snapshotRecord } from '../../domain/register-snapshot.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  claimSnapshot,
  findSnapshot,
  insertPiece,
  insertSnapshot,
  listSnapshots,
  piecesOf,
  registerPage,
  type Snapshot,
  type SnapshotFile,
} from '../../store/snapshots.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import type { Counts } from '../jobs/in-batches.ts'

const rowsAtOnce = 5_000
const pieceBytes = 1024 * 1024
const names = Object.keys(snapshotFields) as (keyof SnapshotRecord)[]

/**
 * The job: the snapshot of the month that has begun, where there is none yet (N13). One transaction sees the register at
 * one instant; rows are read and files written piece by piece, however many there are.
 */
export async function snapshotRegister(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const month = firstOfMonth(context.today)
  if (await findSnapshot(registry.db, month)) return { made: 0, rows: 0 }
  return registry.db.transaction(
    async (tx) => {
      if (!(await claimSnapshot(tx)) || (await findSnapshot(tx, month))) return { made: 0, rows: 0 }
      const keep = (piece: Piece) => insertPiece(tx, { month, ...piece })
      const files = { csv: new FileInMaking('csv', keep), json: new FileInMaking('json', keep) }
      const rows = await writeFiles(tx, month, files, signal)
      await files.csv.end()
      await files.json.end()
      // The head is referred to by the pieces, which the database asks for when the transaction ends.
      await insertSnapshot(tx, {
        month,
        onDay: month,
        knownAt: context.now,
        format: snapshotFormat,
        rows,
        csvSha256: files.csv.sha256(),
        csvBytes: files.csv.bytesTotal,
        jsonSha256: files.json.sha256(),
        jsonBytes: files.json.bytesTotal,
        recordedAt: context.now,
        recordedBy: context.actor.id,
      })
      await record(tx, context, {
        action: 'register.snapshot_made',
        entity: 'register_snapshot',
        entityId: month,
        onDay: month,
        changes: { rows, csvSha256: files.csv.sha256(), jsonSha256: files.json.sha256() },
      })
      return { made: 1, rows }
    },
    { isolationLevel: 'repeatable read' },
  )
}

/** @throws the signal's reason */
async function writeFiles(
  tx: Db,
  on: PlainDate,
  { csv, json }: Record<SnapshotFile, FileInMaking>,
  signal: AbortSignal,
): Promise<number> {
  await csv.write(`\ufeff${csvLines([names])}`)
  await json.write('[')
  let rows = 0
  for (let after: string | null = null; ; ) {
    signal.throwIfAborted()
    const page = await registerPage(tx, after, rowsAtOnce)
    if (page.length === 0) break
    const records = page.map((row) => snapshotRecord(row, on))
    await csv.write(csvLines(records.map((record) => names.map((name) => record[name] ?? ''))))
    await json.write(`${rows === 0 ? '\n' : ',\n'}${records.map((record) => JSON.stringify(record)).join(',\n')}`)
    rows += page.length
    after = page.at(-1)?.id ?? null
  }
  await json.write('\n]\n')
  return rows
}

/** Text that a spreadsheet would take for a formula gets an apostrophe. */
function csvLines(records: readonly (readonly string[])[]): string {
  return stringify(records as string[][], { record_delimiter: 'windows', escape_formulas: true })
}

type Piece = { readonly file: SnapshotFile; readonly place: number; readonly bytes: Buffer }

/** A file on its way into the database: hashed as it is read, kept piece by piece as it is compressed. */
class FileInMaking {
  readonly file: SnapshotFile
  readonly #keep: (piece: Piece) => Promise<void>
  bytesTotal = 0
  readonly #hash: Hash = createHash('sha256')
  readonly #gzip: Gzip = createGzip()
  #made: Buffer[] = []
  #places = 0
  readonly #ended: Promise<void>
  #digest = ''

  constructor(file: SnapshotFile, keep: (piece: Piece) => Promise<void>) {
    this.file = file
    this.#keep = keep
    this.#gzip.on('data', (bytes: Buffer) => this.#made.push(bytes))
    this.#ended = new Promise((resolve, reject) => this.#gzip.once('end', resolve).once('error', reject))
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    this.bytesTotal += bytes.length
    this.#hash.update(bytes)
    await new Promise<void>((resolve, reject) =>
      this.#gzip.write(bytes, (error) => (error ? reject(error) : resolve())),
    )
    await this.#keepPieces(pieceBytes)
  }

  /** Keeps what is ready, in pieces of one size; the last of a file is shorter. */
  async #keepPieces(least: number): Promise<void> {
    let whole = Buffer.concat(this.#made)
    for (; whole.length >= least && whole.length > 0; whole = whole.subarray(pieceBytes)) {
      await this.#keep({ file: this.file, place: this.#places, bytes: whole.subarray(0, pieceBytes) })
      this.#places += 1
    }
    this.#made = whole.length === 0 ? [] : [whole]
  }

  async end(): Promise<void> {
    this.#gzip.end()
    await this.#ended
    this.#digest = this.#hash.digest('hex')
    await this.#keepPieces(1)
  }

  sha256(): string {
    return this.#digest
  }
}

export type SnapshotView = Omit<Snapshot, 'recordedAt' | 'recordedBy'>

/** Every snapshot with the hashes of its files, for anybody (N13). */
export async function readSnapshots(registry: Registry): Promise<{ items: SnapshotView[] }> {
  const rows = await listSnapshots(registry.lists)
  return { items: rows.map(({ recordedAt: _at, recordedBy: _by, ...snapshot }) => snapshot) }
}

/** What the fields of the files mean, in both languages. */
export function readDictionary() {
  return {
    format: snapshotFormat,
    fields: names.map((name) => ({ name, zh: snapshotFields[name][0], en: snapshotFields[name][1] })),
  }
}

export type SnapshotDownload = { readonly snapshot: Snapshot; pieces(): AsyncGenerator<Buffer> }

/** A file of a month, compressed by gzip. @param month YYYY-MM @throws Refusal where there is none */
export async function openSnapshot(registry: Registry, month: string, file: SnapshotFile): Promise<SnapshotDownload> {
  const first = parsePlainDate(`${month}-01`)
  const snapshot = first && (await findSnapshot(registry.lists, first))
  if (!snapshot) throw refuse('not_found', 'month', { value: month, values: { what: ['登记快照', 'snapshot'] } })
  return { snapshot, pieces: () => piecesOf(registry.lists, snapshot.month, file) }
}
