import type { FileChild, IParagraphOptions } from 'docx'
import { dayInWords } from '../domain/plain-date.ts'
import {
  bodyPoints,
  characters,
  type FontUse,
  linePitch,
  points,
  signatureIndents,
  smallStyle,
} from './official-form.ts'
import {
  imprintOf,
  lettersOf,
  mastheadOf,
  type Picture,
  packed,
  pictureParagraph,
  pitch,
  tableOf,
  titleParagraph,
} from './paper-parts.ts'

/**
 * Word documents in the form of GB/T 9704-2012: A4, 22 lines of 28 characters in 16 pt 仿宋, first line in two
 * characters; 一、 in 黑体, （一） in 楷体, 1. and （1） in 仿宋 like the rest; page numbers — 1 — of 14 pt 宋体, odd right, even
 * left. The official fonts are named, with those that stand in for them.
 */
export type Paper = {
  /** Two lines below what stands above it, in the middle; too long for one line it breaks where the sense allows it. */
  title(text: string): void
  heading(level: 1 | 2, text: string): void
  paragraph(text: string): void
  /** 发文字号 at the left and 签发人 at the right, as above a report to a superior. */
  masthead(documentNumber: string, signer: string): void
  /** To whom it goes, flush left. */
  addressee(text: string): void
  /** 附件说明: the annexes by number and name, a line below the text. */
  annexNote(titles: readonly string[]): void
  /** Who signs, centred over the day, which stands four characters in. */
  signature(lines: readonly string[]): void
  /** An annex begins a page: 附件1 at its upper left in 黑体, its title centred on the third line. */
  annex(number: number, title: string): void
  /** Rows of text under a head that is repeated on every page; 无 where there are none. @param widths shares of the width of the page */
  table(head: readonly string[], rows: readonly (readonly string[])[], widths?: readonly number[]): void
  /** Above a table, centred, kept with it. */
  caption(text: string): void
  /** A drawing with the same as pixels for readers that know no SVG, and in words for those who see neither. */
  picture(picture: Picture, alternative: string): void
  /** 版记: who issued it, and when, between two lines at the foot of the last page. */
  imprint(left: string, right: string): void
  /** The document as the bytes of a .docx. */
  bytes(): Promise<Buffer>
}

/** Two characters, in Word’s own measure and in twips for the others. */
const indent = { firstLine: characters(2), firstLineChars: 200 }

/** The library is read when the first document is made: the service starts without it. */
export async function newPaper(): Promise<Paper> {
  const docx = await import('docx')
  const letters = lettersOf(docx)
  const children: FileChild[] = []
  let named = ''

  const add = (...more: FileChild[]) => void children.push(...more)
  const addText = (text: string, use: FontUse, size: number, options: IParagraphOptions) =>
    add(new docx.Paragraph({ ...options, children: [letters.run(text, use, size)] }))
  const addBody = (text: string, options: IParagraphOptions = {}) =>
    addText(text, 'body', bodyPoints, { spacing: pitch, ...options })

  return {
    title(text) {
      named = text
      add(titleParagraph(docx, letters, text, { spacing: { ...pitch, after: linePitch } }))
    },
    heading: (level, text) =>
      addText(text, level === 1 ? 'first' : 'second', bodyPoints, {
        spacing: pitch,
        indent,
        keepNext: true,
        outlineLevel: level - 1,
      }),
    paragraph: (text) => addBody(text, { indent }),
    addressee: (text) => addBody(text),
    masthead: (documentNumber, signer) => add(mastheadOf(docx, letters, documentNumber, signer)),
    annexNote(titles) {
      for (const [at, title] of titles.entries()) {
        // Below the first number stand the others; a name that goes on begins below its first character.
        const [begin, left] = [characters(at === 0 ? 2 : 5), characters(6)]
        addBody(`${at === 0 ? '附件：' : ''}${at + 1}.${title}`, {
          spacing: { ...pitch, ...(at === 0 ? { before: linePitch } : {}) },
          indent: { left, hanging: left - begin },
        })
      }
    },
    signature(lines) {
      addBody('', { keepNext: true })
      for (const [at, right] of signatureIndents(lines).entries())
        addBody(lines[at] ?? '', { alignment: 'right', indent: { right }, keepNext: at < lines.length - 1 })
    },
    annex(number, title) {
      addText(`附件${number}`, 'first', bodyPoints, { spacing: pitch, pageBreakBefore: true, keepNext: true })
      const spacing = { ...pitch, before: linePitch, after: linePitch }
      add(titleParagraph(docx, letters, title, { spacing, keepNext: true, outlineLevel: 0 }))
    },
    table: (head, rows, shares = head.map(() => 1)) =>
      add(
        tableOf(docx, letters, head, rows, shares),
        new docx.Paragraph({ spacing: { line: points(10), lineRule: 'exact' }, children: [] }),
      ),
    caption: (text) =>
      addText(text, 'first', 12, {
        style: smallStyle,
        alignment: 'center',
        spacing: { before: points(8), line: points(20), lineRule: 'exact' },
        keepNext: true,
      }),
    picture: (picture, alternative) => add(pictureParagraph(docx, picture, alternative)),
    imprint: (left, right) =>
      add(
        imprintOf(docx, letters, left, right),
        // What has its place at the foot of a page hangs on what follows it.
        new docx.Paragraph({ spacing: { line: points(1), lineRule: 'exact' }, children: [] }),
      ),
    bytes: () => packed(docx, letters, named, children),
  }
}

const digits = ['', '一', '二', '三', '四', '五', '六', '七', '八', '九']

/** A number below 1 000 as headings are numbered: 一, 十一, 二十, 一百零五. @throws RangeError */
export function chineseNumeral(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > 999) throw new RangeError(`${number} numbers no heading`)
  const [hundreds, tens, ones] = [Math.floor(number / 100), Math.floor((number % 100) / 10), number % 10]
  const hundred = hundreds > 0 ? `${digits[hundreds]}百` : ''
  const gap = hundreds > 0 && tens === 0 && ones > 0 ? '零' : ''
  const ten = tens === 0 ? '' : `${tens === 1 && hundreds === 0 ? '' : digits[tens]}十`
  return `${hundred}${gap}${ten}${digits[ones]}`
}

/** An instant in Beijing time, which has no summer time since 1992: 2026年12月5日 9时05分. @param instant ISO 8601 */
export function instantInWords(instant: string): string {
  const there = shifted(instant)
  return `${dayInWords(there.slice(0, 10))} ${Number(there.slice(11, 13))}时${there.slice(14, 16)}分`
}

function shifted(instant: string): string {
  return new Date(Date.parse(instant) + 8 * 3_600_000).toISOString()
}

/** The day in Beijing of an instant, as tables write it: 2026-12-05. @param instant ISO 8601 */
export function dayOfInstant(instant: string): string {
  return shifted(instant).slice(0, 10)
}
