import type { MemberFigures } from '../../domain/member-figures.ts'
import type { Context, Registry } from '../context.ts'

/**
 * The figures of each of these members today, in one statement however many they are. A member gets itself alone; an
 * id that is foreign or unknown is left out. Reads members, certificates, results and obligations, and so takes the
 * right to read all of them. @throws Refusal `forbidden`
 */
export async function readMemberFigures(
  _registry: Registry,
  _context: Context,
  _memberIds: readonly string[],
): Promise<ReadonlyMap<string, MemberFigures>> {
  throw new Error('to come')
}
