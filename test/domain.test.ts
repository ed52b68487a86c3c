import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../src/package-root.ts'

/** The tests of the rule book in one process: they wait for nothing, and twenty starts would take longer than they do. */
const folder = join(packageRoot, 'build/test/domain')
for (const file of (await readdir(folder, { recursive: true })).sort())
  if (file.endsWith('.test.js')) await import(join(folder, file))
