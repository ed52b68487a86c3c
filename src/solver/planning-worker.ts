import { parentPort } from 'node:worker_threads'
import { type Plan, type PlanInput, planBatch } from '../domain/batch-plan.ts'
import { loadHighs, Unsolved } from './highs.ts'

/** What the thread answers: a plan, or with which status the solver gave up. */
export type Planned = { readonly plan: Plan } | { readonly unsolved: string }

/** The other thread: HiGHS is synchronous, and the service goes on answering meanwhile. */
const solve = await loadHighs()
parentPort?.once('message', (input: PlanInput) => {
  parentPort?.postMessage(planned(input))
})

function planned(input: PlanInput): Planned {
  try {
    return { plan: planBatch(input, solve) }
  } catch (error) {
    if (error instanceof Unsolved) return { unsolved: error.status }
    throw error
  }
}
