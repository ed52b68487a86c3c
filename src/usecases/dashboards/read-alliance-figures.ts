import type { Figure } from '../../domain/figure.ts'
import type { MemberFigures } from '../../domain/member-figures.ts'
import type { Standing } from '../../domain/standing.ts'
import type { Context, Registry } from '../context.ts'

export type AllianceFigures = MemberFigures & {
  /** Members by their standing today; `null` is unknown (opening balance). Every standing is there. */
  readonly membersByStanding: readonly { readonly standing: Standing | null; readonly members: Figure }[]
}

/** The same figures over all members that the actor may see: for a member, itself. @throws Refusal `forbidden` */
export async function readAllianceFigures(_registry: Registry, _context: Context): Promise<AllianceFigures> {
  throw new Error('to come')
}
