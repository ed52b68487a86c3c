/**
 * Imports and reconciliations of a process take turns, so that they leave most of the pool to everybody else: two at
 * once, one an owner.
 */
export type ImportQueue = {
  /** Does the work when its turn comes, and ends when it has ended. */
  run<T>(turn: { importId: string; ownerId: string }, work: () => Promise<T>): Promise<T>
  /** From now on nobody waits: whose turn had not come gets it now, to find that it is too late. */
  open(): void
}

export type QueueOptions = {
  /** Says that these imports are waiting and not forgotten. */
  readonly beat: (importIds: readonly string[]) => Promise<unknown>
  readonly beatEveryMs?: number
}

const atOnce = 2

type Waiting = { readonly importId: string; readonly ownerId: string; start(): void }

export function importQueue({ beat, beatEveryMs = 20_000 }: QueueOptions): ImportQueue {
  const waiting: Waiting[] = []
  const running: Waiting[] = []
  let isOpen = false
  const beating = startBeating(waiting, beat, beatEveryMs)

  /** The first of those that wait whose owner has none running. */
  const startNext = () => {
    for (;;) {
      const next = waiting.findIndex(({ ownerId }) => isOpen || !running.some((other) => other.ownerId === ownerId))
      const [turn] = next >= 0 && (isOpen || running.length < atOnce) ? waiting.splice(next, 1) : []
      if (!turn) return
      running.push(turn)
      turn.start()
    }
  }
  const take = (turn: Omit<Waiting, 'start'>) =>
    new Promise<Waiting>((resolve) => {
      const mine: Waiting = { ...turn, start: () => resolve(mine) }
      waiting.push(mine)
      startNext()
    })
  return {
    async run(turn, work) {
      const mine = await take(turn)
      try {
        return await work()
      } finally {
        running.splice(running.indexOf(mine), 1)
        startNext()
      }
    },
    open() {
      isOpen = true
      clearInterval(beating)
      startNext()
    },
  }
}

/** A sign that fails is not made up for: the next one follows, and an import is given up for lost later than that. */
function startBeating(waiting: readonly Waiting[], beat: QueueOptions['beat'], everyMs: number): NodeJS.Timeout {
  return setInterval(() => {
    if (waiting.length > 0) beat(waiting.map(({ importId }) => importId)).catch(() => undefined)
  }, everyMs).unref()
}
