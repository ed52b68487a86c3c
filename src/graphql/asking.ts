import type { Context, Registry } from '../usecases/context.ts'
import { type Loaders, newLoaders } from './loaders.ts'

/** What resolvers work with: who asks, the registry, and one batch for each kind of question in a request. */
export type Asking = { readonly registry: Registry; readonly context: Context; readonly loaders: Loaders }

export function askingOf(registry: Registry, context: Context): Asking {
  return { registry, context, loaders: newLoaders(registry, context) }
}
