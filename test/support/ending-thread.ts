import { parentPort } from 'node:worker_threads'

/** A thread that ends without an answer once it is asked, as one does that runs out of memory. */
parentPort?.once('message', () => process.exit(9))
