import { rankRows } from '../../domain/ranking/chart.ts'
import type { ReportContent } from '../../domain/report/content.ts'
import { expiriesSvg, rankIntervalsSvg, regionsSvg } from '../charts.ts'
import { type ChartName, figuresOf } from './blocks.ts'

/** Drawn small, so that its letters can be read on the page. */
const size = { width: 680, height: 400 }

/** The charts of a report as SVG, each from the figures of the table beside it (R10). */
export async function reportChart(content: ReportContent, chart: ChartName): Promise<string> {
  const { value } = figuresOf(content)
  switch (chart) {
    case 'regions':
      return regionsSvg(
        content.settings.regions === 'cities' ? '设区市' : '国家或地区',
        barsOf(
          content.regions.map(({ key, name }) => ({ name, products: value('certified', { by: ['region', key] }) })),
        ),
        size,
      )
    case 'places':
      return rankIntervalsSvg(
        rankRows(content.ranking?.tables.tables[0]?.bodies ?? []),
        content.ranking?.intervalChance ?? 0,
        size,
      )
    case 'expiring':
      return expiriesSvg(
        Array.from({ length: 12 }, (_, at) => {
          const month = `${content.year + 1}-${String(at + 1).padStart(2, '0')}`
          return { month, certificates: value('expiring', { window: 'next_year', by: ['detail', month] }) }
        }),
        size,
      )
  }
}

/** So many names can be read below a chart. */
const barsMax = 24

/** All of them in the order of the table; where they are too many, the largest. */
function barsOf<Bar extends { readonly products: number }>(bars: readonly Bar[]): Bar[] {
  if (bars.length <= barsMax) return [...bars]
  return [...bars].sort((a, b) => b.products - a.products).slice(0, barsMax)
}
