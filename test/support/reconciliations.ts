import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Test } from 'tap'
import type { Context } from '../../src/usecases/context.ts'
import { builtInMappings } from '../../src/usecases/imports/built-in-mappings.ts'
import type { Mapping } from '../../src/usecases/imports/mapping.ts'
import { runImport, startImport } from '../../src/usecases/imports/run-import.ts'
import { allPages } from '../../src/usecases/pages.ts'
import { shapeList } from '../../src/usecases/reconciliations/export-list.ts'
import { type EntryView, readEntries } from '../../src/usecases/reconciliations/read-reconciliations.ts'
import { runReconciliation } from '../../src/usecases/reconciliations/run-reconciliation.ts'
import { type ListAsked, startReconciliation } from '../../src/usecases/reconciliations/start-reconciliation.ts'
import type { TestRegistry } from './services.ts'

export const regulatorList = builtInMappings['regulator-list'] as Mapping

export async function fileOf(t: Pick<Test, 'testdir'>, name: string, content: string): Promise<string> {
  const path = join(t.testdir({}), name)
  await writeFile(path, content)
  return path
}

async function described(path: string) {
  const bytes = await readFile(path)
  const fileSha256 = createHash('sha256').update(bytes).digest('hex')
  return { fileName: basename(path), fileSha256, bytesTotal: bytes.length }
}

/** Takes a file into the opening balance. */
export async function importHistorical(
  test: TestRegistry,
  path: string,
  mapping = builtInMappings.historical as Mapping,
) {
  const context = test.as('secretariat')
  const started = await startImport(test.registry, context, { ...(await described(path)), mapping, dryRun: false })
  return runImport(test.registry, context, { importId: started.id, path })
}

export type ListOrder = Partial<ListAsked> & { mapping?: Mapping; context?: Context; signal?: AbortSignal }

/** Lays a list beside ours, as the secretariat and of CNCA unless asked otherwise. */
export async function reconcile(test: TestRegistry, path: string, order: ListOrder = {}) {
  const { context = test.as('secretariat'), signal, ...asked } = order
  const list = { covers: 'in_force' as const, mapping: regulatorList, ...asked }
  const started = await startReconciliation(test.registry, context, { ...list, ...(await described(path)) })
  return runReconciliation(
    test.registry,
    context,
    { reconciliationId: started.id, path },
    signal === undefined ? {} : { signal },
  )
}

export async function entriesOf(
  test: TestRegistry,
  id: string,
  context = test.as('secretariat'),
): Promise<EntryView[]> {
  const read = (cursor: string | undefined) => readEntries(test.registry, context, id, { limit: 500, cursor })
  const entries: EntryView[] = []
  for await (const page of allPages(read)) entries.push(...page)
  return entries
}

/** The work list in short. */
export async function saidOf(test: TestRegistry, id: string, context = test.as('secretariat')): Promise<string[]> {
  return (await entriesOf(test, id, context)).map(({ kind, number, oursSays, theirsSays, problems }) =>
    [
      kind,
      number,
      ...(oursSays === null ? [] : [oursSays, '|', theirsSays]),
      ...problems.map(({ code, path }) => `${code}@${path}`),
    ]
      .filter((word) => word !== '')
      .join(' '),
  )
}

/** Our certificates in the shape of a list, as rows of cells under their headings. */
export async function exported(test: TestRegistry, mapping: string, context = test.as('secretariat')) {
  const list = await shapeList(test.registry, context, mapping, { limit: 500 })
  const rows: (readonly string[])[] = []
  for await (const page of allPages(list.read)) rows.push(...page)
  return { headings: [...list.headings], rows }
}
