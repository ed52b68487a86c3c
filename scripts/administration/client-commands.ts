import {
  addSecret,
  changeClient,
  createClient,
  newClientInput,
  readClients,
  revokeClientSecret,
  showSecrets,
} from '../../src/usecases/accounts/manage-clients.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import { idInput } from '../../src/usecases/inputs.ts'
import { allPages, pageSizeMax } from '../../src/usecases/pages.ts'
import { type Command, checked, disabledText, type Given, printRow } from './commands.ts'

/** Clients, the accounts of machines, by their id. */
export const clientCommands: Readonly<Record<string, Command>> = {
  client: {
    words: 0,
    async run(registry, context, { name, role, member }) {
      const client = await createClient(registry, context, checked(newClientInput, { name, role, memberId: member }))
      printRow('client_id', client.id)
      await tellNewSecret(registry, context, client.id)
    },
  },
  clients: {
    words: 0,
    async run(registry, context) {
      const pages = allPages((cursor) => readClients(registry, context, { cursor, limit: pageSizeMax }))
      for await (const page of pages)
        for (const { id, role, memberId, name, disabledAt } of page)
          printRow(id, role, memberId, name, disabledText(disabledAt))
    },
  },
  'clients disable': {
    words: 1,
    run: (registry, context, given) => changeClient(registry, context, idGiven(given, 0), { disabled: true }),
  },
  'clients enable': {
    words: 1,
    run: (registry, context, given) => changeClient(registry, context, idGiven(given, 0), { disabled: false }),
  },
  secrets: {
    words: 1,
    async run(registry, context, given) {
      for (const { id, recordedAt, revokedAt } of await showSecrets(registry, context, idGiven(given, 0)))
        printRow(id, recordedAt.toISOString(), revokedAt === null ? '' : `已吊销 / revoked ${revokedAt.toISOString()}`)
    },
  },
  'secret add': {
    words: 1,
    run: (registry, context, given) => tellNewSecret(registry, context, idGiven(given, 0)),
  },
  'secret revoke': {
    words: 2,
    run: (registry, context, given) => revokeClientSecret(registry, context, idGiven(given, 0), idGiven(given, 1)),
  },
}

async function tellNewSecret(registry: Registry, context: Context, clientId: string): Promise<void> {
  const { secret } = await addSecret(registry, context, clientId)
  console.error('密钥只显示这一次 / The secret is shown only this once:')
  printRow('client_secret', secret)
}

function idGiven({ words }: Given, index: number): string {
  return checked(idInput, words[index])
}
