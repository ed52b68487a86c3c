import { systemClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { openForOwner } from '../src/open-registry.ts'
import { takeBackup } from '../src/store/backup/take-backup.ts'
import { failureText } from './failure.ts'

/** `npm run backup -- FILE`: all of the database of the settings, into one file. */

const usage = `用法 / Usage: npm run backup -- FILE

  FILE   新文件，仅本人可读 / a new file, for its owner alone: passwords' hashes and secrets are in it`

try {
  await run(process.argv.slice(2))
} catch (error) {
  console.error(failureText(error))
  process.exitCode = 1
}

async function run([file, ...others]: readonly string[]): Promise<void> {
  if (file === undefined || file.startsWith('-') || others.length > 0) throw new Error(usage)
  const owner = await openForOwner(readConfig())
  try {
    console.error(`备份 / backing up ${owner.place}`)
    const tell = (table: string, rows: number) => console.error(`  ${table}: ${rows}`)
    const { tables } = await takeBackup(owner.ownerUrl, file, systemClock.now(), tell)
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    console.log(`${file}: ${tables.length} 张表，${rows} 行 / ${tables.length} tables, ${rows} rows`)
  } finally {
    await owner.close()
  }
}
