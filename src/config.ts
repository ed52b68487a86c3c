import { z } from 'zod'

/** All settings, read once from the environment; nothing else reads `process.env`. The README's table lists them. */
const whole = (fallback: number, least = 0) => z.coerce.number().int().min(least).default(fallback)
const optional = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text))

const settings = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(8080),
  DATABASE_URL: optional,
  DATABASE_OWNER_URL: optional,
  DATABASE_REPLICA_URL: optional,
  DATABASE_POOL_SIZE: whole(10, 2),
  DATA_DIR: z.string().default('.data'),
  SIGNING_KEYS_FILE: optional,
  ACCESS_TOKEN_MINUTES: whole(30, 1),
  SESSION_DAYS: whole(30, 1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  BODY_BYTES_MAX: whole(1_048_576, 1024),
  IMPORT_BYTES_MAX: whole(1_073_741_824, 1024),
  PUBLIC_REQUESTS_PER_MINUTE: whole(300, 1),
  SIGN_INS_PER_MINUTE: whole(20, 1),
  /** How many proxies stand in front, or their addresses: never "true", which would believe every caller. */
  TRUST_PROXY: z
    .union([z.coerce.number().int().min(0).max(10), z.string().regex(/^[0-9a-fA-F:.,/ ]+$/)])
    .default(0)
    .transform((given) => (typeof given === 'number' ? (_address: string, hop: number) => hop < given : given)),
  SHUTDOWN_SECONDS: whole(25, 1),
  RUN_JOBS: z.stringbool().default(true),
  SMTP_URL: optional,
  MAIL_FROM: z.string().default('alliance-registry@localhost'),
  WEBHOOKS_TO_PRIVATE_ADDRESSES: z.stringbool().default(false),
  EVENT_LOOP_DELAY_MS_MAX: whole(1_000, 0),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional,
})

export type Config = z.infer<typeof settings>

/** @throws Error that names each setting at fault, in both languages. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = settings.safeParse(environment)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigProblem(`配置有误 / The settings are wrong:\n  ${faults.join('\n  ')}`)
  }
  return parsed.data
}

/** A setting is missing or wrong; the message is for the operator, without a stack. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem'
}

/** The service itself starts in production only with these. @throws ConfigProblem */
export function requireProductionSettings(config: Config): void {
  if (config.NODE_ENV !== 'production') return
  const missing = (['DATABASE_URL', 'SIGNING_KEYS_FILE'] as const).filter((name) => config[name] === undefined)
  if (missing.length === 0) return
  const names = missing.join(', ')
  throw new ConfigProblem(`生产环境必须设置 ${names}。\nProduction does not start without ${names}.`)
}
