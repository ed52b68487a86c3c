import { refuse } from '../../domain/refusals.ts'
import { type Position, positionOf } from '../pages.ts'

/** A cursor of lists of lines: a place, after an announcement. @throws Refusal */
export function placeOf(cursor: string | undefined): Position | null {
  if (cursor === undefined) return null
  const position = positionOf('announced', 'text', cursor)
  if (!position || !/^\d{1,9}$/.test(position.value)) throw refuse('cursor_invalid', 'cursor')
  return position
}
