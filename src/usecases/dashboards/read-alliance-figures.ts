import { countFigure, type Figure } from '../../domain/figure.ts'
import { type MemberFigures, memberFigures } from '../../domain/member-figures.ts'
import { type Standing, standings } from '../../domain/standing.ts'
import { countsTogether, membersByStanding } from '../../store/figures.ts'
import type { Context, Registry } from '../context.ts'
import { confinedToFigures, figureQuestion } from './read-member-figures.ts'

export type AllianceFigures = MemberFigures & {
  /** Members by their standing today; `null` is unknown (opening balance). Every standing is there. */
  readonly membersByStanding: readonly { readonly standing: Standing | null; readonly members: Figure }[]
}

/** The same figures over all members that the actor may see: for a member, itself. @throws Refusal `forbidden` */
export async function readAllianceFigures(registry: Registry, context: Context): Promise<AllianceFigures> {
  const own = confinedToFigures(context)
  const [counts, members] = await Promise.all([
    countsTogether(registry.lists, own, await figureQuestion(registry, context)),
    membersByStanding(registry.lists, own, context.today),
  ])
  const numberOf = (standing: Standing | null) => members.find((row) => row.standing === standing)?.members ?? 0
  return {
    ...memberFigures(counts, context.today),
    membersByStanding: [...standings, null].map((standing) => ({
      standing,
      members: countFigure(numberOf(standing), context.today),
    })),
  }
}
