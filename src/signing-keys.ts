import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto'
import { chmod, chown, link, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { z } from 'zod'
import { ConfigProblem } from './config.ts'

const signingKey = z.strictObject({
  kid: z.string(),
  createdAt: z.iso.datetime(),
  privateKey: z.string(),
  publicKey: z.string(),
})

/** One ES256 key (RFC 7518 3.4), both halves as PEM; `kid` is the RFC 7638 thumbprint of the public half. */
export type SigningKey = Readonly<z.infer<typeof signingKey>>
/** The first one signs, all of them verify. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]]

/** The public half as it is published (RFC 7517). */
export type PublicJwk = { kty: 'EC'; crv: 'P-256'; x: string; y: string; kid: string; alg: 'ES256'; use: 'sig' }

/**
 * Reads `[{ kid, createdAt, privateKey, publicKey }]`, and warns when others than the owner may read the file.
 * @throws ConfigProblem when the file is not there, or when a key in it could not sign or verify.
 */
export async function readSigningKeys(
  file: string,
  warn = (message: string): void => process.emitWarning(message),
): Promise<SigningKeys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, messageOf(error))
  })
  const keys = await parseSigningKeys(file, text)
  if (await isOpenToOthers(file)) {
    warn(
      `签名密钥文件 ${file} 可被其他用户读取，请执行 chmod 600 / others may read the signing keys in ${file}: chmod 600`,
    )
  }
  return keys
}

/** Makes a file with one key, for its owner only. @throws ConfigProblem when there is a file already. */
export async function makeSigningKeys(file: string, now: Date): Promise<SigningKeys> {
  const keys: SigningKeys = [await newSigningKey(now)]
  await writeNew(file, keys, `${file} 已存在，不会覆盖 / ${file} exists and is not overwritten; use rotate`)
  return keys
}

/**
 * Puts a new key last: it is published and verifies, and signs only after a rotation, so that by then every process and
 * every partner who keeps the published keys knows it. @throws ConfigProblem also when one is prepared already.
 */
export async function prepareSigningKey(file: string, now: Date): Promise<SigningKeys> {
  return replaceKeys(file, async (keys) => {
    if (preparedKey(keys)) throw new ConfigProblem('已有备好的新密钥 / A new key is prepared already; use rotate')
    return [...keys, await newSigningKey(now)]
  })
}

/**
 * Puts the prepared key in front, or a new one where none is; the earlier ones go on verifying. The file is replaced in
 * one step and stays its owner's. @throws ConfigProblem when it cannot be read, or while another change is under way.
 */
export async function rotateSigningKeys(file: string, now: Date): Promise<SigningKeys> {
  return replaceKeys(file, async (keys) => {
    const next = preparedKey(keys) ?? (await newSigningKey(now))
    return [next, ...keys.filter((key) => key !== next)]
  })
}

/** Takes an earlier key out: tokens that it signed stop. @throws ConfigProblem for the key that signs, or an unknown one. */
export async function retireSigningKey(file: string, kid: string): Promise<SigningKeys> {
  return replaceKeys(file, async ([signing, ...others]) => {
    if (kid === signing.kid) throw new ConfigProblem(`${kid} 正在签名，请先轮换 / ${kid} signs; rotate first`)
    const left = others.filter((key) => key.kid !== kid)
    if (left.length === others.length) throw new ConfigProblem(`没有密钥 ${kid} / There is no key ${kid}`)
    return [signing, ...left]
  })
}

/** Younger than the one that signs: made to come after it. */
function preparedKey([signing, ...others]: SigningKeys): SigningKey | undefined {
  return others.find(({ createdAt }) => createdAt > signing.createdAt)
}

async function replaceKeys(file: string, change: (keys: SigningKeys) => Promise<SigningKeys>): Promise<SigningKeys> {
  const keys = await change(await readSigningKeys(file))
  const target = await realpath(file)
  const next = `${target}.new`
  await writeNew(
    next,
    keys,
    `${next} 已存在：另一次轮换正在进行或曾中断 / ${next} exists: another rotation is under way, or was cut off`,
  )
  try {
    await giveToOwnerOf(target, next)
    await rename(next, target)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
  return keys
}

export async function jwksOf(keys: SigningKeys): Promise<{ keys: PublicJwk[] }> {
  return { keys: await Promise.all(keys.map((key) => publicJwk(createPublicKey(key.publicKey)))) }
}

async function publicJwk(key: KeyObject): Promise<PublicJwk> {
  const { kty, crv, x = '', y = '' } = await exportJWK(key)
  if (kty !== 'EC' || crv !== 'P-256') throw new Error('not an ES256 key')
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }
}

async function newSigningKey(now: Date): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const { kid } = await publicJwk(createPublicKey(publicKey))
  return { kid, createdAt: now.toISOString(), privateKey, publicKey }
}

async function parseSigningKeys(file: string, text: string): Promise<SigningKeys> {
  try {
    const [first, ...others] = z.array(signingKey).parse(JSON.parse(text))
    if (first === undefined) throw new Error('there is no key in it')
    for (const key of [first, ...others]) await requireSound(key)
    return [first, ...others]
  } catch (error) {
    // JSON.parse quotes the text around the fault, which may be a private key
    throw unreadable(file, error instanceof SyntaxError ? 'it is not JSON' : messageOf(error))
  }
}

/** The halves belong together, the curve is that of ES256, and the kid is what others will look it up by. */
async function requireSound(key: SigningKey): Promise<void> {
  const derived = await publicJwk(createPublicKey(createPrivateKey(key.privateKey)))
  const published = await publicJwk(createPublicKey(key.publicKey))
  if (derived.kid !== published.kid) throw new Error(`the halves of ${key.kid} do not belong together`)
  if (published.kid !== key.kid) throw new Error(`${key.kid} is not the thumbprint of its key`)
}

async function writeNew(file: string, keys: SigningKeys, refusal: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(draft, `${JSON.stringify(keys, null, 2)}\n`, { flag: 'wx', mode: 0o600, flush: true })
    // A link appears whole or not at all, and never in the place of another file.
    await link(draft, file).catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? new ConfigProblem(refusal) : error
    })
  } finally {
    await rm(draft, { force: true })
  }
}

/** Root may rotate the keys of a service that runs as somebody else. */
async function giveToOwnerOf(target: string, file: string): Promise<void> {
  const { uid, gid } = await stat(target)
  if (process.getuid?.() === 0) await chown(file, uid, gid)
  await chmod(file, 0o600)
}

async function isOpenToOthers(file: string): Promise<boolean> {
  return process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0
}

function unreadable(file: string, detail: string): ConfigProblem {
  return new ConfigProblem(`签名密钥文件 ${file} 无法使用 / the signing keys in ${file} cannot be used: ${detail}`)
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
