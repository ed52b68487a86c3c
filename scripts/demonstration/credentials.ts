import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Refusal } from '../../src/domain/refusals.ts'
import { createAccount } from '../../src/usecases/accounts/manage-accounts.ts'
import { addSecret, createClient } from '../../src/usecases/accounts/manage-clients.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'

/** Made at random on the first start of a demonstration and kept beside its database; there are no default ones. */
export type Credentials = {
  readonly passwords: Readonly<Record<Login, string>>
  readonly client: { readonly id: string; readonly secret: string } | null
}

const logins = ['secretariat', 'member-a', 'regulator', 'office', 'administrator'] as const
type Login = (typeof logins)[number]

export async function ensureCredentials(
  registry: Registry,
  context: Context,
  file: string,
  memberId: string,
): Promise<Credentials> {
  const earlier = await readKept(file)
  // A demonstration that was begun earlier may lack a login that came later.
  const kept = await keep(file, {
    client: null,
    ...earlier,
    passwords: { ...newPasswords(), ...earlier?.passwords },
  })
  for (const login of logins) await ensureAccount(registry, context, login, kept.passwords[login], memberId)
  if (kept.client) return kept
  const client = await createClient(registry, context, { name: '示例甲业务系统', role: 'member', memberId })
  const { secret } = await addSecret(registry, context, client.id)
  return keep(file, { ...kept, client: { id: client.id, secret } })
}

function newPasswords(): Credentials['passwords'] {
  const fresh = () => randomBytes(12).toString('base64url')
  return {
    secretariat: fresh(),
    'member-a': fresh(),
    regulator: fresh(),
    office: fresh(),
    administrator: fresh(),
  }
}

async function readKept(file: string): Promise<Credentials | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Credentials
  } catch {
    return undefined
  }
}

async function keep(file: string, credentials: Credentials): Promise<Credentials> {
  await writeFile(`${file}.new`, JSON.stringify(credentials, null, 2), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return credentials
}

async function ensureAccount(
  registry: Registry,
  context: Context,
  login: Login,
  password: string,
  memberId: string,
): Promise<void> {
  const role = login === 'member-a' ? 'member' : login
  const affiliation = role === 'member' ? { memberId } : {}
  await createAccount(registry, context, { login, name: `示例${login}`, role, password, ...affiliation }).catch(
    (error: unknown) => {
      if (!(error instanceof Refusal) || error.problems[0].code !== 'already_registered') throw error
    },
  )
}
