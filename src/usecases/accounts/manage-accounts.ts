import { z } from 'zod'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findAccountByLogin, insertAccount, listAccounts } from '../../store/accounts.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'
import type { NewAccountInput } from './account-input.ts'
import { problemsOfAffiliation, problemsOfPersonRole } from './affiliation.ts'
import { hashPassword, problemsOfPassword } from './password.ts'

/** A person's account as it is shown: without the password's hash. */
export type AccountView = Awaited<ReturnType<typeof listAccounts>>[number]

export const accountsQuery = z.strictObject(pageInput)

/** @throws Refusal `forbidden`, `already_registered`, or whatever is wrong with the role, its member or the password. */
export async function createAccount(
  registry: Registry,
  context: Context,
  input: NewAccountInput,
): Promise<AccountView> {
  authorise(context, 'accounts.manage')
  const { login, name, role, memberId, password } = input
  refuseIfAny([
    ...problemsOfPersonRole(role),
    ...(await problemsOfAffiliation(registry.db, role, memberId)),
    ...problemsOfPassword(password, login, 'password'),
  ])

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
      action: 'account.created',
      entity: 'account',
      entityId: account.id,
      memberId: account.memberId,
      changes: { login, name, role },
    })
  })
  return account
}

/** Accounts by login. @throws Refusal `forbidden`, `cursor_invalid` */
export async function readAccounts(
  registry: Registry,
  context: Context,
  { cursor, limit }: z.infer<typeof accountsQuery>,
): Promise<Page<AccountView>> {
  authorise(context, 'accounts.manage')
  const rows = await listAccounts(registry.lists, positionOf('accounts', 'text', cursor), limit)
  return pageOf(
    'accounts',
    rows,
    limit,
    ({ login, id }) => ({ value: login, id }),
    (row) => row,
  )
}

/** The id behind a login, for whoever manages accounts by hand. @throws Refusal `forbidden`, `not_found` */
export async function accountIdOf(registry: Registry, context: Context, login: string): Promise<string> {
  authorise(context, 'accounts.manage')
  const account = await findAccountByLogin(registry.db, login)
  if (!account) throw refuse('not_found', 'login', { values: { what: ['账号', 'account'] } })
  return account.id
}
