import { latestChangeOf } from '../../store/events.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'

export type LatestChange = {
  /** Another text once anything that the actor may see has changed, or the day in Shanghai; fit for an ETag. */
  readonly tag: string
  readonly at: Date | null
}

/** The latest change that the actor may know of, for a cheap poll. A member knows of its own rows and of enterprises. @throws Refusal */
export async function readChanges(registry: Registry, context: Context): Promise<LatestChange> {
  return latestChangeOf(registry.lists, confinedTo(context, 'changes.read'), context.today)
}
