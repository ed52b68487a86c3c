import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { type Actor, roles } from '../src/domain/access.ts'
import { openRegistry } from '../src/open-registry.ts'
import { contextOf } from '../src/usecases/context.ts'
import { accountCommands } from './administration/account-commands.ts'
import { clientCommands } from './administration/client-commands.ts'
import type { Command, Given } from './administration/commands.ts'
import { failureText } from './failure.ts'

const usage = `用法 / Usage: npm run accounts -- …
  个人账号 / People:
    create --login LOGIN --name NAME --role ROLE [--member ID]
    list
    change LOGIN [--name NAME] [--role ROLE] [--member ID]
    disable LOGIN
    enable LOGIN
    password LOGIN
    sessions LOGIN
    end-sessions LOGIN
  机器客户端 / Machines:
    client --name NAME --role ROLE [--member ID]
    clients
    clients disable CLIENT
    clients enable CLIENT
    secrets CLIENT
    secret add CLIENT
    secret revoke CLIENT SECRET
角色 / ROLE: ${roles.join(', ')}`

const commandLine: Actor = {
  kind: 'system',
  id: 'command-line',
  name: 'command line',
  role: 'administrator',
  memberId: null,
}

const commands: Readonly<Record<string, Command>> = { ...accountCommands, ...clientCommands }

await run().catch((error: unknown) => {
  console.error(failureText(error))
  process.exitCode = 1
})

async function run(): Promise<void> {
  const { command, given } = readArguments()
  const opened = await openRegistry(readConfig())
  try {
    await command.run(opened.registry, contextOf(opened.registry, commandLine, 'command-line'), given)
  } finally {
    await opened.close()
  }
}

/** A command is one word or two; what follows must be as many words as it takes. @throws Error with the usage */
function readArguments(): { command: Command; given: Given } {
  const option = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { login: option, name: option, role: option, member: option },
    })
    for (const length of [2, 1]) {
      const name = positionals.slice(0, length).join(' ')
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined
      const words = positionals.slice(length)
      if (command && words.length === command.words) return { command, given: { ...values, words } }
    }
  } catch {
    // an option that there is not: the usage says which there are
  }
  throw new Error(usage)
}
