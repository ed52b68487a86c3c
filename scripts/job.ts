import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import type { Actor } from '../src/domain/access.ts'
import { cronExpressionOf } from '../src/domain/job-time.ts'
import { refuse } from '../src/domain/refusals.ts'
import { newId } from '../src/ids.ts'
import { jobsFor } from '../src/open-jobs.ts'
import { openRegistry } from '../src/open-registry.ts'
import { contextOf } from '../src/usecases/context.ts'
import { dayInput } from '../src/usecases/inputs.ts'
import type { Job } from '../src/usecases/jobs/job.ts'
import { runByHand } from '../src/usecases/jobs/run-job.ts'
import { failureText } from './failure.ts'

/** Runs one job by hand: `npm run job -- NAME --on DATE`. Without a name it lists them. */

const commandLine: Actor = {
  kind: 'system',
  id: 'command-line',
  name: '命令行 / command line',
  role: 'administrator',
  memberId: null,
}

function listing(jobs: readonly Job[]): string {
  const rows = jobs.map(
    ({ name, time, title }) => `  ${name.padEnd(20)} ${cronExpressionOf(time).padEnd(16)} ${title.join(' / ')}`,
  )
  return ['用法 / Usage: npm run job -- NAME [--on YYYY-MM-DD]', '', ...rows].join('\n')
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { on: { type: 'string' } } })
  const config = readConfig()
  const jobs = jobsFor(config)
  const [name, ...others] = positionals
  if (name === undefined || others.length > 0) return console.log(listing(jobs))
  const on = dayInput.optional().safeParse(values.on)
  if (!on.success) throw refuse('date_does_not_exist', '--on')
  const { registry, close } = await openRegistry(config)
  try {
    const context = contextOf(registry, commandLine, newId(registry.clock.now()))
    const ran = await runByHand(registry, context, jobs, name, { on: on.data })
    console.log(`${ran.name} ${ran.on} ${JSON.stringify(ran.counts)}`)
  } finally {
    await close()
  }
}

await main().catch((error: unknown) => {
  console.error(failureText(error))
  process.exitCode = 1
})
