import { readConfig } from './config.ts'
import { runProcess } from './process.ts'

try {
  await runProcess(readConfig())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
