import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import {
  answerAssignment,
  answerInput,
  assign,
  assignmentInput,
} from '../../src/usecases/assignments/manage-assignments.ts'
import { readCertificate } from '../../src/usecases/certificates/read-certificates.ts'
import { addScope, closeScope, scopeInput } from '../../src/usecases/members/manage-members.ts'
import { readMember } from '../../src/usecases/members/read-members.ts'
import { correctionInput, correctResult } from '../../src/usecases/results/correct-result.ts'
import { bodyOf, post, posted, refusalsOf, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { assignmentBody } from '../support/results.ts'
import type { TestRegistry } from '../support/services.ts'

/** Products without an industry code, and bodies whose scopes are by industry (N1, R5). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

/** From this day on the body's scope in manufacturing is of general machinery alone, and not of the whole family. */
async function narrowed(test: TestRegistry, member: 'a' | 'b', fromOn = '2026-01-01'): Promise<void> {
  const secretariat = test.as('secretariat')
  const { scopes } = await readMember(test.registry, secretariat, test.memberIds[member])
  const whole = scopes.find(({ family }) => family === 'manufacturing')
  const end = { untilOn: plainDate('2025-12-31'), reason: '示例' }
  await closeScope(test.registry, secretariat, test.memberIds[member], whole?.id ?? '', end)
  const scope = { family: 'manufacturing', industryCode: '34', description: '示例', fromOn }
  await addScope(test.registry, secretariat, test.memberIds[member], scopeInput.parse(scope))
}

const unknown = { industryCode: undefined }

story('what is new needs its industry where the scopes are by industry', async (test, t) => {
  await narrowed(test, 'a')
  t.same(await refusalsOf(post(test, bodyOf('1', unknown))), ['industry_needed@family'])
  t.same(await refusalsOf(post(test, bodyOf('1', { industryCode: '6110' }))), ['scope_missing@family'])
  t.same(await refusalsOf(post(test, bodyOf('1'))), [])
  const given = { ...assignmentBody(test), industryCode: undefined, productName: '示例另一产品' }
  t.same(await refusalsOf(assign(test.registry, test.as('secretariat'), assignmentInput.parse(given))), [
    'industry_needed@family',
  ])
})

story('what was recorded without one goes on by its family: an answer, a moved day, a transfer', async (test, t) => {
  const given = { ...assignmentBody(test), industryCode: undefined, productName: '示例另一产品' }
  const { id } = await assign(test.registry, test.as('secretariat'), assignmentInput.parse(given))
  const { result, certificate } = await posted(test, bodyOf('1', unknown))
  t.equal(certificate?.industryCode, null)
  const refusal = {
    ...bodyOf('2', { ...unknown, kind: 'refuse', productName: '示例机床', reasonCode: 'standard_not_met' }),
    certificate: undefined,
  }
  const refused = await posted(test, refusal)
  for (const member of ['a', 'b'] as const) await narrowed(test, member)
  const accept = answerInput.parse({ answer: 'accept', expectedDecisionOn: '2026-12-01' })
  await answerAssignment(test.registry, test.as('member'), id, accept)
  for (const each of [result, refused.result]) {
    const moved = correctionInput.parse({ explanation: '示例', decidedOn: '2026-11-15' })
    t.same(await refusalsOf(correctResult(test.registry, test.as('member'), each.id, moved, undefined)), [])
  }
  const successor = await transferred(test, certificate?.id ?? '', 'b', 'YI-1')
  t.match(await readCertificate(test.registry, test.as('member', 'b'), successor), {
    state: 'valid',
    industryCode: null,
  })
})
