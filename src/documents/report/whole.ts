import { dayInWords } from '../../domain/plain-date.ts'
import type { ReportAnnexes, ReportContent } from '../../domain/report/content.ts'

import { annexBlocks, annexTitles } from './annexes.ts'
import { type Block, figuresOf, numbered, paragraph, say } from './blocks.ts'
import { bodiesPart } from './bodies.ts'
import { certificatesPart } from './certificates.ts'
import { conductPart, problemsPart, writtenPart } from './conduct.ts'
import { dutiesPart } from './duties.ts'
import { overview } from './overview.ts'

/** The whole report in its order (R10): made of its content and annexes, and of nothing else. */
export function reportBlocks(content: ReportContent, annexes: ReportAnnexes): Block[] {
  const read = figuresOf(content)
  const { year, settings, spans, isProvisional } = content
  const provisional = isProvisional ? [paragraph(say`${year}年官方日历尚未录入，本稿所列工作日为暂定。`)] : []
  return numbered([
    { kind: 'title', text: content.title },
    { kind: 'addressee', text: `${settings.addressee}：` },
    paragraph(
      say`现将${year}年度“${settings.name}”认证工作情况报告如下。报告期为${dayInWords(spans.from)}至${dayInWords(spans.cutOffOn)}，并列${dayInWords(spans.yearFrom)}以来（本年至今）的数字；证书状态和报送情况均截至${dayInWords(spans.cutOffOn)}。`,
    ),
    ...provisional,
    ...overview(content, read),
    ...writtenPart(content, 'main_work'),
    ...bodiesPart(content, read),
    ...dutiesPart(content, read),
    ...certificatesPart(content, read),
    ...conductPart(content, read),
    ...problemsPart(content, read),
    ...writtenPart(content, 'next_steps'),
    { kind: 'closing', text: '特此报告。' },
    { kind: 'annex_note', titles: annexTitles(content) },
    { kind: 'signature', lines: [content.secretariat, dayInWords(content.datedOn)] },
    ...annexBlocks(content, annexes, read),
  ])
}
