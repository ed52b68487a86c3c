/**
 * The measures of GB/T 9704-2012 (R10): A4 with margins of 37, 28, 35 and 26 mm leaves 156 by 225 mm, which hold 22 lines
 * of 28 characters of 16 pt. Lengths are in twips, twentieths of a point.
 */
export const points = (count: number) => count * 20
export const millimetres = (count: number) => Math.round((count * 1440) / 25.4)

export const bodyPoints = 16
export const charactersPerLine = 28
/** Exactly 28.95 pt from line to line. */
export const linePitch = Math.round(points(28.95))
export const textWidth = millimetres(156)

/** Word’s `w:charSpace`: by how much a character of the grid is wider than one of the body, in 4096ths of a point; rounded down, for 28 must fit. */
export const characterSpace = Math.floor((textWidth / 20 / charactersPerLine - bodyPoints) * 4096)

/** The width of so many characters of the grid; rounded down, for the rest of the line must fit. */
export const characters = (count: number) => Math.floor((textWidth / charactersPerLine) * count)

/** How wide a text is in characters: Latin letters and figures are half as wide as Chinese ones. */
export function widthInCharacters(text: string): number {
  return [...text].reduce((sum, sign) => sum + (sign < '\u2000' ? 0.5 : 1), 0)
}

const titleWidthMax = textWidth / points(22)
/** A line of a title ends behind one of these rather than within a word. */
const endOfSense = /[”》）年度的]/

/** A title that does not fit into one line, in two of like length that break where the sense allows it. */
export function titleLines(title: string): string[] {
  if (widthInCharacters(title) <= titleWidthMax) return [title]
  const signs = [...title]
  const breaks = signs.flatMap((sign, at) => {
    const [first, second] = [signs.slice(0, at + 1).join(''), signs.slice(at + 1).join('')]
    const widest = Math.max(widthInCharacters(first), widthInCharacters(second))
    return endOfSense.test(sign) && widest <= titleWidthMax ? [{ lines: [first, second], widest }] : []
  })
  return breaks.sort((a, b) => a.widest - b.widest)[0]?.lines ?? [title]
}

/**
 * How far each line of a signature stands from the right: the day four characters in, the office centred over it; where
 * the office is the longer one, the day moves so that the office keeps to the page.
 */
export function signatureIndents(lines: readonly string[]): number[] {
  const widths = lines.map(widthInCharacters)
  const day = widths.at(-1) ?? 0
  const middle = Math.max(4 + day / 2, ...widths.map((width) => width / 2))
  return widths.map((width) => characters(middle - width / 2))
}

type Font = { readonly name: string; readonly alternatives: readonly string[]; readonly family: 'modern' | 'roman' }

/** The official fonts, each with those that stand in for it where a reader lacks it. None is embedded. */
export const fonts = {
  title: {
    name: '方正小标宋简体',
    alternatives: ['FZXiaoBiaoSong-B05S', '方正小标宋_GBK', '华文中宋', 'STZhongsong', '宋体', 'Noto Serif CJK SC'],
    family: 'roman',
  },
  body: {
    name: '仿宋_GB2312',
    alternatives: ['仿宋', 'FangSong', '华文仿宋', 'STFangsong', 'Noto Serif CJK SC'],
    family: 'modern',
  },
  first: {
    name: '黑体',
    alternatives: ['SimHei', '华文黑体', 'STHeiti', 'Noto Sans CJK SC', 'WenQuanYi Zen Hei'],
    family: 'modern',
  },
  second: {
    name: '楷体_GB2312',
    alternatives: ['楷体', 'KaiTi', '华文楷体', 'STKaiti', 'AR PL KaitiM GB', 'Noto Serif CJK SC'],
    family: 'modern',
  },
  number: {
    name: '宋体',
    alternatives: ['SimSun', '华文宋体', 'STSong', 'Noto Serif CJK SC', 'AR PL SungtiL GB'],
    family: 'roman',
  },
} as const satisfies Record<string, Font>

export type FontUse = keyof typeof fonts

/** Latin letters and figures. */
export const latinFont = 'Times New Roman'

const wordNamespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

/** The part of a Word document that says which fonts stand in for those that it names (`w:altName`). */
export function fontTableXml(): string {
  const chinese = Object.values(fonts).map(
    ({ name, alternatives, family }) =>
      `<w:font w:name="${name}"><w:altName w:val="${alternatives.join(',')}"/><w:charset w:val="86"/><w:family w:val="${family}"/><w:pitch w:val="auto"/></w:font>`,
  )
  const latin = `<w:font w:name="${latinFont}"><w:altName w:val="Liberation Serif,Tinos"/><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>`
  return `${xmlHead}<w:fonts ${wordNamespace}>${chinese.join('')}${latin}</w:fonts>`
}

/** Of what is set smaller than the body and keeps no grid: tables, captions, page numbers. */
export const smallStyle = 'Small'

/**
 * The styles of a Word document. The text keeps the pitch of the grid by itself, in exact lines of letters that are set
 * closer: the grid alone is not read alike. LibreOffice rounds its cells down and gives two to a letter that is wider, as
 * 28 of 16 pt to a line are. Lines are filled to the margin, and none is moved to keep another company: a page has 22.
 */
export function stylesXml(): string {
  const closer = Math.floor(textWidth / charactersPerLine - points(bodyPoints)) - 1
  const font = `<w:rFonts w:ascii="${latinFont}" w:hAnsi="${latinFont}" w:eastAsia="${fonts.body.name}" w:cs="${latinFont}"/>`
  const language = '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
  const size = `<w:sz w:val="${bodyPoints * 2}"/><w:szCs w:val="${bodyPoints * 2}"/>`
  const lines = `<w:snapToGrid w:val="0"/><w:spacing w:line="${linePitch}" w:lineRule="exact"/><w:jc w:val="both"/>`
  const small = '<w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="left"/>'
  return `${xmlHead}<w:styles ${wordNamespace}>
<w:docDefaults><w:rPrDefault><w:rPr>${font}${size}${language}</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl w:val="0"/>${lines}</w:pPr><w:rPr>${font}<w:snapToGrid w:val="0"/><w:spacing w:val="${closer}"/>${size}</w:rPr></w:style>
<w:style w:type="paragraph" w:customStyle="1" w:styleId="${smallStyle}"><w:name w:val="${smallStyle}"/><w:basedOn w:val="Normal"/><w:pPr>${small}</w:pPr><w:rPr><w:spacing w:val="0"/></w:rPr></w:style>
<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="108" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
</w:styles>`
}
