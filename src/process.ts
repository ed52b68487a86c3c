import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Logger, pino } from 'pino'
import { buildApp } from './app.ts'
import { systemClock } from './clock.ts'
import { type Config, requireProductionSettings } from './config.ts'
import { jobsFor } from './open-jobs.ts'
import { type OpenRegistry, openRegistry } from './open-registry.ts'
import { startScheduler } from './scheduler/scheduler.ts'
import { makeSigningKeys, readSigningKeys, type SigningKeys } from './signing-keys.ts'
import type { Tracing } from './tracing.ts'

/** A collector that does not answer must not hold up the end. */
const lastTracesMsMax = 2_000

export type RunningProcess = { readonly address: string; readonly open: OpenRegistry }

/**
 * The process: configuration, database, app, scheduler, signals.
 * @param prepare runs on the open registry before anyone is served.
 */
export async function runProcess(
  config: Config,
  prepare: (open: OpenRegistry) => Promise<void> = async () => {},
): Promise<RunningProcess> {
  requireProductionSettings(config)
  const logger = loggerFor(config)
  const ending = endingOf(config, logger)
  try {
    const tracing = await tracingFor(config)
    const keys = await signingKeysFor(config)
    const opening = openRegistry(config, (message) => logger.warn(message))
    ending.finally(async () => {
      const sent = tracing
        ?.stop()
        .catch((error: unknown) => logger.warn({ err: error }, 'the last traces were not sent'))
      await (await opening).close()
      await Promise.race([sent, delay(lastTracesMsMax, undefined, { ref: false })])
    })
    const open = await opening
    for (const remark of open.remarks) logger.warn(remark)
    await prepare(open)
    const jobs = jobsFor(config)
    const app = await buildApp({
      config,
      registry: open.registry,
      keys,
      jobs,
      pools: open.pools,
      tracing: tracing?.plugin,
      logger,
    })
    ending.first(() => app.close())
    const address = await app.listen({ host: config.HOST, port: config.PORT })
    if (config.RUN_JOBS) {
      const scheduler = startScheduler(open.registry, jobs, logger)
      ending.first(() => Promise.all([app.close(), scheduler.stop()]))
    }
    logger.info({ database: open.place }, 'ready')
    return { address, open }
  } catch (error) {
    await ending.run().catch(() => undefined)
    throw error
  }
}

/** Traces only where they are to go somewhere. */
async function tracingFor({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Config): Promise<Tracing | undefined> {
  return endpoint === undefined ? undefined : (await import('./tracing.ts')).startTracing(endpoint)
}

type Step = () => Promise<unknown>

/**
 * What is done when the process ends, from its very start on. Ctrl-C and SIGTERM: no new requests, those in flight are
 * finished, then the database is let go; after SHUTDOWN_SECONDS the last step is done all the same. A second signal
 * ends at once.
 */
function endingOf(config: Config, logger: Logger) {
  let first: Step = async () => {}
  let last: Step = async () => {}
  const run = async () => {
    try {
      const patience = delay(config.SHUTDOWN_SECONDS * 1_000, false, { ref: false })
      const inTime = await Promise.race([first().then(() => true), patience])
      if (!inTime) logger.error('not everything in flight was finished in time')
      return inTime
    } finally {
      await last()
    }
  }
  endOnSignals(logger, run)
  return { run, first: (step: Step) => (first = step), finally: (step: Step) => (last = step) }
}

function endOnSignals(logger: Logger, run: () => Promise<boolean>): void {
  let endingSince: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    // npm passes on the Ctrl-C that the terminal has sent already: the echo is not a second wish.
    if (endingSince !== undefined && performance.now() - endingSince < 1_000) return
    if (endingSince !== undefined) process.exit(1)
    endingSince = performance.now()
    logger.info({ signal }, 'stopping')
    run().then(
      (inTime) => process.exit(inTime ? 0 : 1),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** Passwords, secrets and tokens never reach the log: headers are not logged, and these paths are blotted out wherever they stand. */
function loggerFor(config: Config): Logger {
  // Lines go out together, a page at a time or after a fifth of a second; what is left when the process ends is written.
  const destination = pino.destination({ sync: false, minLength: 4_096, periodicFlush: 200 })
  const options = {
    level: config.LOG_LEVEL,
    redact: [
      '*.password',
      '*.secret',
      '*.client_secret',
      '*.authorization',
      'req.headers',
      '*.accessToken',
      'err.parameters',
      'err.query',
      'err.detail',
      'err.cause.parameters',
      'err.cause.query',
    ],
  }
  return pino(options, destination)
}

/** The keys of the settings; outside production, keys of its own made on the first start. There is no default secret. */
async function signingKeysFor(config: Config): Promise<SigningKeys> {
  if (config.SIGNING_KEYS_FILE !== undefined) return readSigningKeys(config.SIGNING_KEYS_FILE)
  const file = join(resolve(config.DATA_DIR), 'signing-keys.json')
  await mkdir(config.DATA_DIR, { recursive: true })
  await makeSigningKeys(file, systemClock.now()).catch(unlessThere(file))
  return readSigningKeys(file)
}

/** An earlier start made them, or another process at this moment. */
function unlessThere(file: string) {
  return async (error: unknown) => {
    await access(file).catch(() => {
      throw error
    })
  }
}
