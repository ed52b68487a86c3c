import type postgres from 'postgres'
import { BackupUnusable, inspectBackup, type Manifest, type Opening, partsOf } from './archive.ts'
import { connectForBackup, copyIn, foreignKeysIn, rowsOf, type Table, tablesIn, triggersIn } from './catalogue.ts'
import { makeReady } from './restore-target.ts'
import type { Progress } from './take-backup.ts'
import { isSameTally, newTally } from './tally.ts'

type Tx = postgres.TransactionSql

/**
 * Brings a backup into an empty database, in one transaction: whole, or not at all. The file is read to its end before
 * anything is touched, and the tables are counted again before they count. The schema is that of the backup: migrate on
 * afterwards. @throws BackupUnusable, TargetUnusable; Error of the database
 */
export async function restoreBackup(ownerUrl: string, file: string, tell: Progress): Promise<Opening> {
  const { opening, manifest } = await inspectBackup(file)
  const client = connectForBackup(ownerUrl, 'alliance-registry restore')
  try {
    await client.begin(async (tx) => {
      await makeReady(tx, opening)
      await withoutRules(tx, () => loadTables(tx, file, tell))
      for (const { name, lastValue, isCalled } of manifest.sequences)
        await tx`select setval(${`public.${quoted(name)}`}::text::regclass, ${lastValue}::text::bigint, ${isCalled})`
      await tx`analyze`
      await compare(tx, manifest)
    })
  } finally {
    await client.end({ timeout: 5 })
  }
  return opening
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Foreign keys are off while rows come in the order of the file, triggers too: what they would write is in the file
 * already. Put on again, the keys are checked over all rows.
 */
async function withoutRules(tx: Tx, load: () => Promise<void>): Promise<void> {
  const keys = await foreignKeysIn(tx)
  const triggers = await triggersIn(tx)
  for (const { table, name } of keys) await tx.unsafe(`alter table ${table} drop constraint ${name}`)
  for (const { table, name } of triggers) await tx.unsafe(`alter table ${table} disable trigger ${name}`)
  await load()
  for (const { table, name, mode } of triggers) await tx.unsafe(`alter table ${table} enable ${mode} trigger ${name}`)
  for (const { table, name, definition } of keys)
    await tx.unsafe(`alter table ${table} add constraint ${name} ${definition}`)
}

async function loadTables(tx: Tx, file: string, tell: Progress): Promise<void> {
  const expected = new Map((await tablesIn(tx)).map((table) => [table.name, table]))
  await emptyAll(tx, [...expected.keys()])
  let copying: Copying | undefined
  try {
    for await (const part of partsOf(file)) {
      if (part.kind === 'rows') await copying?.write(part.block)
      else {
        await copying?.end()
        copying = part.kind === 'table' ? await beginCopy(tx, take(expected, part), tell) : undefined
      }
    }
  } catch (error) {
    copying?.abandon()
    throw error
  }
  if (expected.size > 0)
    throw new BackupUnusable(`备份中缺少表 / the backup lacks the tables ${[...expected.keys()].join(', ')}`)
}

/** The rows that a migration brings along give way to those of the backup. */
async function emptyAll(tx: Tx, names: readonly string[]): Promise<void> {
  await tx.unsafe(`truncate ${names.map(quoted).join(', ')}`)
}

/** The table of the backup, where the database has the same one and its rows have not come yet. */
function take(expected: Map<string, Table>, table: Table): Table {
  const known = expected.get(table.name)
  if (!known || [...known.columns].sort().join() !== [...table.columns].sort().join())
    throw new BackupUnusable(`表 ${table.name} 与备份不一致 / the table ${table.name} is not the one of the backup`)
  expected.delete(table.name)
  return table
}

type Copying = { write(block: Buffer): Promise<void>; end(): Promise<void>; abandon(): void }

/**
 * The driver tells nobody of a failure that comes once all rows are sent, and the stream would never end: what it does
 * with a failed question is taken over here.
 */
async function beginCopy(tx: Tx, table: Table, tell: Progress): Promise<Copying> {
  const copy = copyIn(tx, table)
  const stream = await copy.writable()
  const tally = newTally()
  const refused = new Promise<never>((_, reject) => {
    Object.assign(copy, { reject })
    stream.on('error', reject)
  })
  refused.catch(() => undefined)
  const orRefused = (work: (done: () => void) => void) => Promise.race([new Promise<void>(work), refused])
  return {
    async write(block) {
      tally.add(block)
      await orRefused((done) => stream.write(block, (error) => (error ? undefined : done())))
    },
    async end() {
      await orRefused((done) => stream.end(done))
      tell(table.name, tally.result().rows)
    },
    abandon: () => void stream.destroy(),
  }
}

/** What is in the tables now, against the manifest. */
async function compare(tx: Tx, manifest: Manifest): Promise<void> {
  const tables = new Map((await tablesIn(tx)).map((table) => [table.name, table]))
  for (const expected of manifest.tables) {
    const table = tables.get(expected.name)
    if (table && isSameTally(await tallyOf(tx, table), expected)) continue
    throw new BackupUnusable(
      `表 ${expected.name} 恢复后与备份不一致，已撤销 / after the restore ${expected.name} differs from the backup: nothing was kept`,
    )
  }
}

async function tallyOf(tx: Tx, table: Table) {
  const tally = newTally()
  for await (const row of rowsOf(tx, table)) tally.add(row)
  return tally.result()
}
