import { serverAudits } from 'graphql-http'
import t from 'tap'
import { startTestServer } from '../support/databases.ts'
import { newService } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())

t.test('GraphQL over HTTP is spoken as its specification has it: every audit passes, cold and compiled', async (t) => {
  const service = await newService(server, start)
  t.teardown(() => service.close())
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { authorization } = await service.bearer('secretariat')
  const audits = serverAudits({
    url: `${address}/graphql`,
    fetchFn: (url: string, { headers = {}, ...options }: RequestInit = {}) =>
      fetch(url, { ...options, headers: { ...(headers as Record<string, string>), authorization } }),
  })
  t.equal(audits.length, 61)
  for (const round of ['first', 'second', 'third'] as const) {
    for (const { id, name, fn } of audits) {
      const result = await fn()
      t.equal(result.status, 'ok', `${round} time: ${id} ${name} ${'reason' in result ? result.reason : ''}`)
    }
  }
})
