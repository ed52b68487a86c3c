import { parentPort } from 'node:worker_threads'
import { rank } from '../domain/ranking/ranking.ts'
import { unpacked } from './counts-packed.ts'
import { seededNumbers } from './random-numbers.ts'
import type { RankingMessage, RankingTask } from './rank-apart.ts'

/** The other thread: drawing is synchronous, and the service goes on answering meanwhile. */
const answer = (message: RankingMessage) => parentPort?.postMessage(message)
parentPort?.once('message', ({ input, judged }: RankingTask) => {
  const counted = { ...input, counts: unpacked(input.counts) }
  answer({ ranking: rank(counted, judged, seededNumbers(judged.policy.seed), (done) => answer({ done })) })
})
