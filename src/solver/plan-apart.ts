import { Worker } from 'node:worker_threads'
import type { Plan, PlanInput } from '../domain/batch-plan.ts'
import { refuse } from '../domain/refusals.ts'
import type { Planned } from './planning-worker.ts'

const planningWorker = new URL('./planning-worker.js', import.meta.url)

/** A thread takes some 200 MB: so many plan at once in a process, and the others wait their turn. */
const threadsMax = 2
let threads = 0
const waiting: (() => void)[] = []

/**
 * Plans a batch in a thread of its own.
 * @throws Refusal where the solver has no answer; any other error of the planning
 */
export async function planApart(input: PlanInput, program: URL = planningWorker): Promise<Plan> {
  await takePlace()
  try {
    const planned = await planIn(new Worker(program), input)
    if ('unsolved' in planned) throw refuse('plan_unsolved', '', { values: { status: planned.unsolved } })
    return planned.plan
  } finally {
    givePlaceUp()
  }
}

async function takePlace(): Promise<void> {
  if (threads < threadsMax) threads++
  else await new Promise<void>((resolve) => waiting.push(resolve))
}

/** To whoever has waited longest, and so to nobody who comes meanwhile. */
function givePlaceUp(): void {
  const next = waiting.shift()
  if (next) next()
  else threads--
}

/** A thread that ends without a word, for it ran out of memory say, has failed; nobody waits for it. */
async function planIn(worker: Worker, input: PlanInput): Promise<Planned> {
  try {
    return await new Promise<Planned>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`the planning ended with ${code} and no plan`)))
      worker.postMessage(input)
    })
  } finally {
    await worker.terminate()
  }
}
