import { createHash, type Hash } from 'node:crypto'
import { createGzip, type Gzip } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import { dayInShanghai, endOfDay } from '../../clock.ts'
import { firstOfMonth, lastOfMonth, type PlainDate, parsePlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  type ColumnMeaning,
  monthsWithoutSnapshot,
  type SnapshotRecord,
  snapshotFields,
  snapshotFiles,
  snapshotFormat,
  snapshotHeadFields,
  snapshotRecord,
} from '../../domain/register-snapshot.ts'
import { type Db, violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  claimSnapshot,
  findSnapshot,
  insertPiece,
  insertSnapshot,
  listSnapshots,
  piecesOf,
  registerBeganAt,
  registerPage,
  type Snapshot,
  type SnapshotFile,
} from '../../store/snapshots.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { addCounts, type Counts } from '../jobs/in-batches.ts'

const rowsAtOnce = 5_000
const pieceBytes = 1024 * 1024
const names = Object.keys(snapshotFields) as (keyof SnapshotRecord)[]

/**
 * The job: the snapshot of every month that has begun and has none (N13). Of the present month it holds what is known now;
 * of one that was missed what was known by its end, so a night that did not run costs nothing.
 */
export async function snapshotRegister(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const made = (await listSnapshots(registry.db)).map(({ month }) => month)
  const beganAt = await registerBeganAt(registry.db)
  let counts = none
  for (const month of monthsWithoutSnapshot(made, beganAt && dayInShanghai(beganAt), context.today)) {
    signal.throwIfAborted()
    counts = addCounts(counts, await makeSnapshot(registry, context, month, signal))
  }
  return counts
}

/** Not made where another process makes it, or has made it since it was looked for. */
async function makeSnapshot(
  registry: Registry,
  context: Context,
  month: PlainDate,
  signal: AbortSignal,
): Promise<Counts> {
  try {
    return await registry.db.transaction((tx) => snapshotOf(tx, context, month, signal), {
      isolationLevel: 'repeatable read',
    })
  } catch (error) {
    if (violates(error, 'register_snapshot_pieces_month_file_place_pk')) return none
    throw error
  }
}

const none: Counts = { made: 0, rows: 0 }

/** The transaction sees the register at one instant; rows are read and files written piece by piece, however many there are. */
async function snapshotOf(tx: Db, context: Context, month: PlainDate, signal: AbortSignal): Promise<Counts> {
  if (!(await claimSnapshot(tx, month)) || (await findSnapshot(tx, month))) return none
  const isPast = month < firstOfMonth(context.today)
  const knownAt = isPast ? endOfDay(lastOfMonth(month)) : context.now
  const keep = (piece: Piece) => insertPiece(tx, { month, ...piece })
  const files = { csv: new FileInMaking('csv', keep), json: new FileInMaking('json', keep) }
  const rows = await writeFiles(tx, { on: month, ...(isPast ? { knownAt } : {}) }, files, signal)
  await files.csv.end()
  await files.json.end()
  // The head is referred to by the pieces, which the database asks for when the transaction ends.
  await insertSnapshot(tx, { ...headOf(context, month, files), knownAt, rows })
  await record(tx, context, {
    action: 'register.snapshot_made',
    entity: 'register_snapshot',
    entityId: month,
    onDay: month,
    changes: { rows, knownAt, csvSha256: files.csv.sha256(), jsonSha256: files.json.sha256() },
  })
  return { made: 1, rows }
}

type Files = Record<SnapshotFile, FileInMaking>

function headOf({ now, actor }: Context, month: PlainDate, { csv, json }: Files) {
  return {
    month,
    onDay: month,
    format: snapshotFormat,
    csvSha256: csv.sha256(),
    csvBytes: csv.bytesTotal,
    csvPackedSha256: csv.packedSha256(),
    jsonSha256: json.sha256(),
    jsonBytes: json.bytesTotal,
    jsonPackedSha256: json.packedSha256(),
    recordedAt: now,
    recordedBy: actor.id,
  }
}

/** @throws the signal's reason */
async function writeFiles(
  tx: Db,
  { on, knownAt }: { readonly on: PlainDate; readonly knownAt?: Date },
  { csv, json }: Files,
  signal: AbortSignal,
): Promise<number> {
  await csv.write(`\ufeff${csvLines([names])}`)
  await json.write('[')
  let rows = 0
  for (let after: string | null = null; ; ) {
    signal.throwIfAborted()
    const page = await registerPage(tx, after, rowsAtOnce, knownAt)
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
  readonly #packedHash: Hash = createHash('sha256')
  #packedDigest = ''

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
      const bytes = whole.subarray(0, pieceBytes)
      this.#packedHash.update(bytes)
      await this.#keep({ file: this.file, place: this.#places, bytes })
      this.#places += 1
    }
    this.#made = whole.length === 0 ? [] : [whole]
  }

  async end(): Promise<void> {
    this.#gzip.end()
    await this.#ended
    this.#digest = this.#hash.digest('hex')
    await this.#keepPieces(1)
    this.#packedDigest = this.#packedHash.digest('hex')
  }

  /** Of the file as it is kept and sent to whoever takes it compressed. */
  packedSha256(): string {
    return this.#packedDigest
  }

  sha256(): string {
    return this.#digest
  }
}

export type SnapshotView = Omit<Snapshot, 'recordedAt' | 'recordedBy' | 'csvPackedSha256' | 'jsonPackedSha256'> & {
  readonly dictionary: string
}

/** Where the dictionary is found. */
export const dictionaryAddress = '/v1/public/snapshots/dictionary'

/** Every snapshot with the hashes of its files, for anybody (N13). */
export async function readSnapshots(registry: Registry): Promise<{ items: SnapshotView[] }> {
  const rows = await listSnapshots(registry.lists)
  return {
    items: rows.map(
      ({ recordedAt: _at, recordedBy: _by, csvPackedSha256: _csv, jsonPackedSha256: _json, ...snapshot }) => ({
        ...snapshot,
        dictionary: dictionaryAddress,
      }),
    ),
  }
}

/** What the columns of the files and of their list mean, in both languages, and how they are written. */
export function readDictionary() {
  return {
    format: snapshotFormat,
    files: { csv: inWords(snapshotFiles.csv), json: inWords(snapshotFiles.json) },
    fields: Object.entries(snapshotFields).map(([name, column]) => columnView(name, column)),
    list: Object.entries(snapshotHeadFields).map(([name, column]) => columnView(name, column)),
  }
}

/** How each format is written: in CSV everything is text, in JSON a number is a number. */
const written: Readonly<Record<ColumnMeaning['format'], string>> = {
  text: 'text',
  day: 'YYYY-MM-DD, Asia/Shanghai',
  instant: 'YYYY-MM-DDThh:mm:ss.sssZ, UTC',
  number: '0–9',
  closed_list: 'code',
}

function columnView(name: string, { words, format, unit, absent, values }: ColumnMeaning) {
  return {
    name,
    ...inWords(words),
    type: format === 'number' ? ('number' as const) : ('string' as const),
    format,
    written: written[format],
    unit: unit && inWords(unit),
    mayBeAbsent: absent !== null,
    absent: absent && { ...inWords(absent), csv: '', json: null },
    values: values && Object.entries(values).map(([code, valueWords]) => ({ code, ...inWords(valueWords) })),
  }
}

function inWords([zh, en]: readonly [zh: string, en: string]) {
  return { zh, en }
}

export type SnapshotDownload = {
  /** SHA-256 of the unpacked file, and of the packed one where it was reckoned. */
  readonly sha256: string
  readonly packedSha256: string | null
  pieces(): AsyncGenerator<Buffer>
}

/** A file of a month, compressed by gzip. @param month YYYY-MM @throws Refusal where there is none */
export async function openSnapshot(registry: Registry, month: string, file: SnapshotFile): Promise<SnapshotDownload> {
  const first = parsePlainDate(`${month}-01`)
  const snapshot = first && (await findSnapshot(registry.lists, first))
  if (!snapshot) throw refuse('not_found', 'month', { value: month, values: { what: ['登记快照', 'snapshot'] } })
  const { csvSha256, csvPackedSha256, jsonSha256, jsonPackedSha256 } = snapshot
  const [sha256, packedSha256] = file === 'csv' ? [csvSha256, csvPackedSha256] : [jsonSha256, jsonPackedSha256]
  return { sha256, packedSha256, pieces: () => piecesOf(registry.lists, snapshot.month, file) }
}
