import { refuse } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { findMapping, keepMapping, storedMappings } from '../../store/imports.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { builtInMappings } from './built-in-mappings.ts'
import { type Mapping, readMapping } from './mapping.ts'

export type NamedMapping = { readonly name: string; readonly isBuiltIn: boolean; readonly mapping: Mapping }

/** The mapping of a name: one that comes with the product, or a stored one. @throws Refusal `mapping_unknown` */
export async function mappingNamed(db: Db, name: string): Promise<Mapping> {
  if (Object.hasOwn(builtInMappings, name)) return builtInMappings[name] ?? readMapping(undefined)
  const stored = await findMapping(db, name)
  if (stored === undefined) throw refuse('mapping_unknown', 'mapping', { value: name, values: { name } })
  return readMapping(stored)
}

export async function listMappings(registry: Registry, context: Context): Promise<NamedMapping[]> {
  authorise(context, 'imports.read')
  const stored = await storedMappings(registry.db)
  return [
    ...Object.entries(builtInMappings).map(([name, mapping]) => ({ name, isBuiltIn: true, mapping })),
    ...stored.map(({ name, mapping }) => ({ name, isBuiltIn: false, mapping: readMapping(mapping) })),
  ]
}

/** Keeps a mapping for everybody to use, in the place of one with the same name. Only the secretariat. @throws Refusal */
export async function saveMapping(
  registry: Registry,
  context: Context,
  name: string,
  json: unknown,
): Promise<NamedMapping> {
  if (authorise(context, 'imports.run') !== 'all') throw refuse('forbidden')
  if (Object.hasOwn(builtInMappings, name))
    throw refuse('already_registered', 'name', { value: name, values: { what: ['列映射', 'mapping'] } })
  const mapping = readMapping(json)
  await registry.db.transaction(async (tx) => {
    await keepMapping(tx, { name, mapping, recordedAt: context.now, recordedBy: context.actor.id })
    await record(tx, context, { action: 'mapping.saved', entity: 'mapping', entityId: name, changes: { mapping } })
  })
  return { name, isBuiltIn: false, mapping }
}
