import type { ImportMeasured } from './import-against-copy.ts'
import { median, type Round } from './measure.ts'

/** A line of the table: requests per second of the service by those of the bare server, or one time by another. */
export type Line = {
  readonly workload: string
  readonly service: string
  readonly bare: string
  readonly ratio: number
  readonly wanted: string
  readonly reached: boolean | null
}

export function lineOf(
  workload: string,
  service: readonly Round[],
  bare: readonly Round[],
  wanted: number | null,
): Line {
  const [ours, theirs] = [service, bare].map((rounds) => median(rounds.map(({ perSecond }) => perSecond)))
  const ratio = (ours ?? 0) / (theirs ?? 0)
  return {
    workload,
    service: roundsText(service),
    bare: roundsText(bare),
    ratio,
    wanted: wanted === null ? '–' : `≥ ${wanted}`,
    reached: wanted === null ? null : ratio >= wanted,
  }
}

const importWanted = { ratio: 0.9, residentMegabytes: 200 }

/** Rows per second, and the memory that the importing process took. */
export function importLineOf({ rows, base, product, bare, ratio, residentMegabytes }: ImportMeasured): Line {
  return {
    workload: `import of ${rows} into ${base}, COPY and merge`,
    service: `${Math.round(product)}/s (${residentMegabytes} MB)`,
    bare: `${Math.round(bare)}/s`,
    ratio,
    wanted: `≥ ${importWanted.ratio}, ≤ ${importWanted.residentMegabytes} MB`,
    reached: ratio >= importWanted.ratio && residentMegabytes <= importWanted.residentMegabytes,
  }
}

/** How much longer the median answer takes among more certificates. */
export function scaleLineOf(workload: string, large: readonly Round[], small: readonly Round[], wanted: number): Line {
  const ratio = median(small.map(({ perSecond }) => perSecond)) / median(large.map(({ perSecond }) => perSecond))
  return {
    workload,
    service: roundsText(large),
    bare: roundsText(small),
    ratio,
    wanted: `≤ ${wanted}`,
    reached: ratio <= wanted,
  }
}

function roundsText(rounds: readonly Round[]): string {
  const [perSecond, p50, p99] = (['perSecond', 'p50', 'p99'] as const).map((of) =>
    median(rounds.map((round) => round[of])),
  )
  return `${Math.round(perSecond ?? 0)}/s (${p50}, ${p99} ms)`
}

/** As a Markdown table; a line below its mark ends in ✗. */
export function tableOf(lines: readonly Line[], columns: readonly [service: string, bare: string]): string {
  const rows = lines.map(({ workload, service, bare, ratio, wanted, reached }) => [
    workload,
    service,
    bare,
    ratio.toFixed(2),
    wanted,
    reached === null ? '' : reached ? '✓' : '✗',
  ])
  const table = [['workload', ...columns, 'ratio', 'wanted', ''], ...rows]
  const widths = table[0]?.map((_, at) => Math.max(3, ...table.map((row) => row[at]?.length ?? 0))) ?? []
  const text = table.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [text[0], rule, ...text.slice(1)].join('\n')
}
