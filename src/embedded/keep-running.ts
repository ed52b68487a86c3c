import type { Cluster } from './cluster.ts'

const watchMs = 1_000

/**
 * Starts the server again when it is gone under the feet of a running service, as an operating system would a service of
 * its own. What was in flight fails; what comes afterwards is served. @returns how to end the watch and stop the server
 */
export function keepRunning(
  first: Cluster,
  start: () => Promise<Cluster>,
  log: (message: string) => void,
): { stop(): Promise<void> } {
  let cluster = first
  let restarting: Promise<void> | undefined
  const restart = async () => {
    log('PostgreSQL 已退出，正在重新启动 / PostgreSQL is gone and is started again')
    await cluster.stop().catch(() => undefined)
    cluster = await start()
  }
  const watch = setInterval(() => {
    if (restarting || isAlive(cluster.postmasterPid)) return
    restarting = restart()
      .catch((error: unknown) => log(String(error)))
      .finally(() => {
        restarting = undefined
      })
  }, watchMs)
  return {
    async stop() {
      clearInterval(watch)
      await restarting
      await cluster.stop()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
