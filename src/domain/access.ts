/** Who may do what: one table, deny by default. `own` reaches only the rows of the actor's own member body. */
export const roles = [
  'secretariat',
  'member',
  'regulator',
  'office',
  'city_office',
  'standards_institute',
  'administrator',
  /** A machine that watches this one: figures of operation and nothing of the alliance. */
  'monitor',
] as const
export type Role = (typeof roles)[number]

export const roleNames: Readonly<Record<Role, readonly [zh: string, en: string]>> = {
  secretariat: ['秘书处', 'the secretariat'],
  member: ['成员机构', 'a member'],
  regulator: ['监管部门', 'the regulator'],
  office: ['省质量发展委员会办公室', 'the provincial office'],
  city_office: ['设区市质量工作机构', 'a city office'],
  standards_institute: ['标准评价机构', 'the standards institute'],
  administrator: ['管理员', 'an administrator'],
  monitor: ['监控程序', 'a monitor'],
}

/** What a person can be. The others are for machines only. */
export const personRoles: readonly Role[] = roles.filter((role) => role !== 'monitor')

export type Reach = 'all' | 'own' | 'none'

export const accessMatrix = {
  //                        sec     mem     reg     off     city    inst    adm     mon
  'members.read': row('all', 'own', 'all', 'all', 'none', 'none', 'all', 'none'),
  'members.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'approvals.revoke': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'measures.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'measures.propose': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'measures.decide': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'measures.answer': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'appeals.decide': row('all', 'none', 'none', 'all', 'none', 'none', 'none', 'none'),
  'dispositions.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'dispositions.decide': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'dispositions.answer': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'conduct.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'conduct.manage': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'conduct.reply': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'conduct.attach': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'findings.annul': row('none', 'none', 'all', 'all', 'none', 'none', 'none', 'none'),
  'penalties.record': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'complaints.read': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'complaints.file': row('all', 'none', 'all', 'all', 'none', 'none', 'none', 'none'),
  'complainants.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'evidence.read': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'referrals.read': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'referrals.make': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'referrals.answer': row('none', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'alliance.read': row('all', 'all', 'all', 'all', 'none', 'none', 'none', 'none'),
  'alliance.oversee': row('all', 'none', 'all', 'all', 'none', 'none', 'none', 'none'),
  'alliance.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'appointments.record': row('none', 'none', 'none', 'all', 'none', 'none', 'none', 'none'),
  'documents.acknowledge': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'indicators.read': row('all', 'all', 'all', 'all', 'none', 'none', 'none', 'none'),
  'rankings.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'needs.read': row('all', 'none', 'all', 'all', 'none', 'none', 'none', 'none'),
  'policies.read': row('all', 'all', 'all', 'all', 'none', 'none', 'none', 'none'),
  'policies.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'bulletins.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'bulletins.manage': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'bulletins.dispute': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'reports.read': row('all', 'none', 'all', 'all', 'none', 'none', 'none', 'none'),
  'reports.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'reports.answer': row('none', 'none', 'none', 'all', 'none', 'none', 'none', 'none'),
  'announcements.read': row('all', 'none', 'all', 'all', 'none', 'none', 'none', 'none'),
  'announcements.draft': row('all', 'none', 'none', 'all', 'none', 'none', 'none', 'none'),
  'announcements.publish': row('none', 'none', 'none', 'all', 'none', 'none', 'none', 'none'),
  'signals.read': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'surveys.send': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'surveys.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'enterprises.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'enterprises.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'schemes.read': row('all', 'all', 'all', 'all', 'none', 'none', 'all', 'none'),
  'schemes.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'assignments.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'assignments.write': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'assignments.answer': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'eligibility.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'conflicts.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'conflicts.declare': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'conflicts.end': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'capacities.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'capacities.state': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'batches.read': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'batches.manage': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'ledger.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'results.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'results.post': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'results.correct': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'results.approve': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'attempts.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'certificates.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'certificates.act': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'obligations.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'receipts.record': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'receipts.review': row('none', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'visits.read': row('all', 'own', 'all', 'all', 'none', 'none', 'none', 'none'),
  'visits.record': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'explanations.write': row('none', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'explanations.decide': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'endings.record': row('all', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'waivers.propose': row('all', 'none', 'none', 'none', 'none', 'none', 'none', 'none'),
  'waivers.confirm': row('none', 'none', 'all', 'none', 'none', 'none', 'none', 'none'),
  'imports.run': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'imports.read': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'reconciliations.run': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'reconciliations.read': row('all', 'own', 'all', 'none', 'none', 'none', 'none', 'none'),
  'reconciliations.conclude': row('all', 'own', 'none', 'none', 'none', 'none', 'none', 'none'),
  'notices.read': row('all', 'own', 'none', 'none', 'none', 'none', 'all', 'none'),
  'notices.manage': row('none', 'none', 'none', 'none', 'none', 'none', 'all', 'none'),
  'webhooks.manage': row('all', 'own', 'none', 'none', 'none', 'none', 'all', 'none'),
  'calendar.manage': row('none', 'none', 'none', 'none', 'none', 'none', 'all', 'none'),
  'events.read': row('all', 'none', 'all', 'none', 'none', 'none', 'all', 'none'),
  'changes.read': row('all', 'own', 'all', 'all', 'none', 'none', 'all', 'none'),
  'jobs.read': row('none', 'none', 'none', 'none', 'none', 'none', 'all', 'none'),
  'jobs.run': row('none', 'none', 'none', 'none', 'none', 'none', 'all', 'none'),
  'accounts.manage': row('none', 'none', 'none', 'none', 'none', 'none', 'all', 'none'),
  'metrics.read': row('none', 'none', 'none', 'none', 'none', 'none', 'all', 'all'),
  'session.read': row('all', 'all', 'all', 'all', 'all', 'all', 'all', 'all'),
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

/** As many reaches as there are roles, in their order. */
type Reaches<Roles extends readonly Role[]> = { readonly [Index in keyof Roles]: Reach }

function row(...reaches: Reaches<typeof roles>): Record<Role, Reach> {
  return Object.fromEntries(roles.map((role, index) => [role, reaches[index]])) as Record<Role, Reach>
}
