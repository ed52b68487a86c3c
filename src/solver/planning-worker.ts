import { parentPort } from 'node:worker_threads'
import { type PlanInput, planBatch } from '../domain/batch-plan.ts'
import { loadHighs } from './highs.ts'

/** The other thread: HiGHS is synchronous, and the service goes on answering meanwhile. */
const solve = await loadHighs()
parentPort?.once('message', (input: PlanInput) => {
  parentPort?.postMessage(planBatch(input, solve))
})
