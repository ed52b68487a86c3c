import { readConfig } from '../src/config.ts'
import { migrateGiven, openRegistry } from '../src/open-registry.ts'
import { failureText } from './failure.ts'

/** `npm run migrate`: brings the database of DATABASE_URL up to date with the rights of DATABASE_OWNER_URL. */
try {
  const config = readConfig()
  if (config.DATABASE_URL === undefined) await (await openRegistry(config)).close()
  else await migrateGiven(config, config.DATABASE_URL, (message) => console.error(message))
  console.log('数据库已是最新 / the database is up to date')
} catch (error) {
  console.error(failureText(error))
  process.exitCode = 1
}
