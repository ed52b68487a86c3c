import { z } from 'zod'
import { roles } from '../../domain/access.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  clientExists,
  findClient,
  insertClient,
  insertSecret,
  listClients,
  lockClient,
  revokeSecret,
  secretsOf,
  setClient,
} from '../../store/clients.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'
import { problemsOfAffiliation } from './affiliation.ts'
import { newSecret, sha256OfSecret } from './secret.ts'

export const newClientInput = z.strictObject({
  name: textInput(100),
  role: z.enum(roles),
  memberId: idInput.optional(),
})
export type NewClientInput = z.infer<typeof newClientInput>

export const clientChangeInput = z.strictObject({ disabled: z.boolean() })
export type ClientChangeInput = z.infer<typeof clientChangeInput>

export const clientsQuery = z.strictObject(pageInput)

/** A machine that asks for tokens. */
export type ClientView = Awaited<ReturnType<typeof listClients>>[number]
export type SecretView = Awaited<ReturnType<typeof secretsOf>>[number]
/** The only time that a secret is told. */
export type SecretTold = { readonly id: string; readonly secret: string; readonly recordedAt: Date }

/** Enough to rotate: one in use, one coming, and some for a slow partner. */
const liveSecretsMax = 5

/** A client without a secret as yet. @throws Refusal `forbidden`, or whatever is wrong with the role's member. */
export async function createClient(registry: Registry, context: Context, input: NewClientInput): Promise<ClientView> {
  authorise(context, 'accounts.manage')
  const { name, role, memberId } = input
  refuseIfAny(await problemsOfAffiliation(registry.db, role, memberId))

  const client = {
    id: newId(context.now),
    name,
    role,
    memberId: memberId ?? null,
    disabledAt: null,
    recordedAt: context.now,
  }
  await registry.db.transaction(async (tx) => {
    await insertClient(tx, client)
    await record(tx, context, { ...entryFor(client, 'created'), changes: { name, role } })
  })
  return client
}

/** @throws Refusal `forbidden`, `not_found`, `nothing_changes` */
export async function changeClient(
  registry: Registry,
  context: Context,
  id: string,
  change: ClientChangeInput,
): Promise<void> {
  authorise(context, 'accounts.manage')
  await registry.db.transaction(async (tx) => {
    const client = await lockClient(tx, id)
    if (!client) throw unknownClient()
    if (change.disabled === (client.disabledAt !== null)) throw refuse('nothing_changes')
    await setClient(tx, id, { disabledAt: change.disabled ? context.now : null })
    await record(tx, context, entryFor(client, change.disabled ? 'disabled' : 'enabled'))
  })
}

/** Clients by name. @throws Refusal `forbidden`, `cursor_invalid` */
export async function readClients(
  registry: Registry,
  context: Context,
  { cursor, limit }: z.infer<typeof clientsQuery>,
): Promise<Page<ClientView>> {
  authorise(context, 'accounts.manage')
  const rows = await listClients(registry.lists, positionOf('clients', 'text', cursor), limit)
  return pageOf(
    'clients',
    rows,
    limit,
    ({ name, id }) => ({ value: name, id }),
    (row) => row,
  )
}

/** One more secret beside those that are live. @throws Refusal `forbidden`, `not_found`, `live_secrets_limit` */
export async function addSecret(registry: Registry, context: Context, clientId: string): Promise<SecretTold> {
  authorise(context, 'accounts.manage')
  const told = { id: newId(context.now), secret: newSecret(), recordedAt: context.now }
  await registry.db.transaction(async (tx) => {
    const client = await lockClient(tx, clientId)
    if (!client) throw unknownClient()
    const live = (await findClient(tx, clientId))?.secrets.length ?? 0
    if (live >= liveSecretsMax) throw refuse('live_secrets_limit', '', { values: { limit: liveSecretsMax } })
    await insertSecret(tx, {
      id: told.id,
      clientId,
      secretSha256: sha256OfSecret(told.secret),
      recordedAt: context.now,
    })
    await record(tx, context, { ...entryFor(client, 'secret_added'), changes: { secretId: told.id } })
  })
  return told
}

/** @throws Refusal `forbidden`; `not_found` also for a secret that was revoked before. */
export async function revokeClientSecret(
  registry: Registry,
  context: Context,
  clientId: string,
  secretId: string,
): Promise<void> {
  authorise(context, 'accounts.manage')
  await registry.db.transaction(async (tx) => {
    const client = await lockClient(tx, clientId)
    if (!client || !(await revokeSecret(tx, clientId, secretId, context.now))) {
      throw refuse('not_found', 'secretId', { values: { what: ['有效密钥', 'live secret'] } })
    }
    await record(tx, context, { ...entryFor(client, 'secret_revoked'), changes: { secretId } })
  })
}

/** At most 100, live or revoked, oldest first. @throws Refusal `forbidden`, `not_found` */
export async function showSecrets(registry: Registry, context: Context, clientId: string): Promise<SecretView[]> {
  authorise(context, 'accounts.manage')
  if (!(await clientExists(registry.db, clientId))) throw unknownClient()
  return secretsOf(registry.db, clientId)
}

type Client = { readonly id: string; readonly memberId: string | null }

function entryFor({ id, memberId }: Client, done: string) {
  return { action: `client.${done}`, entity: 'client', entityId: id, memberId }
}

function unknownClient() {
  return refuse('not_found', 'id', { values: { what: ['客户端', 'client'] } })
}
