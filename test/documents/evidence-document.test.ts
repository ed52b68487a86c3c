import t from 'tap'
import { evidenceDocument } from '../../src/documents/evidence-document.ts'
import type { EvidencePack } from '../../src/domain/evidence-pack.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { wordsOf } from '../support/documents.ts'

t.test('every day that was skipped is said in Chinese with why (R1, R2)', async (t) => {
  const on = plainDate('2026-10-01')
  const kinds = ['weekend', 'holiday', 'statutory_day'] as const
  const pack: EvidencePack & { sha256: string } = {
    about: 'obligation',
    knownAt: '2026-10-20T00:00:00.000Z',
    asOf: plainDate('2026-10-20'),
    period: null,
    member: { id: '1', name: '示例甲', approvalNumber: null, creditCode: null, standing: 'admitted' },
    obligations: [
      {
        id: '2',
        duty: 'report_to_cnca',
        subject: '示例',
        dueOn: on,
        metOn: null,
        state: 'overdue',
        calendarDaysLate: 1,
        workingDaysLate: 0,
        eventOn: on,
        ruleVersion: 1,
        calendarVersion: 1,
        clause: 'R2',
        counted: [],
        skipped: kinds.map((kind) => ({ on, kind })),
        contested: false,
        receipts: [],
        notices: [],
        explanations: [],
      },
    ],
    obligationCount: 1,
    earlierLapses: [],
    earlierLapseCount: 0,
    findings: [],
    findingCount: 0,
    articles: [],
    restsOn: [],
    sha256: 'x',
  }
  const words = await wordsOf(await evidenceDocument(pack))
  t.match(words, '（周末）')
  t.match(words, '（节假日）')
  t.match(words, '（法定节假日）')
  t.notMatch(words, /holiday|weekend|statutory/)
})
