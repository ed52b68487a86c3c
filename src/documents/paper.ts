import type { FileChild, IParagraphOptions, IRunOptions } from 'docx'
import { dayInWords } from '../domain/plain-date.ts'
import {
  bodyPoints,
  characterSpace,
  characters,
  charactersPerLine,
  type FontUse,
  fonts,
  fontTableXml,
  latinFont,
  linePitch,
  millimetres,
  points,
  signatureIndents,
  smallStyle,
  stylesXml,
  textWidth,
  titleLines,
} from './official-form.ts'

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

export type Picture = { readonly svg: string; readonly png: Buffer; readonly width: number; readonly height: number }

const halfPoints = (count: number) => count * 2
const pitch = { line: linePitch, lineRule: 'exact' as const }
/** At 96 to the inch. */
const pixelsOfText = Math.round((156 / 25.4) * 96)
/** Of the 225 mm of a page some are the caption's. */
const pictureHeightMax = Math.round((205 / 25.4) * 96)
/** 0.35 mm, in eighths of a point. */
const thick = { style: 'single', size: 8, space: 4 } as const
const footerPoints = 14
/** From the edge of the page, so that the middle of the dashes is 7 mm below the text. */
const footerDistance = millimetres(35 - 7) - points(footerPoints / 2)

/** The library is read when the first document is made: the service starts without it. */
export async function newPaper(): Promise<Paper> {
  const docx = await import('docx')
  const children: FileChild[] = []
  let named = ''

  const fontOf = (use: FontUse, latin: string = latinFont) => ({
    ascii: latin,
    hAnsi: latin,
    eastAsia: fonts[use].name,
    hint: 'eastAsia',
  })
  const run = (text: string, use: FontUse, size: number, more: IRunOptions = {}) =>
    new docx.TextRun({ text, font: fontOf(use), size: halfPoints(size), ...more })
  /** Behind a tab, which a text can't hold. */
  const runAtTab = (text: string, use: FontUse, size: number) =>
    new docx.TextRun({ children: [new docx.Tab(), text], font: fontOf(use), size: halfPoints(size) })
  const add = (text: string, use: FontUse, size: number, options: IParagraphOptions) =>
    void children.push(new docx.Paragraph({ ...options, children: [run(text, use, size)] }))
  const addTitle = (text: string, options: IParagraphOptions) => {
    const lines = titleLines(text).map((line, at) => run(line, 'title', 22, at === 0 ? {} : { break: 1 }))
    children.push(new docx.Paragraph({ ...options, alignment: 'center', children: lines }))
  }

  const indent = { firstLine: characters(2), firstLineChars: 200 }
  const cell = (text: string, width: number, use: FontUse) =>
    new docx.TableCell({
      width: { size: width, type: docx.WidthType.DXA },
      margins: { left: 60, right: 60 },
      verticalAlign: 'center',
      children: [
        new docx.Paragraph({
          style: smallStyle,
          spacing: { line: points(bodyPoints), lineRule: 'exact' },
          children: [run(text, use, 10.5)],
        }),
      ],
    })
  const tableRow = (texts: readonly string[], widths: readonly number[], isHead: boolean) =>
    new docx.TableRow({
      tableHeader: isHead,
      cantSplit: true,
      children: texts.map((text, at) => cell(text, widths[at] ?? 0, isHead ? 'first' : 'number')),
    })
  const footer = (alignment: 'left' | 'right') => {
    const font = { font: fontOf('number', fonts.number.name), size: halfPoints(footerPoints) }
    return new docx.Footer({
      children: [
        new docx.Paragraph({
          style: smallStyle,
          alignment,
          indent: { [alignment]: points(footerPoints) },
          spacing: { line: points(footerPoints), lineRule: 'exact' },
          children: [new docx.TextRun({ ...font, children: ['— ', docx.PageNumber.CURRENT, ' —'] })],
        }),
      ],
    })
  }

  return {
    title(text) {
      named = text
      addTitle(text, { spacing: { ...pitch, after: linePitch } })
    },
    heading: (level, text) =>
      add(text, level === 1 ? 'first' : 'second', bodyPoints, {
        spacing: pitch,
        indent,
        keepNext: true,
        outlineLevel: level - 1,
      }),
    paragraph: (text) => add(text, 'body', bodyPoints, { spacing: pitch, indent }),
    addressee: (text) => add(text, 'body', bodyPoints, { spacing: pitch }),
    masthead: (documentNumber, signer) =>
      void children.push(
        new docx.Paragraph({
          spacing: { ...pitch, after: 2 * linePitch },
          // One character in at either side, but the line below is as wide as the text.
          indent: { firstLine: characters(1) },
          tabStops: [{ type: docx.TabStopType.RIGHT, position: characters(charactersPerLine - 1) }],
          border: { bottom: { ...thick, color: 'FF0000', space: 11 } },
          children: [
            run(documentNumber, 'body', bodyPoints),
            runAtTab('签发人：', 'body', bodyPoints),
            run(signer, 'second', bodyPoints),
          ],
        }),
      ),
    annexNote(titles) {
      titles.forEach((title, at) => {
        // Below the first number stand the others; a name that goes on begins below its first character.
        const begin = at === 0 ? 2 : 5
        const left = characters(6)
        add(`${at === 0 ? '附件：' : ''}${at + 1}.${title}`, 'body', bodyPoints, {
          spacing: { ...pitch, ...(at === 0 ? { before: linePitch } : {}) },
          indent: { left, hanging: left - characters(begin) },
        })
      })
    },
    annex(number, title) {
      add(`附件${number}`, 'first', bodyPoints, { spacing: pitch, pageBreakBefore: true, keepNext: true })
      addTitle(title, { spacing: { ...pitch, before: linePitch, after: linePitch }, keepNext: true, outlineLevel: 0 })
    },
    caption: (text) =>
      add(text, 'first', 12, {
        style: smallStyle,
        alignment: 'center',
        spacing: { before: points(8), line: points(20), lineRule: 'exact' },
        keepNext: true,
      }),
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
      const spacing = { before: points(6), after: points(6) }
      children.push(new docx.Paragraph({ style: smallStyle, alignment: 'center', spacing, children: [image] }))
    },
    imprint(left, right) {
      const line = { ...thick, color: '000000' }
      children.push(
        new docx.Paragraph({
          style: smallStyle,
          frame: {
            type: 'alignment',
            width: textWidth,
            anchor: { horizontal: 'margin', vertical: 'margin' },
            alignment: { x: 'center', y: 'bottom' },
          },
          spacing: { line: points(24), lineRule: 'exact' },
          indent: { left: points(14), right: points(14) },
          tabStops: [{ type: docx.TabStopType.RIGHT, position: textWidth - points(14) }],
          border: { top: line, bottom: line },
          children: [run(left, 'body', 14), runAtTab(right, 'body', 14)],
        }),
        // What has its place at the foot of a page hangs on what follows it.
        new docx.Paragraph({ spacing: { line: 20, lineRule: 'exact' }, children: [] }),
      )
    },
    signature(lines) {
      add('', 'body', bodyPoints, { spacing: pitch, keepNext: true })
      const indents = signatureIndents(lines)
      lines.forEach((line, at) => {
        const right = indents[at] ?? 0
        const keepNext = at < lines.length - 1
        add(line, 'body', bodyPoints, { spacing: pitch, alignment: 'right', indent: { right }, keepNext })
      })
    },
    table(head, rows, shares = head.map(() => 1)) {
      const all = shares.reduce((sum, share) => sum + share, 0)
      const widths = shares.map((share) => Math.floor((textWidth * share) / all))
      const written = rows.length > 0 ? rows : [head.map((_, at) => (at === 0 ? '无' : '—'))]
      children.push(
        new docx.Table({
          width: { size: textWidth, type: docx.WidthType.DXA },
          columnWidths: widths,
          rows: [tableRow(head, widths, true), ...written.map((row) => tableRow(row, widths, false))],
        }),
        new docx.Paragraph({ spacing: { line: 200, lineRule: 'exact' }, children: [] }),
      )
    },
    bytes: () =>
      docx.Packer.toBuffer(
        new docx.Document({
          creator: 'Alliance Registry',
          title: named,
          evenAndOddHeaderAndFooters: true,
          sections: [
            {
              properties: {
                grid: { type: docx.DocumentGridType.LINES_AND_CHARS, linePitch, charSpace: characterSpace },
                page: {
                  size: { width: millimetres(210), height: millimetres(297) },
                  margin: {
                    top: millimetres(37),
                    left: millimetres(28),
                    bottom: millimetres(35),
                    right: millimetres(26),
                    footer: footerDistance,
                  },
                },
              },
              footers: { default: footer('right'), even: footer('left') },
              children,
            },
          ],
        }),
        false,
        [
          { path: 'word/fontTable.xml', data: fontTableXml() },
          { path: 'word/styles.xml', data: stylesXml() },
        ],
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
