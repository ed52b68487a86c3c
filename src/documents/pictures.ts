import { createRequire } from 'node:module'
import type { Picture } from './paper-parts.ts'

const require = createRequire(import.meta.url)

/** One face of a Chinese font that comes as a package: without one every label would vanish, and without a word. */
const fontFile = '@expo-google-fonts/zcool-xiaowei/400Regular/ZCOOLXiaoWei_400Regular.ttf'

/** A drawing with its pixels, at twice the size. The same drawing gives the same pixels on every machine. */
export async function pictureOf(svg: string): Promise<Picture> {
  const { Resvg } = await import('@resvg/resvg-js')
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    background: '#ffffff',
    font: { loadSystemFonts: false, fontFiles: [require.resolve(fontFile)], defaultFontFamily: 'ZCOOL XiaoWei' },
  })
  const { width, height } = resvg
  return { svg, png: resvg.render().asPng(), width, height }
}
