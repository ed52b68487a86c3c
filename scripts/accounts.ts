import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { readConfig } from '../src/config.ts'
import { type Actor, roles } from '../src/domain/access.ts'
import { refuseIfAny } from '../src/domain/refusals.ts'
import { openRegistry } from '../src/open-registry.ts'
import {
  accountIdOf,
  changeAccount,
  createAccount,
  newAccountInput,
  showAccounts,
} from '../src/usecases/accounts/manage-accounts.ts'
import { addSecret, createClient, newClientInput } from '../src/usecases/accounts/manage-clients.ts'
import { type Context, contextOf, type Registry } from '../src/usecases/context.ts'
import { problemsOfIssues } from '../src/usecases/inputs.ts'
import { failureText } from './failure.ts'

const usage = `用法 / Usage:
  npm run accounts -- create --login LOGIN --name NAME --role ROLE [--member ID]
  npm run accounts -- list
  npm run accounts -- disable LOGIN
  npm run accounts -- enable LOGIN
  npm run accounts -- password LOGIN
  npm run accounts -- client --name NAME --role ROLE [--member ID]
角色 / ROLE: ${roles.join(', ')}`

const commandLine: Actor = {
  kind: 'system',
  id: 'command-line',
  name: 'command line',
  role: 'administrator',
  memberId: null,
}

type Given = { login?: string; name?: string; role?: string; member?: string; positionals: string[] }
type Command = (registry: Registry, context: Context, given: Given) => Promise<void>

const commands: Readonly<Record<string, Command>> = {
  async create(registry, context, { login, name, role, member }) {
    const password = await askPassword()
    const account = await createAccount(
      registry,
      context,
      checked(newAccountInput, { login, name, role, memberId: member, password }),
    )
    console.log(`${account.login}\t${account.id}`)
  },
  async list(registry, context) {
    for (const account of await showAccounts(registry, context)) {
      const state = account.disabledAt === null ? '' : `停用 / disabled ${account.disabledAt.toISOString()}`
      console.log([account.login, account.role, account.memberId ?? '-', account.name, state].join('\t'))
    }
  },
  async disable(registry, context, { positionals }) {
    await changeAccount(registry, context, await accountNamed(registry, context, positionals), { disabled: true })
  },
  async enable(registry, context, { positionals }) {
    await changeAccount(registry, context, await accountNamed(registry, context, positionals), { disabled: false })
  },
  async password(registry, context, { positionals }) {
    const id = await accountNamed(registry, context, positionals)
    await changeAccount(registry, context, id, { password: await askPassword() })
  },
  async client(registry, context, { name, role, member }) {
    const client = await createClient(registry, context, checked(newClientInput, { name, role, memberId: member }))
    const { secret } = await addSecret(registry, context, client.id)
    console.error('密钥只显示这一次 / The secret is shown only this once:')
    console.log(`client_id\t${client.id}\nclient_secret\t${secret}`)
  },
}

await run().catch((error: unknown) => {
  console.error(failureText(error))
  process.exitCode = 1
})

async function run(): Promise<void> {
  const { command, given } = readArguments()
  const opened = await openRegistry(readConfig())
  try {
    await command(opened.registry, contextOf(opened.registry, commandLine, 'command-line'), given)
  } finally {
    await opened.close()
  }
}

function readArguments(): { command: Command; given: Given } {
  const option = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { login: option, name: option, role: option, member: option },
    })
    const [name = '', ...others] = positionals
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command) return { command, given: { ...values, positionals: others } }
  } catch {
    // an option that there is not: the usage says which there are
  }
  throw new Error(usage)
}

async function accountNamed(registry: Registry, context: Context, [login]: readonly string[]): Promise<string> {
  if (login === undefined) throw new Error(usage)
  return accountIdOf(registry, context, login)
}

/** The same schema as at the other doors. @throws Refusal */
function checked<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const problems = problemsOfIssues(parsed.error.issues, input)
  refuseIfAny(problems)
  throw parsed.error
}

/** Without echo and twice on a terminal; otherwise all of stdin, less the line break at its end. */
async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  const password = await askUnseen('口令 / Password: ')
  if ((await askUnseen('再次输入 / Again: ')) === password) return password
  throw new Error('两次输入不一致 / The two are not the same.')
}

async function askUnseen(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // only now, when the terminal no longer echoes
  process.stderr.write(prompt)
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('close', () => reject(new Error('已取消 / Cancelled.')))
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
