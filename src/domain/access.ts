/** Who may do what: one table, deny by default. `own` reaches only the rows of the actor's own member body. */
export const roles = ['secretariat', 'member', 'regulator', 'administrator'] as const
export type Role = (typeof roles)[number]
export type Reach = 'all' | 'own' | 'none'

export const accessMatrix = {
  //                      secretariat, member, regulator, administrator
  'members.read': row('all', 'own', 'all', 'all'),
  'members.write': row('all', 'none', 'none', 'none'),
  'enterprises.read': row('all', 'own', 'all', 'none'),
  'enterprises.write': row('all', 'none', 'none', 'none'),
  'schemes.read': row('all', 'all', 'all', 'all'),
  'schemes.write': row('all', 'none', 'none', 'none'),
  'assignments.read': row('all', 'own', 'all', 'none'),
  'assignments.write': row('all', 'none', 'none', 'none'),
  'assignments.answer': row('none', 'own', 'none', 'none'),
  'results.read': row('all', 'own', 'all', 'none'),
  'results.post': row('all', 'own', 'none', 'none'),
  'results.correct': row('all', 'own', 'none', 'none'),
  'results.approve': row('all', 'none', 'none', 'none'),
  'attempts.read': row('all', 'own', 'all', 'none'),
  'certificates.read': row('all', 'own', 'all', 'none'),
  'certificates.act': row('all', 'own', 'none', 'none'),
  'certificates.transfer': row('all', 'none', 'none', 'none'),
  'obligations.read': row('all', 'own', 'all', 'none'),
  'receipts.record': row('all', 'own', 'none', 'none'),
  'receipts.review': row('none', 'none', 'all', 'none'),
  'endings.record': row('all', 'none', 'all', 'none'),
  'waivers.propose': row('all', 'none', 'none', 'none'),
  'waivers.confirm': row('none', 'none', 'all', 'none'),
  'imports.run': row('all', 'own', 'none', 'none'),
  'imports.read': row('all', 'own', 'none', 'none'),
  'calendar.manage': row('none', 'none', 'none', 'all'),
  'events.read': row('all', 'none', 'all', 'all'),
  'accounts.manage': row('none', 'none', 'none', 'all'),
  'session.read': row('all', 'all', 'all', 'all'),
} as const satisfies Record<string, Record<Role, Reach>>

export type Permission = keyof typeof accessMatrix

/** The person or machine that asks. A member's actor always carries its `memberId`. */
export type Actor = {
  readonly kind: 'person' | 'machine' | 'system'
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly memberId: string | null
}

export function reachOf(actor: Actor, permission: Permission): Reach {
  const reach: Reach = accessMatrix[permission][actor.role]
  return reach === 'own' && actor.memberId === null ? 'none' : reach
}

function row(secretariat: Reach, member: Reach, regulator: Reach, administrator: Reach): Record<Role, Reach> {
  return { secretariat, member, regulator, administrator }
}
