import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { packageRoot } from '../../src/package-root.ts'
import { authenticateClient } from '../../src/usecases/accounts/authenticate-client.ts'
import { signIn } from '../../src/usecases/accounts/sign-in.ts'
import { startTestServer } from '../support/databases.ts'
import { newRegistry } from '../support/services.ts'

const server = await startTestServer()
const test = await newRegistry(server, new Date().toISOString())
t.teardown(async () => {
  await test.close()
  await server.stop()
})

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** `npm run accounts -- …` on the database of the test, as the operator would in production. */
async function accounts(words: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [join(packageRoot, 'build/scripts/accounts.js'), ...words], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: test.urls.serviceUrl },
  })
  child.stdin.end(input)
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { code, out, err }
}

const password = 'correct horse battery'
const visit = { address: '192.0.2.1', userAgent: 'test browser', requestId: 'test-request' }
const enter = (login: string) => signIn(test.registry, visit, { login, password }, 30)
const create = (login: string, role: string) =>
  accounts(['create', '--login', login, '--name', '示例', '--role', role], `${password}\n`)

t.test('an operator makes, changes and lists accounts, and ends their sessions', async (t) => {
  t.match(await create('first.admin', 'administrator'), { code: 0, out: /^first\.admin\t[0-9a-f-]{36}\n$/ })
  t.match(await create('second', 'secretariat'), { code: 0 })
  t.match(await create('third', 'monitor'), { code: 1, err: /machines/ })
  t.match(await accounts(['change', 'second', '--name', '改名', '--role', 'office']), { code: 0, out: '' })
  t.match(await accounts(['list']), { code: 0, out: /second\toffice\t-\t改名\t\n/ })
  t.match(await accounts(['disable', 'first.admin']), { code: 1, err: /last live administrator/ })

  const { sessionId, actor } = await enter('second')
  t.equal(actor.role, 'office')
  t.match(await accounts(['sessions', 'second']), {
    code: 0,
    out: new RegExp(`^${sessionId}\t.*\t192.0.2.1\ttest browser\n$`),
  })
  t.match(await accounts(['end-sessions', 'second']), { code: 0, out: /1 sessions ended/ })
  t.match(await accounts(['sessions', 'second']), { code: 0, out: /^$/ })
  t.match(await accounts(['sessions', 'nobody']), { code: 1, err: /No such account/ })
})

t.test('an operator makes, lists and disables clients, and adds and revokes their secrets', async (t) => {
  const made = await accounts(['client', '--name', '示例系统', '--role', 'regulator'])
  const [, clientId = '', clientSecret = ''] = /^client_id\t(.*)\nclient_secret\t(.*)\n$/.exec(made.out) ?? []
  const isLet = (secret: string) =>
    authenticateClient(test.registry, { clientId, clientSecret: secret }).then(
      () => true,
      () => false,
    )
  t.ok(await isLet(clientSecret))
  const { out } = await accounts(['secret', 'add', clientId])
  const added = out.trim().split('\t').at(-1) ?? ''
  t.ok(await isLet(added))
  const [first = ''] = (await accounts(['secrets', clientId])).out.split('\t')
  t.match(await accounts(['secret', 'revoke', clientId, first]), { code: 0 })
  t.same([await isLet(clientSecret), await isLet(added)], [false, true])
  t.match(await accounts(['clients', 'disable', clientId]), { code: 0 })
  t.match(await accounts(['clients']), { code: 0, out: new RegExp(`^${clientId}\tregulator\t-\t示例系统\t停用`) })
  t.notOk(await isLet(added))
  t.match(await accounts(['clients', 'enable', clientId]), { code: 0 })
  t.ok(await isLet(added))
  t.match(await accounts(['clients', 'disable', 'no-id']), { code: 1 })
})

t.test('a command that there is not is answered with those that there are', async (t) => {
  for (const words of [[], ['nonsense'], ['sessions'], ['sessions', 'a', 'b'], ['list', '--colour', 'red']])
    t.match(await accounts(words), { code: 1, err: /Usage/ }, words.join(' '))
})
