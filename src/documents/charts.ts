import type { EChartsOption } from 'echarts'
import type { Funnel, RankRow, TrendPoint } from '../domain/ranking/chart.ts'

/**
 * Charts as SVG (R9), drawn by Apache ECharts without a browser. Colours that are told apart without colour vision; text
 * stays text, in whatever Chinese font the reader has.
 */
/** Without quotation marks: the library writes them into an attribute as they are. */
const font = 'Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, PingFang SC, SimHei, sans-serif'
const [blue, orange, grey] = ['#0b5ea8', '#c2570c', '#6b7280']

export type Size = { readonly width?: number; readonly height?: number }

async function draw(option: EChartsOption, { width = 960, height = 540 }: Size = {}): Promise<string> {
  const { init } = await import('echarts')
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: font },
      grid: { left: 72, right: 40, top: 72, bottom: 64 },
      ...option,
    })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

const title = (text: string, subtext: string) => ({
  text,
  subtext,
  left: 'center',
  textStyle: { fontSize: 18 },
  subtextStyle: { color: grey },
})

const inPercent = (value: number) => `${Math.round(value * 100)}%`

/** On-time rate against volume, with the limits of chance. */
export async function funnelSvg({ commonRate, points, limits }: Funnel, shown: Size = {}): Promise<string> {
  const limit = (name: string, of: (each: Funnel['limits'][number]) => number, type: 'dashed' | 'dotted') => ({
    name,
    type: 'line' as const,
    showSymbol: false,
    lineStyle: { color: grey, type, width: 1 },
    data: limits.map((each) => [each.due, of(each)]),
  })
  return draw(
    {
      title: title(
        '按期报送率漏斗图',
        commonRate === null
          ? '期内无到期的报送'
          : `全体按期率 ${(commonRate * 100).toFixed(1)}%；虚线 95%、点线 99.8% 控制限`,
      ),
      xAxis: { type: 'value', name: '到期报送数', nameLocation: 'middle', nameGap: 32, min: 0, minInterval: 1 },
      yAxis: { type: 'value', name: '按期率', min: 0, max: 1, axisLabel: { formatter: inPercent } },
      series: [
        limit('下限95', ({ low95 }) => low95, 'dashed'),
        limit('上限95', ({ high95 }) => high95, 'dashed'),
        limit('下限998', ({ low998 }) => low998, 'dotted'),
        limit('上限998', ({ high998 }) => high998, 'dotted'),
        {
          name: '成员机构',
          type: 'scatter',
          symbolSize: 12,
          itemStyle: { color: blue },
          data: points.map(({ name, due, rate }) => ({ name, value: [due, rate] })),
          label: { show: true, position: 'right', formatter: '{b}', fontSize: 11, color: '#111827' },
          labelLayout: { hideOverlap: true, moveOverlap: 'shiftY' },
          markLine:
            commonRate === null
              ? {}
              : {
                  silent: true,
                  symbol: 'none',
                  lineStyle: { color: orange },
                  label: { show: false },
                  data: [{ yAxis: commonRate }],
                },
        },
      ],
    },
    shown,
  )
}

/** Each body's place and the places that its true quality may have. */
export async function rankIntervalsSvg(
  rows: readonly RankRow[],
  chance: number,
  { width = 960 }: Size = {},
): Promise<string> {
  const names = rows.map(({ name }) => name)
  return draw(
    {
      title: title('质量位次及位次区间', `点为位次，线为 ${inPercent(chance)} 位次区间`),
      grid: { left: Math.round(width * 0.27), right: 40, top: 72, bottom: 56 },
      xAxis: {
        type: 'value',
        name: '位次',
        nameLocation: 'middle',
        nameGap: 28,
        min: 1,
        max: Math.max(2, rows.length),
        minInterval: 1,
      },
      yAxis: {
        type: 'category',
        data: names,
        inverse: true,
        axisLabel: { width: Math.round(width * 0.25), overflow: 'truncate' },
      },
      series: [
        {
          type: 'bar',
          stack: 'interval',
          barWidth: 4,
          itemStyle: { color: 'transparent' },
          data: rows.map(({ best }) => best),
        },
        {
          type: 'bar',
          stack: 'interval',
          barWidth: 4,
          itemStyle: { color: blue },
          data: rows.map(({ best, worst }) => worst - best),
        },
        {
          type: 'scatter',
          symbolSize: 11,
          itemStyle: { color: orange },
          data: rows.map(({ place }, at) => [place, at]),
        },
      ],
    },
    { width, height: Math.max(320, 140 + rows.length * 28) },
  )
}

/** A share month by month. */
export async function trendSvg(name: string, points: readonly TrendPoint[]): Promise<string> {
  return draw({
    title: title(`${name}趋势`, '按月；空缺表示当月没有数据'),
    xAxis: { type: 'category', data: points.map(({ month }) => month.slice(0, 7)) },
    yAxis: { type: 'value', min: 0, max: 1, axisLabel: { formatter: inPercent } },
    series: [
      {
        type: 'line',
        symbolSize: 8,
        itemStyle: { color: blue },
        lineStyle: { color: blue, width: 2 },
        data: points.map(({ value }) => value),
        label: { show: points.length <= 15, formatter: ({ value }) => inPercent(Number(value)) },
      },
    ],
  })
}

/** How many certificates end in each month. */
export async function expiriesSvg(
  months: readonly { readonly month: string; readonly certificates: number }[],
  size: Size = {},
): Promise<string> {
  return draw(
    {
      title: title('证书到期月份分布', '有效和暂停的证书，按最后有效日所在月份'),
      xAxis: { type: 'category', data: months.map(({ month }) => month.slice(0, 7)), axisLabel: { rotate: 45 } },
      yAxis: { type: 'value', minInterval: 1, name: '张' },
      series: [
        {
          type: 'bar',
          itemStyle: { color: blue },
          data: months.map(({ certificates }) => certificates),
          label: { show: months.length <= 24, position: 'top' },
        },
      ],
    },
    size,
  )
}

/** How many products were certified in each region, in the order of the tables (R10). */
export async function regionsSvg(
  name: string,
  regions: readonly { readonly name: string; readonly products: number }[],
  size: Size = {},
): Promise<string> {
  return draw(
    {
      title: title(`新认证产品（服务）按${name}`, '报告期内，单位：个'),
      grid: { left: 72, right: 40, top: 72, bottom: 96 },
      xAxis: { type: 'category', data: regions.map((region) => region.name), axisLabel: { rotate: 45, interval: 0 } },
      yAxis: { type: 'value', minInterval: 1, name: '个' },
      series: [
        {
          type: 'bar',
          barMaxWidth: 40,
          itemStyle: { color: blue },
          data: regions.map(({ products }) => products),
          label: { show: regions.length <= 24, position: 'top' },
        },
      ],
    },
    size,
  )
}
