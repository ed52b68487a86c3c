import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Logger, pino } from 'pino'
import { buildApp } from './app.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { type OpenRegistry, openRegistry } from './open-registry.ts'
import { makeSigningKeys, readSigningKeys, type SigningKeys } from './signing-keys.ts'

export type RunningService = { readonly address: string; readonly open: OpenRegistry; stop(): Promise<void> }

/** The process: configuration, database, app, signals. @param prepare runs on the open registry before anyone is served. */
export async function runService(
  config: Config,
  prepare: (open: OpenRegistry) => Promise<void> = async () => {},
): Promise<RunningService> {
  const logger = loggerFor(config)
  const keys = await signingKeysFor(config)
  const open = await openRegistry(config)
  for (const remark of open.remarks) logger.warn(remark)
  try {
    await prepare(open)
    const app = await buildApp({ config, registry: open.registry, keys, logger })
    const address = await app.listen({ host: config.HOST, port: config.PORT })
    logger.info({ database: open.place }, 'ready')
    const stop = async () => {
      await app.close()
      await open.close()
    }
    stopOnSignals(config, logger, stop)
    return { address, open, stop }
  } catch (error) {
    await open.close()
    throw error
  }
}

/** Passwords, secrets and tokens never reach the log: headers are not logged, and these paths are blotted out wherever they stand. */
function loggerFor(config: Config): Logger {
  return pino({
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
      'err.cause.parameters',
      'err.cause.query',
    ],
  })
}

/** The keys of the settings; outside production, keys of its own made on the first start. There is no default secret. */
async function signingKeysFor(config: Config): Promise<SigningKeys> {
  if (config.SIGNING_KEYS_FILE !== undefined) return readSigningKeys(config.SIGNING_KEYS_FILE)
  const file = join(resolve(config.DATA_DIR), 'signing-keys.json')
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    await mkdir(config.DATA_DIR, { recursive: true })
    await makeSigningKeys(file, systemClock.now())
  }
  return readSigningKeys(file)
}

/** Ctrl-C and SIGTERM: no new requests, those in flight are finished, then the database is let go. A second signal ends at once. */
function stopOnSignals(config: Config, logger: Logger, stop: () => Promise<void>): void {
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1)
    isStopping = true
    logger.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), config.SHUTDOWN_SECONDS * 1_000).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
