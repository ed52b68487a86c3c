import t from 'tap'
import { postResult } from '../../src/usecases/results/post-result.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { startTestServer } from '../support/databases.ts'
import { newRegistry, resultBody } from '../support/services.ts'

const server = await startTestServer(new Date('2026-11-20T02:00:00Z'))
t.teardown(() => server.stop())

t.test('a posted result issues a certificate and opens what follows from it', async (t) => {
  const test = await newRegistry(server)
  t.teardown(() => test.close())
  const options = { validateOnly: false, idempotencyKey: 'k-1' }
  const { answer } = await postResult(test.registry, test.as('member'), resultInput.parse(resultBody()), options)
  t.equal(answer.outcome, 'recorded')
  t.equal(answer.certificate?.state, 'valid')
  const due = Object.fromEntries(answer.obligations.map(({ duty, dueOn, state }) => [duty, `${dueOn} ${state}`]))
  t.same(due, { report_to_cnca: '2026-11-25 open', feed_back: '2026-11-25 met_on_time', surveillance: '2027-11-16 open' })
})
