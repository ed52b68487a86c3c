import t from 'tap'
import { type NoticeFacts, type NoticeKind, noticeKinds, noticeSubject, noticeText } from '../../src/domain/notice.ts'

const facts: NoticeFacts = {
  member: '示例甲认证中心',
  duty: 'report_to_cnca',
  subject: '示例企业 · 示例产品',
  dueOn: '2026-10-15',
  dueWas: '2026-10-14',
  metOn: '2026-10-20',
  number: 'SL-1',
  holder: '示例企业',
  validUntil: '2027-06-30',
  scope: '示例范围',
  untilOn: '2026-12-31',
  measure: 'warning',
  outcome: 'confirmed',
  replyUntil: '2026-12-04',
  note: '示例：数字与附件不符',
}

t.test('every kind and stage has a subject in both languages, with nothing left open', async (t) => {
  const stages: Record<NoticeKind, readonly string[]> = {
    obligation: ['reminder', 'overdue', 'late', 'warning', 'public_listing'],
    due_day_moved: ['moved'],
    explanation: ['received', 'accepted', 'returned'],
    certificate_expiry: ['180', '90', '60', '30'],
    scope_lapse: ['90', '30', '7', 'lapsed'],
    approval_lapse: ['90', '30', '7', 'lapsed'],
    suspension_past_end: ['past_end'],
    measure: ['proposed', 'reply', 'decision', 'plan', 'report', 'appeal', 'appeal_decision', 'conclusion'],
    approval_revoked: ['revoked'],
    annual_report: ['opened', 'reminder', 'due', 'overdue', 'returned', 'acknowledged'],
    bulletin: ['opened', 'published'],
    transfer: ['proposed', 'wished', 'accepted', 'gone', 'declined'],
    conduct_case: ['opened', 'reply', 'concluded', 'finding_annulled', 'annulled'],
    assignment: ['given', 'issued', 'declined'],
    document: ['published'],
  }
  t.same(Object.keys(stages).sort(), [...noticeKinds].sort())
  for (const kind of noticeKinds)
    for (const stage of stages[kind]) {
      const [zh, en] = noticeSubject(kind, stage, facts)
      t.match(zh, /^【\p{sc=Han}+】/u, `${kind} ${stage}`)
      t.match(en, /^[A-Z]/, `${kind} ${stage}`)
      t.notMatch(zh + en, /[{}—]|undefined/, `${kind} ${stage}`)
    }
  t.throws(() => noticeSubject('obligation', 'unheard of', facts), /no words/)
})

t.test('a duty is called by its name in each language', async (t) => {
  const [zh, en] = noticeSubject('obligation', 'overdue', facts)
  t.equal(zh, '【逾期】向国家认监委上报认证结果：示例企业 · 示例产品，应于 2026-10-15 完成')
  t.equal(en, 'Overdue: report the result to CNCA: 示例企业 · 示例产品, was due on 2026-10-15')
})

t.test('a mail says the subject, every fact and its number, Chinese first', async (t) => {
  const [zh, en] = noticeSubject('obligation', 'reminder', facts)
  const text = noticeText({ id: 7, subject: { zh, en }, facts: { duty: 'report_to_cnca', dueOn: '2026-10-15' } })
  t.same(text.split('\n'), [
    zh,
    en,
    '',
    '义务 / duty: 向国家认监委上报认证结果 / report the result to CNCA',
    '到期日 / due on: 2026-10-15',
    '',
    '通知编号 / notice 7',
    '',
  ])
})
