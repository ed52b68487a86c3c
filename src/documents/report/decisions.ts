import { roleNames } from '../../domain/access.ts'
import { measureGroundNames, measureKindNames } from '../../domain/measure.ts'
import { dayInWords } from '../../domain/plain-date.ts'
import { recommendationNames } from '../../domain/ranking/recommendation.ts'
import type { DecisionLine } from '../../domain/report/content.ts'
import { type Block, linesInDocumentMax, paragraph, say, table } from './blocks.ts'

export const isMeasure = ({ kind }: DecisionLine) => kind === 'measure'

/** What keeps a body in the alliance or takes it out: decisions under a bulletin, and the measures that change a standing (R8, R9). */
export function isOnStanding(line: DecisionLine): boolean {
  return line.kind === 'decision' || ['rectification', 'suspension', 'removal'].includes(line.decided)
}

/** Each decision by body, day, ground, what was decided, and who decided; nothing where there is none. */
export function decisionTable(caption: string, lines: readonly DecisionLine[]): Block[] {
  if (lines.length === 0) return []
  const rest = lines.length - linesInDocumentMax
  return [
    table(
      caption,
      ['成员机构', '日期', '依据', '决定', '决定机关'],
      [3.4, 3.1, 4.2, 1.6, 1.7],
      lines
        .slice(0, linesInDocumentMax)
        .map((line) => [line.member, dayInWords(line.onDay), groundOf(line), decidedIn(line), roleNames[line.by][0]]),
    ),
    ...(rest > 0 ? [paragraph(say`其余${rest}项从略。`)] : []),
  ]
}

function groundOf(line: DecisionLine): string {
  if (line.kind === 'measure') return measureGroundNames[line.ground][0]
  return `${dayInWords(line.from)}至${dayInWords(line.until)}的通报，建议${recommendationNames[line.recommendation][0]}`
}

function decidedIn(line: DecisionLine): string {
  return line.kind === 'measure' ? measureKindNames[line.decided][0] : recommendationNames[line.decided][0]
}
