import { z } from 'zod'
import { listExplanations } from '../../store/explanations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'
import { type ExplanationView, explanationView } from './explanation-view.ts'

export const explanationsQuery = z.strictObject({
  ...pageInput,
  state: z.enum(['waiting', 'accepted', 'returned']).optional(),
  memberId: idInput.optional(),
})

/** Current explanations, oldest first; a member sees its own, and whoever sees obligations sees them (R2). @throws Refusal */
export async function readExplanations(
  registry: Registry,
  context: Context,
  query: z.infer<typeof explanationsQuery>,
): Promise<Page<ExplanationView>> {
  const memberId = ownOr(confinedTo(context, 'obligations.read'), query.memberId)
  const after = positionOf('explanations', 'text', query.cursor)
  const rows = await listExplanations(registry.lists, {
    memberId,
    state: query.state,
    afterId: after?.id ?? null,
    limit: query.limit,
  })
  return pageOf('explanations', rows, query.limit, ({ id }) => ({ value: id, id }), explanationView)
}
