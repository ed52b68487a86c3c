import { sql } from 'drizzle-orm'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { listNotices } from '../../src/store/notices.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { readCertificate } from '../../src/usecases/certificates/read-certificates.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import type { Context } from '../../src/usecases/context.ts'
import { readWorkQueue } from '../../src/usecases/dashboards/read-work-queue.ts'
import { answerTransfer, transferAnswer } from '../../src/usecases/dispositions/answer-transfer.ts'
import { decideDisposition, dispositionInput } from '../../src/usecases/dispositions/decide-disposition.ts'
import { readDispositions, readWorkList, workListQuery } from '../../src/usecases/dispositions/read-dispositions.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import {
  appealDecisionInput,
  appealMeasure,
  decideAppeal,
  decideMeasure,
  decisionInput,
  replyToMeasure,
} from '../../src/usecases/measures/take-step.ts'
import { recordLifting, recordRevocation } from '../../src/usecases/members/revoke-approval.ts'
import { removed } from '../support/alliance.ts'
import { bodyOf, codesOf, countRows, posted, race, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** Removal without harm (R4, R8). Friday 2026-11-20: member a leaves, member b may receive. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

async function issued(test: TestRegistry, name: string): Promise<string> {
  return (await posted(test, bodyOf(name))).certificate?.id ?? ''
}

const decide = (test: TestRegistry, id: string, input: Record<string, unknown>, as: Context = test.as('secretariat')) =>
  decideDisposition(test.registry, as, id, dispositionInput.parse({ words: '示例', ...input }))
const transfer = (test: TestRegistry, id: string, member: 'a' | 'b' = 'b', changes: object = {}) =>
  decide(test, id, { kind: 'transfer', toMemberId: test.memberIds[member], ...changes })
const holderProof = '企业来函，秘书处示例员记录'
const answer = (test: TestRegistry, id: string, input: Record<string, unknown>, as = test.as('member', 'b')) =>
  answerTransfer(test.registry, as, id, transferAnswer.parse(input))
const list = async (test: TestRegistry, as: Context = test.as('secretariat'), query = {}) =>
  (await readWorkList(test.registry, as, test.memberIds.a, workListQuery.parse(query))).items
const states = async (test: TestRegistry) =>
  Object.fromEntries((await list(test)).map(({ number, state }) => [number, state]))
const verify = (test: TestRegistry, number: string) =>
  verifyCertificate(test.registry, { number, member: undefined, on: plainDate('2026-11-20') })

story('a removal makes a work list: each certificate is kept, transferred or cancelled', async (test, t) => {
  const [one, two, three] = [await issued(test, '1'), await issued(test, '2'), await issued(test, '3')]
  t.same(await list(test), [], 'none of a body inside')
  t.same(await codesOf(decide(test, one, { kind: 'keep' })), ['member_not_leaving'])
  await removed(test)
  t.same(await states(test), { 'SL-1': 'undecided', 'SL-2': 'undecided', 'SL-3': 'undecided' })
  await decide(test, one, { kind: 'keep' })
  const proposed = await transfer(test, two)
  await decide(test, three, { kind: 'cancel' })
  t.same(await states(test), { 'SL-1': 'kept', 'SL-2': 'transfer_proposed' }, 'what is cancelled is off the list')
  t.match(await readCertificate(test.registry, test.as('secretariat'), three), {
    state: 'cancelled',
    endedReason: 'member_left',
  })
  const accepted = await answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-2' })
  t.same(await states(test), { 'SL-1': 'kept' })
  t.match(await readCertificate(test.registry, test.as('member', 'b'), accepted.successorId ?? ''), {
    number: 'YI-2',
    state: 'valid',
    transferredFromId: two,
    validUntil: '2029-11-16',
  })
  t.match(await verify(test, 'SL-1'), { outcome: 'valid', certificates: [{ member: { leftOn: '2026-11-20' } }] })
  t.match(await verify(test, 'SL-2'), { outcome: 'not_valid', certificates: [{ reason: { code: 'transferred' } }] })
  const said = await listNotices(test.registry.db, { afterId: 0, limit: 50, memberId: null })
  t.same(
    said.filter(({ kind }) => kind === 'transfer').map(({ stage, audiences }) => `${stage} ${audiences.join()}`),
    ['proposed member', 'accepted secretariat', 'gone member'],
  )
})

story('a transfer is accepted only while its reason stands', async (test, t) => {
  const id = await issued(test, '1')
  const revoke = () =>
    recordRevocation(test.registry, test.as('regulator'), test.memberIds.a, {
      revokedOn: plainDate('2026-11-20'),
      ground: '示例',
    })
  await revoke()
  const proposed = await transfer(test, id)
  await recordLifting(test.registry, test.as('regulator'), test.memberIds.a, { ground: '示例：登记有误。' })
  t.same(await codesOf(answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-1' })), ['member_not_leaving'])
  t.match(await verify(test, 'SL-1'), { outcome: 'valid' }, 'the certificate of a body in good standing lives on')
  await revoke()
  await answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-1' })
})

story(
  'a removal that was reversed takes nothing away: what was proposed meanwhile comes to nothing',
  async (test, t) => {
    const id = await issued(test, '1')
    const as = (name: string): Context => {
      const context = test.as('secretariat')
      return { ...context, actor: { ...context.actor, kind: 'person', id: name, name } }
    }
    await recordRevocation(test.registry, test.as('regulator'), test.memberIds.a, {
      revokedOn: plainDate('2026-11-20'),
      ground: '示例',
    })
    const removal = measureInput.parse({ kind: 'removal', ground: 'approval_revoked', reasons: '示例' })
    const { answer: measure } = await proposeMeasure(test.registry, as('first'), test.memberIds.a, removal, undefined)
    const words = { words: '示例' }
    await replyToMeasure(test.registry, test.as('member'), measure.id, words)
    await decideMeasure(
      test.registry,
      as('second'),
      measure.id,
      decisionInput.parse({ outcome: 'confirmed', ...words }),
    )
    await recordLifting(test.registry, test.as('regulator'), test.memberIds.a, { ground: '示例' })
    const proposed = await transfer(test, id)
    await appealMeasure(test.registry, test.as('member'), measure.id, words)
    await decideAppeal(
      test.registry,
      as('third'),
      measure.id,
      appealDecisionInput.parse({ outcome: 'reversed', ...words }),
    )
    t.same(await codesOf(answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-1' })), ['member_not_leaving'])
    t.match(await verify(test, 'SL-1'), { outcome: 'valid' })
  },
)

story('without an approval nothing is kept, and what was kept is undecided again', async (test, t) => {
  const id = await issued(test, '1')
  await removed(test)
  await decide(test, id, { kind: 'keep' })
  await recordRevocation(test.registry, test.as('regulator'), test.memberIds.a, {
    revokedOn: plainDate('2026-11-20'),
    ground: '示例',
  })
  t.same(await states(test), { 'SL-1': 'undecided' })
  t.same(await codesOf(decide(test, id, { kind: 'keep' })), ['keep_needs_approval'])
  const proposed = await transfer(test, id)
  const { successorId } = await answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-1' })
  t.match(await verify(test, 'YI-1'), { outcome: 'valid' }, 'at a body with an approval it proves again')
  t.ok(successorId)
  await recordLifting(test.registry, test.as('regulator'), test.memberIds.a, { ground: '示例' })
  t.same(await list(test), [])
})

story('a transfer goes to a member that can issue it, and never in a circle', async (test, t) => {
  const id = await issued(test, '1')
  await removed(test)
  t.same(await codesOf(transfer(test, id, 'a')), ['transfer_to_self'])
  t.same(await codesOf(decide(test, id, { kind: 'transfer', toMemberId: id })), ['not_found'])
  const proposed = await transfer(test, id)
  await removed(test, 'b')
  t.same(await codesOf(transfer(test, id, 'b')), ['member_may_not_issue'], 'a body that leaves receives nothing')
  t.same(
    await codesOf(answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-1' })),
    ['member_may_not_issue'],
    'nor what was proposed before',
  )
  t.same(await states(test), { 'SL-1': 'transfer_proposed' })
  await answer(test, proposed.id, { answer: 'decline', words: '示例：人员不足' })
  t.same(await states(test), { 'SL-1': 'transfer_declined' })
  t.same(await codesOf(answer(test, proposed.id, { answer: 'decline', words: 'x' })), ['transfer_answered'])
})

story('foreign transfers are not there, each act is for its role, and of two answers one is taken', async (test, t) => {
  const [id, other] = [await issued(test, '1'), await issued(test, '2')]
  await removed(test)
  const proposed = await transfer(test, id)
  const before = await countRows(test.registry)
  const accept = { answer: 'accept', newNumber: 'YI-1' }
  t.same(await codesOf(answer(test, proposed.id, accept, test.as('member', 'a'))), ['not_found'])
  t.same(await codesOf(answer(test, proposed.id, accept, test.as('secretariat'))), ['forbidden'])
  t.same(await codesOf(decide(test, other, { kind: 'keep' }, test.as('member'))), ['forbidden'])
  t.same(await codesOf(list(test, test.as('member', 'b'))), ['not_found'])
  t.same(await codesOf(decide(test, test.memberIds.a, { kind: 'keep' })), ['not_found'])
  t.same(await countRows(test.registry), before)
  t.equal((await list(test, test.as('member'), { limit: 1 })).length, 1, 'the body that leaves sees its own')
  const ofB = await readDispositions(test.registry, test.as('member', 'b'), workListQuery.parse({}))
  t.same(
    ofB.items.map((row) => row.id),
    [proposed.id],
    'the receiver sees what it is to receive',
  )
  const { done, refused } = await race([
    answer(test, proposed.id, accept),
    answer(test, proposed.id, { answer: 'decline', words: 'x' }),
    answer(test, proposed.id, accept),
  ])
  t.equal(done.length, 1)
  t.same(refused, [['transfer_answered'], ['transfer_answered']])
  await decide(test, other, { kind: 'cancel' })
  t.same(await codesOf(decide(test, other, { kind: 'keep' })), ['certificate_not_live'])
})

story('a holder goes to another body at its own wish, if that one accepts', async (test, t) => {
  const id = await issued(test, '1')
  t.same(await codesOf(decide(test, id, { kind: 'cancel' })), ['member_not_leaving'])
  t.same(await codesOf(transfer(test, id)), ['member_not_leaving'], 'nobody takes it from a body that stays')
  const wish = await transfer(test, id, 'b', { holderProof })
  t.match(wish, { reason: 'holder_choice', holderProof, answer: null })
  const accepted = await answer(test, wish.id, { answer: 'accept', newNumber: 'YI-1' })
  t.match(await readCertificate(test.registry, test.as('member'), id), {
    state: 'cancelled',
    endedReason: 'transferred',
  })
  t.match(await readCertificate(test.registry, test.as('member', 'b'), accepted.successorId ?? ''), { state: 'valid' })
  const told = await listNotices(test.registry.db, { afterId: 0, limit: 50, memberId: test.memberIds.a })
  t.same(
    told.filter(({ kind }) => kind === 'transfer').map(({ stage }) => stage),
    ['wished', 'gone'],
    'the body that had it is told of both',
  )
})

story('a certificate that ended meanwhile goes to nobody', async (test, t) => {
  const id = await issued(test, '1')
  const wish = await transfer(test, id, 'b', { holderProof })
  const withdrawal = actionInput.parse({ action: 'withdraw', on: '2026-11-20', reasonCode: 'fraud' })
  await takeAction(test.registry, test.as('member'), id, withdrawal, undefined)
  const before = await countRows(test.registry)
  t.same(await codesOf(answer(test, wish.id, { answer: 'accept', newNumber: 'YI-1' })), ['transfer_answered'])
  t.same(await countRows(test.registry), before)
  t.same((await readWork(test)).transfers_to_answer, 0, 'nor does it wait for an answer any more')
})

story('a transfer for a removal that was reversed meanwhile does not take place', async (test, t) => {
  const id = await issued(test, '1')
  await removed(test)
  const proposed = await transfer(test, id)
  t.equal(proposed.reason, 'member_left')
  await test.registry.db.execute(sql`update member_standings set superseded_at = now() where standing = 'removed'`)
  t.same(await codesOf(answer(test, proposed.id, { answer: 'accept', newNumber: 'YI-1' })), ['member_not_leaving'])
})

async function readWork(test: TestRegistry): Promise<Record<string, number | null>> {
  const { items } = await readWorkQueue(test.registry, test.as('member', 'b'))
  return Object.fromEntries(items.map(({ kind, count }) => [kind, count.value]))
}
