import type { Context, Registry } from '../context.ts'

export type LatestChange = {
  /** Another text once anything that the actor may see has changed; fit for an ETag. */
  readonly tag: string
  readonly eventId: number | null
  readonly at: Date | null
}

/** The latest change that the actor may know of, for a cheap poll. A member knows of its own rows. @throws Refusal */
export async function readChanges(_registry: Registry, _context: Context): Promise<LatestChange> {
  throw new Error('to come')
}
