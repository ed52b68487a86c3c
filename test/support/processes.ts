import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The service as a process of its own, compiled beside this file. */
export type Service = {
  readonly child: ChildProcess
  readonly address: string
  /** All that it wrote, so far. */
  output(): string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

const main = join(import.meta.dirname, '../../src/main.js')
const boundMs = 30_000

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + boundMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come in ${boundMs / 1000} seconds`)
    await delay(5)
  }
}

/** Starts and stops services in a folder; each takes the common settings and its own, and nothing of our environment. */
export function processesIn(folder: string, common: Record<string, string>) {
  const running = new Set<ChildProcess>()

  function launch(settings: Record<string, string>) {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, PORT: '0', EVENT_LOOP_DELAY_MS_MAX: '0', ...common, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder,
    })
    running.add(child)
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    child.stderr.on('data', (chunk) => (text += chunk))
    const ended = once(child, 'close').then(([code, signal]) => {
      running.delete(child)
      return (code ?? signal) as number | string
    })
    return { child, output: () => text, ended }
  }

  async function start(settings: Record<string, string>): Promise<Service> {
    const launched = launch(settings)
    const listening = () => /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(launched.output())?.[1]
    await until(
      `the service: ${launched.output()}`,
      () => listening() !== undefined || launched.child.exitCode !== null,
    )
    const address = listening()
    if (address === undefined) throw new Error(launched.output())
    return { ...launched, address }
  }

  /** How it ends that must not start: the code and all that it said. */
  async function refusedStart(settings: Record<string, string>): Promise<{ code: number | string; words: string }> {
    const { ended, output } = launch(settings)
    return { code: await ended, words: output() }
  }

  async function stop({ child, ended }: Service): Promise<number | string> {
    child.kill('SIGTERM')
    return ended
  }

  return {
    start,
    refusedStart,
    stop,
    killAll: () => {
      for (const child of running) child.kill('SIGKILL')
    },
  }
}
