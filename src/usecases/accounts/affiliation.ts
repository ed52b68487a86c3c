import { personRoles, type Role } from '../../domain/access.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { findMember } from '../../store/members.ts'

/** Exactly the role `member` belongs to a body, and the body must be registered. */
export async function problemsOfAffiliation(db: Db, role: Role, memberId: string | undefined): Promise<Problem[]> {
  if (role !== 'member')
    return memberId === undefined ? [] : [problem('member_not_expected', 'memberId', { value: memberId })]
  if (memberId === undefined) return [problem('member_missing', 'memberId')]
  if (await findMember(db, memberId)) return []
  return [problem('not_found', 'memberId', { value: memberId, values: { what: ['成员机构', 'member'] } })]
}

/** Some roles are for machines only. */
export function problemsOfPersonRole(role: Role): Problem[] {
  return personRoles.includes(role) ? [] : [problem('role_for_machines', 'role', { value: role })]
}
