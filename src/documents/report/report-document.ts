import { dayInWords } from '../../domain/plain-date.ts'
import type { ReportAnnexes, ReportContent } from '../../domain/report/content.ts'
import { newPaper, type Paper } from '../paper.ts'
import { pictureOf } from '../pictures.ts'
import { type Block, textOf } from './blocks.ts'
import { reportChart } from './report-charts.ts'
import { reportBlocks } from './whole.ts'

/** The December report as a Word document in the form of GB/T 9704-2012 (N5, R10). */
export async function reportDocument(content: ReportContent, annexes: ReportAnnexes): Promise<Buffer> {
  const paper = await newPaper()
  paper.masthead(content.documentNumber ?? '', content.signer ?? '')
  for (const block of reportBlocks(content, annexes)) await write(paper, content, block)
  paper.imprint(content.secretariat, `${dayInWords(content.datedOn)}印发`)
  return paper.bytes()
}

async function write(paper: Paper, content: ReportContent, block: Block): Promise<void> {
  switch (block.kind) {
    case 'title':
      return paper.title(block.text)
    case 'addressee':
      return paper.addressee(block.text)
    case 'heading':
      return paper.heading(block.level, block.text)
    case 'paragraph':
      return paper.paragraph(textOf(block.runs))
    case 'closing':
      return paper.paragraph(block.text)
    case 'signature':
      return paper.signature(block.lines)
    case 'annex_note':
      return paper.annexNote(block.titles)
    case 'annex':
      return paper.annex(block.number, block.text)
    case 'table':
      if (block.caption !== '') paper.caption(block.caption)
      return paper.table(
        block.head,
        block.rows.map((cells) => cells.map(textOf)),
        block.widths,
      )
    case 'chart':
      return paper.picture(await pictureOf(await reportChart(content, block.chart)), block.alternative)
  }
}
