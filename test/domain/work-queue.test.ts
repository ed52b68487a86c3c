import t from 'tap'
import { accessMatrix, roles } from '../../src/domain/access.ts'
import { type WorkKind, workKinds, workKindsOf } from '../../src/domain/work-queue.ts'

t.test('each role has its kinds of work', async (t) => {
  t.same(Object.fromEntries(roles.map((role) => [role, workKindsOf(role)])), {
    secretariat: [
      'overdue',
      'explanations_to_read',
      'assignments_returned',
      'assignments_stranded',
      'corrections_waiting',
      'waivers_to_confirm',
      'complaints_received',
      'cases_to_conclude',
      'measures_to_decide',
      'appeals_to_decide',
      'applications_to_decide',
      'certificates_left',
      'bulletins_to_publish',
      'disputes_to_resolve',
      'reports_to_submit',
      'reports_overdue',
      'receipts_contested',
    ],
    member: [
      'overdue',
      'due_soon',
      'explanations_due',
      'explanations_returned',
      'assignments_to_answer',
      'corrections_waiting',
      'cases_to_answer',
      'measures_to_answer',
      'transfers_to_answer',
      'bulletins_to_look_at',
      'receipts_contested',
    ],
    regulator: ['waivers_to_confirm', 'overdue_to_cnca', 'referrals_to_answer', 'receipts_contested'],
    office: ['appeals_to_decide', 'reports_to_answer'],
    city_office: [],
    standards_institute: [],
    administrator: [],
    monitor: [],
  })
})

t.test('nobody is told of work that it may not read, and every kind has a name in both languages', async (t) => {
  for (const kind of Object.keys(workKinds) as WorkKind[]) {
    const { zh, en, permission } = workKinds[kind]
    for (const role of workKinds[kind].roles) t.not(accessMatrix[permission][role], 'none', `${kind}: ${role}`)
    t.match(zh, /\p{Script=Han}/u, kind)
    t.match(en, /^[A-Za-z ]+$/, kind)
  }
})
