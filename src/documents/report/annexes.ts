import { families } from '../../domain/families.ts'
import { type Duty, dutyNames } from '../../domain/obligation.ts'
import type { CertificateLine, ReportAnnexes, ReportContent } from '../../domain/report/content.ts'
import { detailName, type ReportSet, reportDefinitions } from '../../domain/report/figure.ts'
import { type Block, type FiguresRead, linesInDocumentMax, paragraph, say, table } from './blocks.ts'

/** The annexes as tables (R10). */
export function annexBlocks(content: ReportContent, annexes: ReportAnnexes, read: FiguresRead): Block[] {
  const { year } = content
  return [
    ...annex(1, '认证产品（服务）名录', annexes.certified, (lines) =>
      table(
        '',
        ['序号', '企业', '产品（服务）', '证书编号', '发证机构', '有效期至'],
        [0.9, 2.9, 2.8, 2.4, 2.9, 2.1],
        lines.map(certificateCells),
      ),
    ),
    { kind: 'annex', number: 2, text: '成员机构统计表' },
    ...memberTable(content, read),
    ...annex(3, '迟报和逾期明细', annexes.lapses, (lines) =>
      table(
        '',
        ['成员机构', '义务', '事项', '到期日', '完成日', '逾期工作日'],
        [2.5, 2.6, 3, 2.1, 2.1, 1.4],
        lines.map(({ member, duty, subject, dueOn, metOn, workingDaysLate }) => [
          member,
          dutyNames[duty as Duty]?.[0] ?? duty,
          subject,
          dueOn,
          metOn ?? '逾期未报',
          String(workingDaysLate),
        ]),
      ),
    ),
    ...annex(4, '证书状态变化明细', annexes.changes, (lines) =>
      table(
        '',
        ['日期', '变化', '企业', '证书编号', '机构', '原因'],
        [2.1, 1.2, 3, 2.6, 2.7, 2.1],
        lines.map(({ onDay, change, enterprise, number, member, reason }) => [
          onDay,
          reportDefinitions[change as ReportSet].name[0],
          enterprise,
          number,
          member,
          reason === null ? '—' : (detailName(change as ReportSet, reason)?.[0] ?? reason),
        ]),
      ),
    ),
    ...annex(5, `${year + 1}年将到期证书`, annexes.expiring, (lines) =>
      table(
        '',
        ['序号', '企业', '产品（服务）', '证书编号', '发证机构', '有效期至'],
        [0.9, 2.9, 2.8, 2.4, 2.9, 2.1],
        lines.map(certificateCells),
      ),
    ),
  ]
}

/** The names of the annexes, as the report lists them before its signature. */
export function annexTitles({ year }: ReportContent): string[] {
  return ['认证产品（服务）名录', '成员机构统计表', '迟报和逾期明细', '证书状态变化明细', `${year + 1}年将到期证书`]
}

function annex<Line>(
  number: number,
  title: string,
  lines: readonly Line[],
  tabled: (lines: readonly Line[]) => Block,
): Block[] {
  const head: Block = { kind: 'annex', number, text: title }
  if (lines.length === 0) return [head, paragraph(say`无。`)]
  const shown = lines.slice(0, linesInDocumentMax)
  const rest = lines.length - shown.length
  return [head, tabled(shown), ...(rest > 0 ? [paragraph(say`共${lines.length}行，其余${rest}行见附表工作簿。`)] : [])]
}

function certificateCells({ enterprise, product, number, member, validUntil }: CertificateLine, at: number): string[] {
  return [String(at + 1), enterprise, product, number, member, validUntil]
}

function memberTable({ bodies }: ReportContent, read: FiguresRead): Block[] {
  if (bodies.length === 0) return [paragraph(say`无。`)]
  const shown = bodies.slice(0, linesInDocumentMax)
  const rest = bodies.length - shown.length
  const by = (memberId: string) => ({ by: ['member', memberId] as const })
  const tabled = table(
    '',
    ['成员机构', '新认证', '未通过', '应报', '按期', '迟报', '逾期未报', '查实问题', '有效和暂停证书'],
    [4, 1.3, 1.3, 1.1, 1.1, 1.1, 1.6, 1.6, 2.2],
    shown.map(({ memberId, name }) => [
      name,
      read.run('certified', by(memberId)),
      read.run('refused', by(memberId)),
      read.run('report_due', by(memberId)),
      read.run('report_on_time', by(memberId)),
      read.run('report_late', by(memberId)),
      read.run('report_overdue', by(memberId)),
      read.run('finding', by(memberId)),
      read.run('live', { ...by(memberId), window: 'cut_off' }),
    ]),
  )
  return [tabled, ...(rest > 0 ? [paragraph(say`其余${rest}家机构见附表工作簿。`)] : [])]
}

/** A family in Chinese, as tables print it. */
export function familyName(code: string | null): string {
  return families.find((family) => family.code === code)?.zh ?? '未列明'
}
