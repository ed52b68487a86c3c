import { readConfig } from '../src/config.ts'
import type { Actor } from '../src/domain/access.ts'
import { openRegistry } from '../src/open-registry.ts'
import { contextOf } from '../src/usecases/context.ts'
import { verifyCounts } from '../src/usecases/dashboards/verify-counts.ts'
import { failureText } from './failure.ts'

const commandLine: Actor = {
  kind: 'system',
  id: 'command-line',
  name: 'command line',
  role: 'administrator',
  memberId: null,
}

await run().catch((error: unknown) => {
  console.error(failureText(error))
  process.exitCode = 1
})

/** Recounts everything; ends with 2 where something differed, so that it is noticed although it is repaired. */
async function run(): Promise<void> {
  const opened = await openRegistry(readConfig())
  try {
    const verified = await verifyCounts(opened.registry, contextOf(opened.registry, commandLine, 'command-line'))
    for (const { counted, differences } of verified) {
      console.log(
        `${counted}\t${differences.length} 处不符 / differences${differences.length > 0 ? '，已更正 / repaired' : ''}`,
      )
      for (const { memberId, what, kept, facts } of differences.slice(0, 20))
        console.log(`  ${memberId} ${what.join(' ')}: ${kept?.join(',') ?? '—'} → ${facts?.join(',') ?? '—'}`)
    }
    if (verified.some(({ repaired }) => repaired)) process.exitCode = 2
  } finally {
    await opened.close()
  }
}
