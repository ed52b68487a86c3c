import { accountChangeInput, newAccountInput } from '../../src/usecases/accounts/account-input.ts'
import { changeAccount } from '../../src/usecases/accounts/change-account.ts'
import { endAllSessions } from '../../src/usecases/accounts/end-sessions.ts'
import { accountIdOf, createAccount, readAccounts } from '../../src/usecases/accounts/manage-accounts.ts'
import { readSessions } from '../../src/usecases/accounts/read-sessions.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import { allPages, pageSizeMax } from '../../src/usecases/pages.ts'
import { askPassword } from './ask-password.ts'
import { type Command, checked, disabledText, type Given, printRow } from './commands.ts'

/** Accounts of people, by their login. */
export const accountCommands: Readonly<Record<string, Command>> = {
  create: {
    words: 0,
    async run(registry, context, { login, name, role, member }) {
      const given = { login, name, role, memberId: member, password: await askPassword() }
      const account = await createAccount(registry, context, checked(newAccountInput, given))
      printRow(account.login, account.id)
    },
  },
  list: {
    words: 0,
    async run(registry, context) {
      const pages = allPages((cursor) => readAccounts(registry, context, { cursor, limit: pageSizeMax }))
      for await (const page of pages)
        for (const { login, role, memberId, name, disabledAt } of page)
          printRow(login, role, memberId, name, disabledText(disabledAt))
    },
  },
  change: {
    words: 1,
    async run(registry, context, given) {
      const { name, role, member: memberId } = given
      await change(registry, context, given, { name, role, memberId })
    },
  },
  disable: { words: 1, run: (registry, context, given) => change(registry, context, given, { disabled: true }) },
  enable: { words: 1, run: (registry, context, given) => change(registry, context, given, { disabled: false }) },
  password: {
    words: 1,
    async run(registry, context, given) {
      // An unknown login is said before anybody types a password for it.
      await accountNamed(registry, context, given)
      await change(registry, context, given, { password: await askPassword() })
    },
  },
  sessions: {
    words: 1,
    async run(registry, context, given) {
      const id = await accountNamed(registry, context, given)
      const pages = allPages((cursor) => readSessions(registry, context, id, { cursor, limit: pageSizeMax }))
      for await (const page of pages)
        for (const session of page)
          printRow(
            session.id,
            session.startedAt.toISOString(),
            session.lastUsedAt.toISOString(),
            session.address,
            session.userAgent,
          )
    },
  },
  'end-sessions': {
    words: 1,
    async run(registry, context, given) {
      const ended = await endAllSessions(registry, context, await accountNamed(registry, context, given))
      console.log(`已结束 ${ended} 个会话 / ${ended} sessions ended`)
    },
  },
}

async function change(registry: Registry, context: Context, given: Given, changes: object): Promise<void> {
  const id = await accountNamed(registry, context, given)
  await changeAccount(registry, context, id, checked(accountChangeInput, changes))
}

async function accountNamed(registry: Registry, context: Context, { words: [login = ''] }: Given): Promise<string> {
  return accountIdOf(registry, context, login)
}
