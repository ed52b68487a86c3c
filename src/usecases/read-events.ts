import { z } from 'zod'
import { listEvents } from '../store/lists/events.ts'
import { authorise, type Context, type Registry } from './context.ts'
import { codeInput } from './inputs.ts'
import { pageInput, pageOf, positionOf } from './pages.ts'

export const eventsQuery = z.strictObject({
  ...pageInput,
  entity: codeInput(40).optional(),
  entityId: codeInput(64).optional(),
})

/** The event log, newest first: who did what, when, on which request (N1). @throws Refusal */
export async function readEvents(registry: Registry, context: Context, query: z.infer<typeof eventsQuery>) {
  authorise(context, 'events.read')
  const after = positionOf('events', 'number', query.cursor)
  const rows = await listEvents(registry.lists, {
    afterId: after?.id ?? null,
    limit: query.limit,
    entity: query.entity,
    entityId: query.entityId,
  })
  return pageOf(
    'events',
    rows,
    query.limit,
    (row) => ({ value: String(row.id), id: String(row.id) }),
    (row) => row,
  )
}
