import { certificateStateNames } from '../domain/certificate.ts'
import { dutyNames, obligationStateNames } from '../domain/obligation.ts'
import { conclusionNames, entryKindNames } from '../domain/reconciliation.ts'
import { sentenceOf } from '../domain/refusals.ts'
import type { CertificateView } from '../usecases/certificates/certificate-view.ts'
import type { EnterpriseView } from '../usecases/enterprises/read-enterprises.ts'
import type { MemberView } from '../usecases/members/read-members.ts'
import type { ObligationView } from '../usecases/obligations/obligation-view.ts'
import type { EntryView } from '../usecases/reconciliations/read-reconciliations.ts'
import type { Column } from './csv.ts'

/** The lists as tables. */
export const obligationColumns: readonly Column<ObligationView>[] = [
  ['编号', 'id', (row) => row.id],
  ['义务', 'duty', (row) => row.duty],
  ['义务名称', 'dutyName', (row, language) => dutyNames[row.duty][language === 'zh' ? 0 : 1]],
  ['事项', 'subject', (row) => row.subject],
  ['成员机构编号', 'memberId', (row) => row.memberId],
  ['设区市', 'cityCode', (row) => row.cityCode],
  ['起算日', 'eventOn', (row) => row.eventOn],
  ['到期日', 'dueOn', (row) => row.dueOn],
  ['暂定', 'provisional', (row) => row.provisional],
  ['状态', 'state', (row) => row.state],
  ['状态名称', 'stateName', (row, language) => obligationStateNames[row.state][language === 'zh' ? 0 : 1]],
  ['履行日', 'metOn', (row) => row.metOn],
  ['逾期自然日', 'lateCalendarDays', (row) => row.lateness?.calendarDays],
  ['逾期工作日', 'lateWorkingDays', (row) => row.lateness?.workingDays],
  ['有异议', 'contested', (row) => row.contested],
]

export const certificateColumns: readonly Column<CertificateView>[] = [
  ['编号', 'id', (row) => row.id],
  ['证书编号', 'number', (row) => row.number],
  ['方案', 'schemeCode', (row) => row.schemeCode],
  ['获证企业', 'holderName', (row) => row.holderName],
  ['产品（服务）', 'productName', (row) => row.productName],
  ['类别', 'family', (row) => row.family],
  ['设区市', 'cityCode', (row) => row.cityCode],
  ['发证机构', 'issuingBody', (row) => row.content.issuingBody],
  ['决定日', 'decidedOn', (row) => row.decidedOn],
  ['发证日', 'issuedOn', (row) => row.issuedOn],
  ['有效期起', 'validFrom', (row) => row.validFrom],
  ['有效期止', 'validUntil', (row) => row.validUntil],
  ['状态', 'state', (row) => row.state],
  ['状态名称', 'stateName', (row, language) => certificateStateNames[row.state][language === 'zh' ? 0 : 1]],
  ['终止日', 'endedOn', (row) => row.endedOn],
]

export const memberColumns: readonly Column<MemberView>[] = [
  ['编号', 'id', (row) => row.id],
  ['名称', 'name', (row) => row.name],
  ['批准号', 'approvalNumber', (row) => row.approvalNumber],
  ['统一社会信用代码', 'creditCode', (row) => row.creditCode],
  ['状态', 'standing', (row) => row.standing],
  ['批准有效期至', 'approvalUntilOn', (row) => row.approvalUntilOn],
]

export const enterpriseColumns: readonly Column<EnterpriseView>[] = [
  ['编号', 'id', (row) => row.id],
  ['名称', 'name', (row) => row.name],
  ['统一社会信用代码', 'creditCode', (row) => row.creditCode],
  ['设区市', 'cityCode', (row) => row.cityCode],
  ['类别', 'family', (row) => row.family],
  ['行业代码', 'industryCode', (row) => row.industryCode],
  ['国家', 'country', (row) => row.country],
]

export const entryColumns: readonly Column<EntryView>[] = [
  ['编号', 'id', (row) => row.id],
  ['证书编号', 'number', (row) => row.number],
  ['事项', 'kind', (row) => row.kind],
  ['事项名称', 'kindName', (row, language) => entryKindNames[row.kind][language === 'zh' ? 0 : 1]],
  ['本系统', 'oursSays', (row) => row.oursSays],
  ['对方', 'theirsSays', (row) => row.theirsSays],
  ['公告', 'announcedSays', (row) => row.announcedSays],
  ['获证组织', 'holderName', (row) => row.ours?.holderName ?? row.theirs?.holderName],
  ['有效期起', 'validFrom', (row) => row.ours?.validFrom ?? row.theirs?.validFrom],
  ['有效期止', 'validUntil', (row) => row.ours?.validUntil ?? row.theirs?.validUntil],
  ['清单行号', 'rowNumber', (row) => row.rowNumber],
  ['原因', 'problems', (row, language) => row.problems.map((each) => sentenceOf(each, language))],
  ['成员机构编号', 'memberId', (row) => row.memberId],
  ['证书登记编号', 'certificateId', (row) => row.certificateId],
  ['状态', 'state', (row) => row.state],
  ['经办人', 'owner', (row) => row.owner],
  [
    '结论',
    'conclusion',
    ({ conclusion }, language) => conclusion && conclusionNames[conclusion.conclusion][language === 'zh' ? 0 : 1],
  ],
  ['说明', 'note', ({ conclusion }) => conclusion?.note],
]
