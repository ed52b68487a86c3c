import { parseArgs } from 'node:util'
import { systemClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { openForOwner } from '../src/open-registry.ts'
import { inspectBackup } from '../src/store/backup/archive.ts'
import { restoreBackup } from '../src/store/backup/restore-backup.ts'
import { migrateDatabase } from '../src/store/migrate.ts'
import { failureText } from './failure.ts'

/** `npm run restore -- FILE`: a backup into an empty database, whole or not at all; then it is migrated on. */

const usage = `用法 / Usage: npm run restore -- FILE [--check]

  FILE      备份文件 / a file that npm run backup made
  --check   只检查文件，不连接数据库 / only reads the file to its end and checks it`

try {
  await run()
} catch (error) {
  console.error(failureText(error))
  process.exitCode = 1
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean' } } })
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) throw new Error(usage)
  if (values.check) return check(file)
  const owner = await openForOwner(readConfig())
  try {
    console.error(`恢复到 / restoring into ${owner.place}`)
    const tell = (table: string, rows: number) => console.error(`  ${table}: ${rows}`)
    const { takenAt } = await restoreBackup(owner.ownerUrl, file, tell)
    await migrateDatabase(owner.ownerUrl, owner.serviceRole, systemClock.now(), (message) => console.error(message))
    console.log(`已恢复 ${takenAt} 的备份 / restored the backup of ${takenAt}`)
  } finally {
    await owner.close()
  }
}

async function check(file: string): Promise<void> {
  const { opening, manifest } = await inspectBackup(file)
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  console.log(
    `${file}: ${opening.takenAt}，版本 / version ${opening.version}，${manifest.tables.length} 张表 / tables，${rows} 行 / rows`,
  )
}
