import { parentPort } from 'node:worker_threads'
import type { Planned } from '../../src/solver/planning-worker.ts'

/** A thread whose solver gives up. */
parentPort?.once('message', () => parentPort?.postMessage({ unsolved: 'Iteration limit reached' } satisfies Planned))
