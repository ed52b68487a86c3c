import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../src/package-root.ts'

/**
 * `npm run architecture`: the import rules of .dependency-cruiser.cjs. It also counts, because dependency-cruiser finds
 * no fault with files that it did not read: with a TypeScript that it does not support it looks at none, in silence.
 */
const rooms = ['src', 'scripts', 'test'] as const

type Violation = { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }
type Cruise = {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: { readonly violations: readonly Violation[] }
}

const { modules, summary } = await cruise()
const sources = new Set(modules.map(({ source }) => source))
const unread = (await typeScriptFiles()).filter((file) => !sources.has(file))
const looked = [...sources].filter((source) => source.endsWith('.ts') && !source.includes('node_modules')).length

for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
for (const file of unread) console.error(`not looked at: ${file}`)
console.log(`${looked} files, ${summary.violations.length} violations, ${unread.length} not looked at`)
if (summary.violations.length > 0 || unread.length > 0 || looked === 0) process.exitCode = 1

async function cruise(): Promise<Cruise> {
  const program = join(packageRoot, 'node_modules/.bin/depcruise')
  const given = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms]
  const { stdout } = await promisify(execFile)(program, given, { cwd: packageRoot, maxBuffer: 256 * 1024 * 1024 })
  return JSON.parse(stdout) as Cruise
}

async function typeScriptFiles(): Promise<string[]> {
  const perRoom = rooms.map(async (room) => {
    const names = await readdir(join(packageRoot, room), { recursive: true })
    return names.filter((name) => name.endsWith('.ts')).map((name) => join(room, name))
  })
  return (await Promise.all(perRoom)).flat()
}
