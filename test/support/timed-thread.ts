import { parentPort } from 'node:worker_threads'

/** A thread that says from when until when it worked, for a moment. */
const now = () => performance.timeOrigin + performance.now()
parentPort?.once('message', () => {
  const from = now()
  while (now() < from + 100);
  parentPort?.postMessage({ plan: { from, until: now() } })
})
