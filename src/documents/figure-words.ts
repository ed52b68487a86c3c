import type { Formula } from '../domain/ranking/indicator.ts'

/** 92.3%, or a dash where there is nothing to measure. @param share between 0 and 1 */
export function percentInWords(share: number | null): string {
  return share === null ? '—' : `${(share * 100).toFixed(1)}%`
}

/** A figure as a table prints it: shares in percent, days and counts as they are. */
export function figureInWords(kind: Formula['kind'], value: number | null): string {
  if (value === null) return '—'
  if (kind === 'share') return percentInWords(value)
  return kind === 'incidence' ? value.toFixed(2) : String(value)
}

/** A score with one decimal. */
export function pointsInWords(points: number | null): string {
  return points === null ? '—' : points.toFixed(1)
}
