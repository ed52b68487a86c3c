import { type MemberFigures, memberFigures } from '../../domain/member-figures.ts'
import { countsOfMembers, type FigureQuestion } from '../../store/figures.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dueSoonByRule } from '../obligations/read-obligations.ts'

/**
 * The figures of each of these members today, in one statement however many they are. A member gets itself alone; an
 * id that is foreign is left out, and one that is unknown has only noughts. @throws Refusal `forbidden`
 */
export async function readMemberFigures(
  registry: Registry,
  context: Context,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, MemberFigures>> {
  const own = confinedToFigures(context)
  const asked = [...new Set(memberIds)].filter((id) => own === null || id === own)
  if (asked.length === 0) return new Map()
  const counts = await countsOfMembers(registry.lists, asked, await figureQuestion(registry, context))
  return new Map([...counts].map(([id, counted]) => [id, memberFigures(counted, context.today)]))
}

/** Figures tell of certificates, results and obligations: whoever may not read one of them gets none. @throws Refusal */
export function confinedToFigures(context: Context): string | null {
  const own = confinedTo(context, 'members.read')
  for (const permission of ['certificates.read', 'results.read', 'obligations.read'] as const)
    confinedTo(context, permission)
  return own
}

export async function figureQuestion(registry: Registry, { today }: Context): Promise<FigureQuestion> {
  const rulebook = await registry.rulebooks.current(registry.lists)
  return { today, dueSoon: dueSoonByRule(rulebook, today) }
}
