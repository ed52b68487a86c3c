import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { Judged, Progress, Ranking, RankingInput } from '../domain/ranking/ranking.ts'
import { type PackedCounts, packed } from './counts-packed.ts'

export type RankingTask = {
  readonly input: Omit<RankingInput, 'counts'> & { readonly counts: PackedCounts }
  readonly judged: Judged
}
export type RankingMessage = { readonly done: number } | { readonly ranking: Ranking }

/** What is drawn lives short or as long as the thread: a large nursery would only take memory from the service. */
const limits: ResourceLimits = { maxYoungGenerationSizeMb: 12 }

/** Ranks in a thread of its own, as the draws take long for many bodies. @throws what the ranking threw */
export async function rankApart(input: RankingInput, judged: Judged, tell: Progress = () => {}): Promise<Ranking> {
  const worker = new Worker(new URL('./ranking-worker.js', import.meta.url), { resourceLimits: limits })
  try {
    return await new Promise<Ranking>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`the ranking ended with ${code} and no answer`)))
      worker.on('message', (message: RankingMessage) => {
        if ('ranking' in message) resolve(message.ranking)
        else tell(message.done)
      })
      const counts = packed(input.counts)
      worker.postMessage({ input: { ...input, counts }, judged } satisfies RankingTask, [counts.numbers.buffer])
    })
  } finally {
    await worker.terminate()
  }
}
