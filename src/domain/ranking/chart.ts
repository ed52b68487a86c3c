import type { PlainDate } from '../plain-date.ts'
import { binomialQuantiles } from './quantile.ts'
import type { RankedBody } from './ranking.ts'
import type { RankInterval } from './simulation.ts'

/**
 * A funnel plot: rates against how many results they rest on, with the limits within which a body of the common rate lies
 * by chance alone; few results, wide limits (R9).
 */
export type Funnel = {
  /** All bodies' reports together; null where none was due. */
  readonly commonRate: number | null
  readonly points: readonly {
    readonly memberId: string
    readonly name: string
    readonly due: number
    readonly rate: number
  }[]
  readonly limits: readonly FunnelLimit[]
}

/** 95 and 99.8 of a hundred bodies of the common rate lie between these; rates from 0 to 1. */
export type FunnelLimit = {
  readonly due: number
  readonly low95: number
  readonly high95: number
  readonly low998: number
  readonly high998: number
}

export function funnelOf(bodies: readonly RankedBody[]): Funnel {
  const points = bodies.flatMap(({ memberId, name, figures }) => {
    const onTime = figures.find(({ indicator }) => indicator === 'on_time_cnca')
    if (!onTime?.denominator) return []
    return [
      { memberId, name, due: onTime.denominator, met: onTime.numerator, rate: onTime.numerator / onTime.denominator },
    ]
  })
  const due = points.reduce((sum, point) => sum + point.due, 0)
  if (due === 0) return { commonRate: null, points: [], limits: [] }
  const commonRate = points.reduce((sum, point) => sum + point.met, 0) / due
  const most = Math.max(...points.map((point) => point.due))
  return {
    commonRate,
    points: points.map(({ met: _, ...point }) => point),
    limits: stepsUntil(Math.ceil(most * 1.1)).map((each) => limitAt(commonRate, each)),
  }
}

/** At most sixty numbers from 1 on. */
function stepsUntil(last: number): number[] {
  const step = Math.max(1, Math.ceil(last / 60))
  return Array.from({ length: Math.ceil(last / step) }, (_, at) => Math.min(last, (at + 1) * step))
}

function limitAt(rate: number, due: number): FunnelLimit {
  const counts = binomialQuantiles(due, rate, [0.025, 0.975, 0.001, 0.999])
  const [low95 = 0, high95 = 0, low998 = 0, high998 = 0] = counts.map((count) => count / due)
  return { due, low95, high95, low998, high998 }
}

/** The places of the bodies with their intervals, the best first; those without a place are left out. */
export type RankRow = RankInterval & { readonly memberId: string; readonly name: string; readonly place: number }

export function rankRows(bodies: readonly RankedBody[]): RankRow[] {
  return bodies
    .flatMap(({ memberId, name, quality: { place, places } }) =>
      place === null || places === null ? [] : [{ memberId, name, place, ...places }],
    )
    .sort((a, b) => a.place - b.place || (a.name < b.name ? -1 : 1))
}

/** A share month by month; null where nothing was due. */
export type TrendPoint = {
  readonly month: PlainDate
  readonly value: number | null
  readonly numerator: number
  readonly denominator: number | null
}
