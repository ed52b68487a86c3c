import { z } from 'zod'
import { roles } from '../../domain/access.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findAccountByLogin, insertAccount, listAccounts, setAccount } from '../../store/accounts.ts'
import type { Db } from '../../store/database.ts'
import { type Entry, record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { problemsOfAffiliation } from './affiliation.ts'
import { hashPassword, passwordInput, problemsOfPassword } from './password.ts'

export const loginShape = /^[a-z0-9._-]{3,64}$/

export const newAccountInput = z.strictObject({
  login: z.string().regex(loginShape, '3–64 characters of a–z, 0–9, “.”, “_” and “-”'),
  name: textInput(100),
  role: z.enum(roles),
  memberId: idInput.optional(),
  password: passwordInput,
})
export type NewAccountInput = z.infer<typeof newAccountInput>

export const accountChangeInput = z.strictObject({
  disabled: z.boolean().optional(),
  password: passwordInput.optional(),
})
export type AccountChangeInput = z.infer<typeof accountChangeInput>

/** A person's account as it is shown: without the password's hash. */
export type AccountView = Awaited<ReturnType<typeof listAccounts>>[number]

/** @throws Refusal `forbidden`, `already_registered`, or whatever is wrong with the role's member or the password. */
export async function createAccount(
  registry: Registry,
  context: Context,
  input: NewAccountInput,
): Promise<AccountView> {
  authorise(context, 'accounts.manage')
  const { login, name, role, memberId, password } = input
  refuseIfAny([...(await problemsOfAffiliation(registry.db, role, memberId)), ...problemsOfPassword(password, login)])

  const account = {
    id: newId(context.now),
    login,
    name,
    role,
    memberId: memberId ?? null,
    disabledAt: null,
    recordedAt: context.now,
  }
  const passwordHash = await hashPassword(password)
  await registry.db.transaction(async (tx) => {
    const isNew = await insertAccount(tx, { ...account, passwordHash })
    if (!isNew) throw refuse('already_registered', 'login', { value: login, values: { what: ['账号', 'account'] } })
    await record(tx, context, {
      ...entryFor(account.id, 'created'),
      memberId: account.memberId,
      changes: { login, name, role },
    })
  })
  return account
}

/** Disables, enables, sets the password. @throws Refusal `forbidden`, `not_found`, `nothing_changes`, `password_…` */
export async function changeAccount(
  registry: Registry,
  context: Context,
  id: string,
  change: AccountChangeInput,
): Promise<void> {
  authorise(context, 'accounts.manage')
  const { disabled, password } = change
  if (disabled === undefined && password === undefined) throw refuse('nothing_changes')
  if (password !== undefined) refuseIfAny(problemsOfPassword(password, await loginOf(registry.db, id)))

  const columns = {
    ...(disabled !== undefined && { disabledAt: disabled ? context.now : null }),
    ...(password !== undefined && { passwordHash: await hashPassword(password) }),
  }
  await registry.db.transaction(async (tx) => {
    if (!(await setAccount(tx, id, columns))) throw unknownAccount('id')
    await record(tx, context, ...entriesOf(id, change))
  })
}

/** At most 500, by login. @throws Refusal `forbidden` */
export async function showAccounts(registry: Registry, context: Context): Promise<AccountView[]> {
  authorise(context, 'accounts.manage')
  return listAccounts(registry.db)
}

/** The id behind a login, for whoever manages accounts by hand. @throws Refusal `forbidden`, `not_found` */
export async function accountIdOf(registry: Registry, context: Context, login: string): Promise<string> {
  authorise(context, 'accounts.manage')
  const account = await findAccountByLogin(registry.db, login)
  if (!account) throw unknownAccount('login')
  return account.id
}

async function loginOf(db: Db, id: string): Promise<string | undefined> {
  return (await listAccounts(db)).find((account) => account.id === id)?.login
}

function entriesOf(id: string, change: AccountChangeInput): Entry[] {
  return [
    ...(change.disabled === undefined ? [] : [entryFor(id, change.disabled ? 'disabled' : 'enabled')]),
    ...(change.password === undefined ? [] : [entryFor(id, 'password_set')]),
  ]
}

function entryFor(id: string, done: string): Entry {
  return { action: `account.${done}`, entity: 'account', entityId: id }
}

function unknownAccount(path: string) {
  return refuse('not_found', path, { values: { what: ['账号', 'account'] } })
}
