import { median } from './measure.ts'
import type { Line } from './report.ts'

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

/** The median seconds of two works, done in turn; the first of each only warms up. */
export async function inTurn(
  rounds: number,
  service: () => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<{ service: number; bare: number }> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round += 1) {
    const [one, other] = [await secondsOf(service), await secondsOf(bare)]
    if (round === 0) continue
    ours.push(one)
    theirs.push(other)
  }
  return { service: median(ours), bare: median(theirs) }
}

/** Seconds side by side, and whether the service took at most so many times as long. */
export function secondsLine(
  workload: string,
  { service, bare }: { service: number; bare: number },
  most: number,
): Line {
  const ratio = service / bare
  return {
    workload,
    service: `${service.toFixed(2)} s`,
    bare: `${bare.toFixed(2)} s`,
    ratio,
    wanted: `≤ ${most}`,
    reached: ratio <= most,
  }
}
