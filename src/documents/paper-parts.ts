import type { FileChild, Footer, IParagraphOptions, IRunOptions, Paragraph, Table, TableCell, TableRow } from 'docx'
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
  smallStyle,
  stylesXml,
  textWidth,
  titleLines,
} from './official-form.ts'

/** The pieces that a paper is made of; the library is handed in, for it is read late. */
type Docx = typeof import('docx')

export type Picture = { readonly svg: string; readonly png: Buffer; readonly width: number; readonly height: number }

export const pitch = { line: linePitch, lineRule: 'exact' as const }
const halfPoints = (count: number) => count * 2
/** 0.35 mm, in eighths of a point. */
const thick = { style: 'single', size: 8, space: 4 } as const

export type Letters = ReturnType<typeof lettersOf>

/** Pieces of text in the official fonts. */
export function lettersOf(docx: Docx) {
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
  return { fontOf, run, runAtTab }
}

export function titleParagraph(docx: Docx, { run }: Letters, text: string, options: IParagraphOptions): Paragraph {
  const lines = titleLines(text).map((line, at) => run(line, 'title', 22, at === 0 ? {} : { break: 1 }))
  return new docx.Paragraph({ ...options, alignment: 'center', children: lines })
}

/** One character in at either side, but the red line below is as wide as the text. */
export function mastheadOf(docx: Docx, { run, runAtTab }: Letters, documentNumber: string, signer: string): Paragraph {
  return new docx.Paragraph({
    spacing: { ...pitch, after: 2 * linePitch },
    indent: { firstLine: characters(1) },
    tabStops: [{ type: docx.TabStopType.RIGHT, position: characters(charactersPerLine - 1) }],
    border: { bottom: { ...thick, color: 'FF0000', space: 11 } },
    children: [
      run(documentNumber, 'body', bodyPoints),
      runAtTab('签发人：', 'body', bodyPoints),
      run(signer, 'second', bodyPoints),
    ],
  })
}

const imprintPoints = 14

/** At the foot of the page on which it comes. */
export function imprintOf(docx: Docx, { run, runAtTab }: Letters, left: string, right: string): Paragraph {
  const line = { ...thick, color: '000000' }
  return new docx.Paragraph({
    style: smallStyle,
    frame: {
      type: 'alignment',
      width: textWidth,
      anchor: { horizontal: 'margin', vertical: 'margin' },
      alignment: { x: 'center', y: 'bottom' },
    },
    spacing: { line: points(24), lineRule: 'exact' },
    indent: { left: points(imprintPoints), right: points(imprintPoints) },
    tabStops: [{ type: docx.TabStopType.RIGHT, position: textWidth - points(imprintPoints) }],
    border: { top: line, bottom: line },
    children: [run(left, 'body', imprintPoints), runAtTab(right, 'body', imprintPoints)],
  })
}

export function tableOf(
  docx: Docx,
  letters: Letters,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  shares: readonly number[],
): Table {
  const all = shares.reduce((sum, share) => sum + share, 0)
  const widths = shares.map((share) => Math.floor((textWidth * share) / all))
  const written = rows.length > 0 ? rows : [head.map((_, at) => (at === 0 ? '无' : '—'))]
  return new docx.Table({
    width: { size: textWidth, type: docx.WidthType.DXA },
    columnWidths: widths,
    rows: [
      tableRow(docx, letters, head, widths, true),
      ...written.map((row) => tableRow(docx, letters, row, widths, false)),
    ],
  })
}

function tableRow(
  docx: Docx,
  letters: Letters,
  texts: readonly string[],
  widths: readonly number[],
  isHead: boolean,
): TableRow {
  const use = isHead ? 'first' : 'number'
  return new docx.TableRow({
    tableHeader: isHead,
    cantSplit: true,
    children: texts.map((text, at) => tableCell(docx, letters, text, widths[at] ?? 0, use)),
  })
}

function tableCell(docx: Docx, { run }: Letters, text: string, width: number, use: FontUse): TableCell {
  return new docx.TableCell({
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
}

/** At 96 to the inch. */
const pixelsOfText = Math.round((156 / 25.4) * 96)
/** Of the 225 mm of a page some are the caption's. */
const pictureHeightMax = Math.round((205 / 25.4) * 96)

/** As wide as the text, but never taller than a page with its caption: else its foot would be cut off. */
export function pictureParagraph(docx: Docx, { svg, png, width, height }: Picture, alternative: string): Paragraph {
  const scale = Math.min(pixelsOfText / width, pictureHeightMax / height)
  const image = new docx.ImageRun({
    type: 'svg',
    data: Buffer.from(svg),
    transformation: { width: Math.round(width * scale), height: Math.round(height * scale) },
    fallback: { type: 'png', data: png },
    altText: { name: alternative, title: alternative, description: alternative },
  })
  const spacing = { before: points(6), after: points(6) }
  return new docx.Paragraph({ style: smallStyle, alignment: 'center', spacing, children: [image] })
}

const footerPoints = 14
/** From the edge of the page, so that the middle of the dashes is 7 mm below the text. */
const footerDistance = millimetres(35 - 7) - points(footerPoints / 2)

/** — 1 —, one character in. */
function footerOf(docx: Docx, { fontOf }: Letters, alignment: 'left' | 'right'): Footer {
  const font = fontOf('number', fonts.number.name)
  const children = ['— ', docx.PageNumber.CURRENT, ' —']
  return new docx.Footer({
    children: [
      new docx.Paragraph({
        style: smallStyle,
        alignment,
        indent: { [alignment]: points(footerPoints) },
        spacing: { line: points(footerPoints), lineRule: 'exact' },
        children: [new docx.TextRun({ font, size: halfPoints(footerPoints), children })],
      }),
    ],
  })
}

function pageOf(docx: Docx) {
  return {
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
  }
}

/** The package, with our styles and fonts in place of the library’s. */
export function packed(docx: Docx, letters: Letters, title: string, children: readonly FileChild[]): Promise<Buffer> {
  const document = new docx.Document({
    creator: 'Alliance Registry',
    title,
    evenAndOddHeaderAndFooters: true,
    sections: [
      {
        properties: pageOf(docx),
        footers: { default: footerOf(docx, letters, 'right'), even: footerOf(docx, letters, 'left') },
        children,
      },
    ],
  })
  return docx.Packer.toBuffer(document, false, [
    { path: 'word/fontTable.xml', data: fontTableXml() },
    { path: 'word/styles.xml', data: stylesXml() },
  ])
}
