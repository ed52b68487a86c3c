import { refuse } from '../../domain/refusals.ts'
import { beginFirstLoad } from '../../store/first-load.ts'
import type { Context, Registry } from '../context.ts'
import type { ImportView } from './read-imports.ts'
import { authoriseImport, type ImportRequest, type RunOptions, runImport, startImport } from './run-import.ts'

export type FirstLoadOptions = RunOptions & {
  /** Which index is being made anew, and how many are left with it. */
  readonly onIndex?: (name: string, left: number) => void
}

/**
 * Takes historical certificates into a registry that has none, without the indexes that only serve questions; they are
 * made anew at the end, also of an import that failed. What is dead by then is healed by the next migration.
 * @param ownerUrl the database of the registry, with the rights of the tables' owner
 * @throws Refusal `forbidden`, `first_load_historical_only`, `first_load_not_owner`, `first_load_not_empty`: nothing was changed then
 */
export async function runFirstLoad(
  registry: Registry,
  context: Context,
  ownerUrl: string,
  { path, ...request }: ImportRequest & { readonly path: string },
  { onIndex = () => {}, ...options }: FirstLoadOptions = {},
): Promise<ImportView> {
  authoriseImport(context, request.mapping)
  if (request.mapping.kind !== 'historical') throw refuse('first_load_historical_only', 'mapping')
  const load = await beginFirstLoad(ownerUrl)
  if (load === 'not_owner' || load === 'not_empty') throw refuse(`first_load_${load}`)
  try {
    const { id: importId } = await startImport(registry, context, request)
    return await runImport(registry, context, { importId, path }, options)
  } finally {
    await load.rebuild(onIndex).finally(() => load.close())
  }
}
