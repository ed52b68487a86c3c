import type { FileChild, IParagraphOptions, IRunOptions } from 'docx'
import { dayInWords } from '../domain/plain-date.ts'

/**
 * Word documents in the form of GB/T 9704-2012: A4, margins top 37, left 28, bottom 35, right 26 mm; body 16 pt 仿宋 on an
 * exact pitch of 28.95 pt, first line in two characters; 一、 in 黑体, （一） in 楷体; page numbers — 1 — of 14 pt 宋体, odd
 * right, even left. The official fonts are named; a reader without them falls back to its own.
 */
export type Paper = {
  title(text: string): void
  heading(level: 1 | 2, text: string): void
  paragraph(text: string): void
  /** 发文字号 at the left and 签发人 at the right, as above a report to a superior. */
  masthead(documentNumber: string, signer: string): void
  /** To whom it goes, flush left. */
  addressee(text: string): void
  /** Who signs, and the day, at the right, four characters in. */
  signature(lines: readonly string[]): void
  /** Rows of text under a head that is repeated on every page. @param widths shares of the width of the page */
  table(head: readonly string[], rows: readonly (readonly string[])[], widths?: readonly number[]): void
  /** Above a table, centred, kept with it. */
  caption(text: string): void
  /** A drawing with the same as pixels for readers that know no SVG, and in words for those who see neither. */
  picture(picture: Picture, alternative: string): void
  /** 版记: who issued it, and when, between two lines at the end. */
  imprint(left: string, right: string): void
  /** What follows begins on a page of its own. */
  newPage(): void
  /** The document as the bytes of a .docx. */
  bytes(): Promise<Buffer>
}

export type Picture = { readonly svg: string; readonly png: Buffer; readonly width: number; readonly height: number }

const fonts = {
  title: '方正小标宋简体',
  body: '仿宋_GB2312',
  first: '黑体',
  second: '楷体_GB2312',
  number: '宋体',
} as const
const twipsOfMm = (mm: number) => Math.round((mm * 1440) / 25.4)
const halfPoints = (points: number) => points * 2
/** In twentieths of a point. */
const pitch = { line: Math.round(28.95 * 20), lineRule: 'exact' as const }
const textWidth = twipsOfMm(210 - 28 - 26)
/** At 96 to the inch. */
const pixelsOfText = Math.round(((210 - 28 - 26) / 25.4) * 96)
/** Of the 225 mm of a page some are the caption's. */
const pictureHeightMax = Math.round((205 / 25.4) * 96)

/** The library is read when the first document is made: the service starts without it. */
export async function newPaper(): Promise<Paper> {
  const docx = await import('docx')
  const children: FileChild[] = []

  const run = (text: string, font: string, points: number, more: IRunOptions = {}) =>
    new docx.TextRun({
      text,
      font: { ascii: 'Times New Roman', hAnsi: 'Times New Roman', eastAsia: font, hint: 'eastAsia' },
      size: halfPoints(points),
      ...more,
    })
  const add = (text: string, font: string, points: number, options: IParagraphOptions) =>
    void children.push(new docx.Paragraph({ ...options, children: [run(text, font, points)] }))

  const indent = { firstLine: halfPoints(16) * 20 }
  const cell = (text: string, width: number, font: string) =>
    new docx.TableCell({
      width: { size: width, type: docx.WidthType.DXA },
      margins: { left: 60, right: 60 },
      children: [new docx.Paragraph({ spacing: { line: 320 }, children: [run(text, font, 10.5)] })],
    })
  const tableRow = (texts: readonly string[], widths: readonly number[], isHead: boolean) =>
    new docx.TableRow({
      tableHeader: isHead,
      cantSplit: true,
      children: texts.map((text, at) => cell(text, widths[at] ?? 0, isHead ? fonts.first : fonts.number)),
    })
  const footer = (alignment: 'left' | 'right') =>
    new docx.Footer({
      children: [
        new docx.Paragraph({
          alignment,
          indent: alignment === 'right' ? { right: 280 } : { left: 280 },
          children: [
            run('— ', fonts.number, 14),
            new docx.TextRun({ children: [docx.PageNumber.CURRENT], size: halfPoints(14) }),
            run(' —', fonts.number, 14),
          ],
        }),
      ],
    })

  return {
    title: (text) => add(text, fonts.title, 22, { alignment: 'center', spacing: { line: 700, after: 400 } }),
    heading: (level, text) =>
      add(text, level === 1 ? fonts.first : fonts.second, 16, { spacing: pitch, indent, keepNext: true }),
    paragraph: (text) => add(text, fonts.body, 16, { spacing: pitch, indent }),
    addressee: (text) => add(text, fonts.body, 16, { spacing: pitch }),
    masthead: (documentNumber, signer) =>
      void children.push(
        new docx.Paragraph({
          spacing: { ...pitch, after: 400 },
          tabStops: [{ type: docx.TabStopType.RIGHT, position: textWidth }],
          border: { bottom: { style: docx.BorderStyle.SINGLE, size: 8, color: '000000', space: 4 } },
          children: [
            run(documentNumber, fonts.body, 16),
            run('\t签发人：', fonts.body, 16),
            run(signer, fonts.second, 16),
          ],
        }),
      ),
    caption: (text) =>
      add(text, fonts.first, 12, { alignment: 'center', spacing: { before: 160, line: 400 }, keepNext: true }),
    picture({ svg, png, width, height }, alternative) {
      // As wide as the text, but never taller than a page with its caption: else its foot would be cut off.
      const scale = Math.min(pixelsOfText / width, pictureHeightMax / height)
      const shown = { width: Math.round(width * scale), height: Math.round(height * scale) }
      const image = new docx.ImageRun({
        type: 'svg',
        data: Buffer.from(svg),
        transformation: shown,
        fallback: { type: 'png', data: png },
        altText: { name: alternative, title: alternative, description: alternative },
      })
      children.push(
        new docx.Paragraph({ alignment: 'center', spacing: { before: 120, after: 120 }, children: [image] }),
      )
    },
    imprint: (left, right) =>
      void children.push(
        new docx.Paragraph({
          spacing: { before: 600, line: 480 },
          tabStops: [{ type: docx.TabStopType.RIGHT, position: textWidth }],
          border: {
            top: { style: docx.BorderStyle.SINGLE, size: 8, color: '000000', space: 4 },
            bottom: { style: docx.BorderStyle.SINGLE, size: 8, color: '000000', space: 4 },
          },
          children: [run(left, fonts.body, 14), run(`\t${right}`, fonts.body, 14)],
        }),
      ),
    signature(lines) {
      add('', fonts.body, 16, { spacing: pitch })
      const right = halfPoints(16) * 10 * 4
      for (const line of lines) add(line, fonts.body, 16, { spacing: pitch, alignment: 'right', indent: { right } })
    },
    table(head, rows, shares = head.map(() => 1)) {
      const all = shares.reduce((sum, share) => sum + share, 0)
      const widths = shares.map((share) => Math.floor((textWidth * share) / all))
      children.push(
        new docx.Table({
          width: { size: textWidth, type: docx.WidthType.DXA },
          columnWidths: widths,
          rows: [tableRow(head, widths, true), ...rows.map((row) => tableRow(row, widths, false))],
        }),
        new docx.Paragraph({ spacing: { line: 200 }, children: [] }),
      )
    },
    newPage: () => void children.push(new docx.Paragraph({ children: [new docx.PageBreak()] })),
    bytes: () =>
      docx.Packer.toBuffer(
        new docx.Document({
          creator: 'Alliance Registry',
          evenAndOddHeaderAndFooters: true,
          sections: [
            {
              properties: {
                page: {
                  size: { width: twipsOfMm(210), height: twipsOfMm(297) },
                  margin: {
                    top: twipsOfMm(37),
                    left: twipsOfMm(28),
                    bottom: twipsOfMm(35),
                    right: twipsOfMm(26),
                    footer: twipsOfMm(28),
                  },
                },
              },
              footers: { default: footer('right'), even: footer('left') },
              children,
            },
          ],
        }),
      ),
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
