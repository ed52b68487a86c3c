import { readConfig } from './config.ts'
import { runService } from './service.ts'

try {
  await runService(readConfig())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
