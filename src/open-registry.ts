import { join, resolve } from 'node:path'
import { DrizzleQueryError } from 'drizzle-orm'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { type Cluster, startCluster } from './embedded/cluster.ts'
import { keepRunning } from './embedded/keep-running.ts'
import { type Database, openDatabase } from './store/database.ts'
import { indexesAreMissing } from './store/first-load.ts'
import { excessPrivileges, migrateDatabase, migrationsPending } from './store/migrate.ts'
import type { PoolLoad } from './store/pool-load.ts'
import { prepareServer } from './store/prepare-server.ts'
import { rulebookShelf } from './store/rulebook.ts'
import type { Registry } from './usecases/context.ts'

export type OpenRegistry = {
  readonly registry: Registry
  readonly database: Database
  /** How much is asked of each pool, by its name. */
  readonly pools: Readonly<Record<string, PoolLoad>>
  /** The same database with the rights of the owner, as far as the settings give them. */
  readonly ownerUrl: string
  /** What this is connected to, for a person: never with a password. */
  readonly place: string
  readonly remarks: readonly string[]
  close(): Promise<void>
}

const embeddedRoles = { owner: 'registry_owner', service: 'registry_service', database: 'registry' }

/**
 * Opens the database that the settings name, or the embedded one: one driver, one code path. Outside production it is
 * migrated first; in production it must be ready, and the role must be fit. @throws Error for the operator.
 */
export async function openRegistry(config: Config, log: (message: string) => void = () => {}): Promise<OpenRegistry> {
  const { DATABASE_URL: url } = config
  const opening = url === undefined ? openEmbedded(config, log) : openGiven(config, url, log)
  return opening.catch((error: unknown) => {
    throw forOperator(error)
  })
}

/** A statement that failed names itself; what the operator needs is why. */
function forOperator(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error
  const { message, code } = error.cause as Error & { code?: string }
  return new Error(`数据库无法使用 / the database cannot be used: ${message || code}`, { cause: error })
}

async function openGiven(config: Config, url: string, log: (message: string) => void): Promise<OpenRegistry> {
  const isProduction = config.NODE_ENV === 'production'
  if (!isProduction) await migrateGiven(config, url, log)
  const poolSize = config.DATABASE_POOL_SIZE
  const database = openDatabase(url, { poolSize })
  const lists = openDatabase(config.DATABASE_REPLICA_URL ?? url, { poolSize, use: 'lists' })
  const close = async () => void (await Promise.all([database.close(), lists.close()]))
  try {
    const remarks = await inspect(database, isProduction)
    if (config.DATABASE_REPLICA_URL !== undefined) remarks.push(...(await inspectReplica(lists)))
    const ownerUrl = config.DATABASE_OWNER_URL ?? url
    return opened({ database, lists }, { ownerUrl, place: placeOf(url) }, remarks, close)
  } catch (error) {
    await close()
    throw error
  }
}

/** Migrates with the owner's URL. */
export async function migrateGiven(config: Config, url: string, tell?: (message: string) => void): Promise<void> {
  const { ownerUrl, serviceRole } = ownersOf(config, url)
  await migrateDatabase(ownerUrl, serviceRole, systemClock.now(), tell).catch((error: unknown) => {
    throw forOperator(error)
  })
}

/** The service's role is the user of DATABASE_URL, unless that is the owner itself. */
function ownersOf(config: Config, url: string): { ownerUrl: string; serviceRole: string | null } {
  const ownerUrl = config.DATABASE_OWNER_URL ?? url
  const serviceRole = decodeURIComponent(new URL(url).username)
  const isOwner = decodeURIComponent(new URL(ownerUrl).username) === serviceRole
  return { ownerUrl, serviceRole: isOwner || serviceRole === '' ? null : serviceRole }
}

async function inspect(database: Database, isProduction: boolean): Promise<string[]> {
  const pending = await migrationsPending(database.db)
  if (pending > 0)
    throw new Error(
      `数据库尚有 ${pending} 项迁移未执行，请先运行 npm run migrate / ${pending} migrations are pending: run npm run migrate first`,
    )
  if (await indexesAreMissing(database.db))
    throw new Error(
      '首次装载中断，索引尚未重建，请先运行 npm run migrate / a first load left without making the indexes anew: run npm run migrate first',
    )
  const excess = await excessPrivileges(database.db)
  if (excess.length === 0) return []
  const sentence = `数据库角色权限过大 / the database role has too many rights: it ${excess.join(', ')}`
  if (isProduction) throw new Error(`${sentence}. 生产环境拒绝启动 / Production does not start with it.`)
  return [sentence]
}

/**
 * A replica that can't be used keeps nobody from writing: the process starts, and lists are unavailable until it can.
 * Falling back to the main database would put a load on it that it was to be spared, just when something is wrong.
 */
async function inspectReplica(lists: Database): Promise<string[]> {
  const pending = await migrationsPending(lists.db).catch((error: unknown) => faultText(error))
  if (pending === 0) return []
  const fault = typeof pending === 'string' ? pending : `${pending} migrations are missing`
  return [`只读副本无法使用，列表暂不可用 / the replica cannot be used, lists are unavailable: ${fault}`]
}

function faultText(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}

async function openEmbedded(config: Config, log: (message: string) => void): Promise<OpenRegistry> {
  const messages: string[] = []
  let tell = (message: string): void => void messages.push(message)
  const dataDir = join(resolve(config.DATA_DIR), 'postgres')
  const start = () => startCluster({ dataDir, log: (message) => tell(message) })
  const cluster = await start()
  try {
    await prepareEmbedded(cluster)
    const url = cluster.urlFor(embeddedRoles.service, embeddedRoles.database)
    const database = openDatabase(url, { poolSize: config.DATABASE_POOL_SIZE })
    const lists = openDatabase(url, { poolSize: config.DATABASE_POOL_SIZE, use: 'lists' })
    const kept = keepRunning(cluster, start, log)
    // What is said from now on is said at once.
    tell = log
    const ownerUrl = cluster.urlFor(embeddedRoles.owner, embeddedRoles.database)
    const place = `embedded PostgreSQL in ${cluster.dataDir}`
    return opened({ database, lists }, { ownerUrl, place }, messages, async () => {
      await Promise.all([database.close(), lists.close()])
      await kept.stop()
    })
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

/** The same two roles as in production, so that development meets the same limits. */
async function prepareEmbedded(cluster: Cluster): Promise<void> {
  const { owner, service, database } = embeddedRoles
  await prepareServer(cluster.urlFor('alliance_superuser', 'postgres'), embeddedRoles)
  await migrateDatabase(cluster.urlFor(owner, database), service, systemClock.now())
}

export type OwnersDoor = {
  readonly ownerUrl: string
  /** The role of the running service; null where it is the owner itself. */
  readonly serviceRole: string | null
  readonly place: string
  close(): Promise<void>
}

/** The way in for who owns the tables, to back up and to restore: nothing is migrated. @throws Error for the operator. */
export async function openForOwner(config: Config): Promise<OwnersDoor> {
  const { DATABASE_URL: url } = config
  if (url !== undefined) return { ...ownersOf(config, url), place: placeOf(url), close: async () => {} }
  const cluster = await startCluster({ dataDir: join(resolve(config.DATA_DIR), 'postgres') })
  try {
    const { owner, service, database } = embeddedRoles
    await prepareServer(cluster.urlFor('alliance_superuser', 'postgres'), embeddedRoles)
    const place = `embedded PostgreSQL in ${cluster.dataDir}`
    return { ownerUrl: cluster.urlFor(owner, database), serviceRole: service, place, close: () => cluster.stop() }
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

function opened(
  { database, lists }: { readonly database: Database; readonly lists: Database },
  where: Pick<OpenRegistry, 'ownerUrl' | 'place'>,
  remarks: readonly string[],
  close: () => Promise<void>,
): OpenRegistry {
  const registry: Registry = { db: database.db, lists: lists.db, clock: systemClock, rulebooks: rulebookShelf() }
  return { registry, database, pools: { main: database.load, lists: lists.load }, ...where, remarks, close }
}

function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `PostgreSQL at ${host}${pathname}`
}
