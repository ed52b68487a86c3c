import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Plan, PlanInput } from '../domain/batch-plan.ts'

/** Plans a batch in a thread of its own. @throws what the planning threw */
export async function planApart(input: PlanInput): Promise<Plan> {
  const worker = new Worker(new URL('./planning-worker.js', import.meta.url))
  try {
    worker.postMessage(input)
    const [plan] = (await once(worker, 'message')) as [Plan]
    return plan
  } finally {
    await worker.terminate()
  }
}
