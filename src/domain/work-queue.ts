import type { Permission, Role } from './access.ts'

/** What waits for whom: "today: 3 overdue, 2 replies due, 1 return to read". One table; a new kind is a row of it. */
export const workKinds = {
  overdue: kind('逾期未报', 'overdue', 'obligations.read', ['member', 'secretariat']),
  due_soon: kind('即将到期', 'due soon', 'obligations.read', ['member']),
  explanations_due: kind('待作出的逾期说明', 'explanations due', 'obligations.read', ['member']),
  explanations_returned: kind('被退回的说明', 'explanations returned', 'obligations.read', ['member']),
  explanations_to_read: kind('待审阅的说明', 'explanations to read', 'obligations.read', ['secretariat']),
  assignments_to_answer: kind('待答复的认证任务', 'assignments to answer', 'assignments.read', ['member']),
  assignments_returned: kind('被谢绝、待改派的认证任务', 'declined assignments to give out anew', 'assignments.read', [
    'secretariat',
  ]),
  assignments_stranded: kind(
    '机构暂停、退出、有利益冲突或逾期未答复、待改派的认证任务',
    'assignments of suspended or removed bodies or without an answer to give out anew',
    'assignments.read',
    ['secretariat'],
  ),
  corrections_waiting: kind('待批准的更正', 'corrections waiting for approval', 'results.read', [
    'member',
    'secretariat',
  ]),
  waivers_to_confirm: kind('待监管部门确认的免除', 'waivers waiting for the regulator', 'obligations.read', [
    'secretariat',
    'regulator',
  ]),
  overdue_to_cnca: kind('逾期未向国家认监委上报', 'overdue to CNCA', 'obligations.read', ['regulator']),
  complaints_received: kind('待受理的投诉', 'complaints to take up', 'complaints.read', ['secretariat']),
  cases_to_answer: kind('待答复的案件', 'cases to reply to', 'conduct.read', ['member']),
  cases_to_conclude: kind('待结论的案件', 'cases to conclude', 'conduct.read', ['secretariat']),
  measures_to_answer: kind('待答复的处理措施', 'measures to reply to', 'measures.read', ['member']),
  measures_to_decide: kind('待决定的处理措施', 'measures to decide', 'measures.read', ['secretariat']),
  appeals_to_decide: kind('待决定的申诉', 'appeals to decide', 'measures.read', ['secretariat', 'office']),
  applications_to_decide: kind('待审查的加入申请', 'applications to decide', 'members.read', ['secretariat']),
  certificates_left: kind(
    '退出或被撤销批准的机构待处理的证书',
    'certificates of bodies that left',
    'dispositions.read',
    ['secretariat'],
  ),
  transfers_to_answer: kind('待答复的证书转移', 'transfers to answer', 'dispositions.read', ['member']),
  referrals_to_answer: kind('待答复的移送', 'referrals to answer', 'referrals.read', ['regulator']),
  bulletins_to_look_at: kind('预览中的通报', 'draft bulletins to look at', 'bulletins.read', ['member']),
  bulletins_to_publish: kind('预览期满、待发布的通报', 'bulletins to publish', 'bulletins.read', ['secretariat']),
  disputes_to_resolve: kind('待处理的通报异议', 'disputes to resolve', 'bulletins.manage', ['secretariat']),
  reports_to_submit: kind('待报送的年度报告', 'December reports to submit', 'reports.read', ['secretariat']),
  reports_overdue: kind('逾期未报送的年度报告', 'December reports overdue', 'reports.read', ['secretariat']),
  reports_to_answer: kind('待确认的年度报告', 'December reports to acknowledge or return', 'reports.read', ['office']),
  receipts_contested: kind('被质疑的回执', 'contested receipts', 'obligations.read', [
    'member',
    'secretariat',
    'regulator',
  ]),
} as const satisfies Record<string, WorkKindRow>

export type WorkKind = keyof typeof workKinds

type WorkKindRow = {
  readonly zh: string
  readonly en: string
  /** Who may not read the rows does not get their number either. */
  readonly permission: Permission
  /** For whom it is work; a member sees its own only. */
  readonly roles: readonly Role[]
}

/** The kinds of work that a role has, in the order in which they are shown. */
export function workKindsOf(role: Role): WorkKind[] {
  return (Object.keys(workKinds) as WorkKind[]).filter((name) =>
    (workKinds[name].roles as readonly Role[]).includes(role),
  )
}

function kind(zh: string, en: string, permission: Permission, roles: readonly Role[]): WorkKindRow {
  return { zh, en, permission, roles }
}
