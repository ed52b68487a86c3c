import { z } from 'zod'
import { type SuspensionGround, suspensionGroundNames, suspensionReasons } from '../../domain/surveillance.ts'
import { countSuggestions, listSuggestions } from '../../store/lists/surveillance.ts'
import type { Total } from '../../store/lists/totals.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const suggestionsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  on: dayInput.optional(),
})

type SuggestionsQuery = z.infer<typeof suggestionsQuery>

export type SuggestionView = Awaited<ReturnType<typeof listSuggestions>>[number] & {
  readonly groundName: { readonly zh: string; readonly en: string }
  /** What an action `suspend` would give as its reason. */
  readonly reasonCode: (typeof suspensionReasons)[SuspensionGround]
}

/**
 * Valid certificates that might be suspended, a row for each ground, the oldest ground first. Only a person suspends, by
 * an action on the certificate: nothing here does it (R3). A member sees its own. @throws Refusal
 */
export async function suggestSuspensions(
  registry: Registry,
  context: Context,
  query: SuggestionsQuery,
): Promise<KeysetPage<SuggestionView>> {
  const memberId = ownOr(confinedTo(context, 'visits.read'), query.memberId)
  const after = positionOf('suspension-suggestions', 'day', query.cursor)
  const { limit, on = context.today } = query
  const rows = await listSuggestions(registry.lists, { after, limit, memberId, on, isPast: on < context.today })
  return pageOf('suspension-suggestions', rows, limit, ({ since, id }) => ({ value: since, id }), suggestionView)
}

/** How many there are in all. @throws Refusal */
export async function countAskedSuggestions(
  registry: Registry,
  context: Context,
  query: SuggestionsQuery,
): Promise<Total> {
  const memberId = ownOr(confinedTo(context, 'visits.read'), query.memberId)
  const on = query.on ?? context.today
  return countSuggestions(registry.lists, { memberId, on, isPast: on < context.today })
}

function suggestionView(row: Awaited<ReturnType<typeof listSuggestions>>[number]): SuggestionView {
  const [zh, en] = suspensionGroundNames[row.ground]
  return { ...row, groundName: { zh, en }, reasonCode: suspensionReasons[row.ground] }
}
