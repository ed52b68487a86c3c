import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { access, rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, constants as zlib } from 'node:zlib'
import type postgres from 'postgres'
import { productVersion } from '../../package-root.ts'
import { formatVersion, type Manifest, textOf } from './archive.ts'
import { connectForBackup, migrationsIn, rowsOf, sequencesIn, type Table, tablesIn } from './catalogue.ts'
import { newTally } from './tally.ts'

/** What is told while it goes on: a table is done. */
export type Progress = (table: string, rows: number) => void

/** Rows are gathered into blocks of about so many bytes. */
const blockBytes = 262_144

/**
 * Writes every table into one file, as they all were at one moment; whoever works on goes on. The file has its name only
 * once it is whole and on the disk, and is its owner's alone: passwords' hashes and secrets are in it.
 * @throws Error when there is such a file already.
 */
export async function takeBackup(ownerUrl: string, file: string, now: Date, tell: Progress): Promise<Manifest> {
  await requireAbsent(file)
  // Of its own, so that two at once do not write into one.
  const draft = `${file}.${randomUUID()}.part`
  try {
    const manifest = await writeArchive(draft, (write) => readAll(ownerUrl, now, tell, write))
    await requireAbsent(file)
    await rename(draft, file)
    return manifest
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function requireAbsent(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw new Error(`${file} 已存在，不会覆盖 / ${file} exists and is not overwritten`)
}

type Write = (bytes: Buffer) => Promise<void>

/** Compresses what is written into a file that is new, private, and on the disk before it is closed. */
async function writeArchive<T>(draft: string, work: (write: Write) => Promise<T>): Promise<T> {
  const gzip = createGzip({ level: zlib.Z_BEST_SPEED })
  const file = pipeline(gzip, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }))
  try {
    const answer = await work((bytes) => Promise.race([written(gzip, bytes), file]))
    gzip.end()
    await file
    return answer
  } catch (error) {
    gzip.destroy()
    await file.catch(() => undefined)
    throw error
  }
}

async function written(stream: Writable, bytes: Buffer): Promise<void> {
  if (!stream.write(bytes)) await once(stream, 'drain')
}

/** One snapshot: what is written after its first question is not in it. */
async function readAll(ownerUrl: string, now: Date, tell: Progress, write: Write): Promise<Manifest> {
  const client = connectForBackup(ownerUrl, 'alliance-registry backup')
  try {
    return (await client.begin('isolation level repeatable read read only', async (tx) => {
      const tables = await tablesIn(tx)
      // No migration comes between the list of the tables and their rows.
      for (const { name } of tables) await tx`lock table ${tx(name)} in access share mode`
      await write(textOf(await openingOf(tx, now)))
      const tallies: Manifest['tables'] = []
      for (const table of tables) {
        const tally = await readTable(tx, table, write)
        tallies.push({ name: table.name, ...tally })
        tell(table.name, tally.rows)
      }
      const manifest: Manifest = { kind: 'manifest', tables: tallies, sequences: await sequencesIn(tx) }
      await write(textOf(manifest))
      return manifest
    })) as Manifest
  } finally {
    await client.end({ timeout: 5 })
  }
}

async function openingOf(tx: postgres.TransactionSql, now: Date) {
  const migrations = await migrationsIn(tx)
  if (migrations.length === 0)
    throw new Error('数据库尚未迁移，没有可备份的内容 / the database was never migrated: there is nothing to back up')
  const [server] = await tx<{ version: string }[]>`select current_setting('server_version') as version`
  return {
    kind: 'backup' as const,
    product: 'alliance-registry' as const,
    format: formatVersion,
    version: productVersion,
    takenAt: now.toISOString(),
    postgres: server?.version ?? '',
    migrations,
  }
}

async function readTable(tx: postgres.TransactionSql, table: Table, write: Write) {
  await write(textOf({ kind: 'table', name: table.name, columns: [...table.columns] }))
  const tally = newTally()
  for await (const block of blocksOf(rowsOf(tx, table))) {
    tally.add(block)
    await write(textOf({ kind: 'rows', bytes: block.length }))
    await write(block)
  }
  return tally.result()
}

/** The server sends a row at a time, which would be a frame each. */
async function* blocksOf(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let bytes = 0
  for await (const row of rows) {
    held.push(row)
    bytes += row.length
    if (bytes < blockBytes) continue
    yield Buffer.concat(held)
    held = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(held)
}
