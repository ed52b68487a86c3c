import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { dayInShanghai } from '../../src/clock.ts'
import type { Role } from '../../src/domain/access.ts'
import { addDays, addMonths, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { Refusal } from '../../src/domain/refusals.ts'
import { standings } from '../../src/domain/standing.ts'
import { workKindsOf } from '../../src/domain/work-queue.ts'
import { record } from '../../src/store/events.ts'
import { certificates } from '../../src/store/schema/certificates.ts'
import { enterprises } from '../../src/store/schema/enterprises.ts'
import { members } from '../../src/store/schema/members.ts'
import { obligations } from '../../src/store/schema/obligations.ts'
import { results } from '../../src/store/schema/results.ts'
import { assign, assignmentInput } from '../../src/usecases/assignments/manage-assignments.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { certificatesQuery, readCertificates } from '../../src/usecases/certificates/read-certificates.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import { replyToCase } from '../../src/usecases/conduct/conclude-case.ts'
import { complaintInput, filePublicComplaint } from '../../src/usecases/conduct/file-complaint.ts'
import { caseInput, openCase } from '../../src/usecases/conduct/open-case.ts'
import { readAllianceFigures } from '../../src/usecases/dashboards/read-alliance-figures.ts'
import { readChanges } from '../../src/usecases/dashboards/read-changes.ts'
import { expiriesQuery, readExpiriesByMonth } from '../../src/usecases/dashboards/read-expiries.ts'
import { readLatestCertificates } from '../../src/usecases/dashboards/read-latest-certificates.ts'
import { readMemberFigures } from '../../src/usecases/dashboards/read-member-figures.ts'
import { readWorkQueue } from '../../src/usecases/dashboards/read-work-queue.ts'
import { verifyCounts } from '../../src/usecases/dashboards/verify-counts.ts'
import { decideDisposition, dispositionInput } from '../../src/usecases/dispositions/decide-disposition.ts'
import { changeEnterprise } from '../../src/usecases/enterprises/manage-enterprises.ts'
import { decideExplanation } from '../../src/usecases/explanations/decide-explanation.ts'
import { writeExplanation } from '../../src/usecases/explanations/write-explanation.ts'
import { builtInMappings } from '../../src/usecases/imports/built-in-mappings.ts'
import { runImport, startImport } from '../../src/usecases/imports/run-import.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import { appealMeasure, decideMeasure, decisionInput, replyToMeasure } from '../../src/usecases/measures/take-step.ts'
import {
  applicationClosingInput,
  applicationInput,
  endApplication,
  recordApplication,
} from '../../src/usecases/members/manage-applications.ts'
import { memberInput, registerMember } from '../../src/usecases/members/manage-members.ts'
import { recordRevocation } from '../../src/usecases/members/revoke-approval.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { reviewInput, reviewReceipt } from '../../src/usecases/obligations/review-receipt.ts'
import { confirmProposedWaiver, proposeWaiver } from '../../src/usecases/obligations/waive-obligation.ts'
import { bulletinInput, openBulletin } from '../../src/usecases/ranking/open-bulletin.ts'
import { approvalInput, decideCorrection } from '../../src/usecases/results/decide-correction.ts'
import { bodyOf, codesOf, post, posted, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { derivedFigures, differences } from '../support/figures.ts'
import { run } from '../support/notices.ts'
import { assignmentBody, correct, refusedBody } from '../support/results.ts'
import type { TestRegistry } from '../support/services.ts'

/** Friday 2026-11-20, ten o'clock in Shanghai. */
const now = '2026-11-20T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, now)

const todayOf = (test: TestRegistry) => dayInShanghai(test.clock.now())
const setDay = (test: TestRegistry, day: PlainDate) => test.clock.set(`${day}T02:00:00Z`)

/** Every figure, every way of asking for it, against the domain over all rows. */
async function requireTrueFigures(test: TestRegistry, tap: { same: typeof t.same }, when: string): Promise<void> {
  const { registry, memberIds } = test
  const [today, context] = [todayOf(test), test.as('secretariat')]
  const figures = await readMemberFigures(registry, context, [memberIds.a, memberIds.b])
  const all = await registry.db.execute<{ id: string }>(sql`select id from members`)
  tap.same(figures.get(memberIds.a), await derivedFigures(registry, [memberIds.a], today), `${when}: a on ${today}`)
  tap.same(figures.get(memberIds.b), await derivedFigures(registry, [memberIds.b], today), `${when}: b on ${today}`)
  const { membersByStanding: _, ...alliance } = await readAllianceFigures(registry, context)
  const ids = all.map(({ id }) => id)
  tap.same(alliance, await derivedFigures(registry, ids, today), `${when}: all on ${today}`)
  tap.same(await expiries(test), await derivedExpiries(test), `${when}: expiries on ${today}`)
}

async function expiries(test: TestRegistry, query: object = {}) {
  const months = await readExpiriesByMonth(
    test.registry,
    test.as('secretariat'),
    expiriesQuery.parse({ months: 60, ...query }),
  )
  return Object.fromEntries(
    months.flatMap(({ month, certificates: { value } }) => (value === 0 ? [] : [[month, value]])),
  )
}

/** From the list of certificates, one by one. */
async function derivedExpiries(test: TestRegistry): Promise<Record<string, number>> {
  const live: Record<string, number> = {}
  const query = certificatesQuery.parse({ expiringWithinDays: 3_660, limit: 500 })
  const { items, nextCursor } = await readCertificates(test.registry, test.as('secretariat'), query)
  if (nextCursor !== null) throw new Error('more certificates than this test reads')
  const end = addMonths(plainDate(`${todayOf(test).slice(0, 8)}01`), 60)
  for (const { validUntil } of items)
    if (validUntil < end) live[validUntil.slice(0, 7)] = (live[validUntil.slice(0, 7)] ?? 0) + 1
  return live
}

// ---- A random walk through the use cases

/** Numbers between 0 and 1 that are the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

type Walk = { readonly test: TestRegistry; readonly random: () => number; step: number; done: number }

const oneOf = <T>({ random }: Walk, of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]

const steps: Record<string, (walk: Walk) => Promise<unknown>> = {
  async issue({ test, random, step }) {
    const today = todayOf(test)
    const decidedOn = addDays(today, -Math.floor(random() * 12))
    const validFrom = addDays(decidedOn, random() < 0.2 ? Math.floor(random() * 60) : 0)
    const validUntil = addDays(validFrom, Math.floor(random() * 300))
    const service = random() < 0.3 ? { family: 'services', industryCode: undefined } : {}
    const as = test.as('member', random() < 0.5 ? 'a' : 'b')
    return post(test, bodyOf(`W-${step}`, { decidedOn, ...service }, { issuedOn: decidedOn, validFrom, validUntil }), {
      as,
    })
  },
  async refuse({ test, step }) {
    return post(test, refusedBody(`W-${step}`, { decidedOn: todayOf(test) }))
  },
  async correct(walk) {
    const { test, random } = walk
    const rows = await test.registry.db.select().from(results).where(sql`superseded_at is null`)
    const result = oneOf(walk, rows)
    if (!result) return
    const as = test.as('member', result.memberId === test.memberIds.a ? 'a' : 'b')
    return correct(test, result.id, { decidedOn: addDays(result.decidedOn, Math.floor(random() * 5) - 3) }, as)
  },
  async decide(walk) {
    const { test, random } = walk
    const rows = await test.registry.db
      .select()
      .from(results)
      .where(sql`approval = 'pending' and superseded_at is null`)
    const pending = oneOf(walk, rows)
    if (!pending) return
    const verdict = approvalInput.parse({ verdict: random() < 0.5 ? 'approved' : 'rejected', note: '已核' })
    return decideCorrection(test.registry, test.as('secretariat'), pending.id, verdict)
  },
  async receive(walk) {
    const { test, random } = walk
    const found = oneOf(walk, await test.registry.db.select().from(obligations).where(sql`met_on is null`))
    if (!found) return
    const reportedOn = addDays(todayOf(test), -Math.floor(random() * 4))
    const input = receiptInput.parse({ reportedOn, evidence: '截图' })
    const as = test.as('member', found.memberId === test.memberIds.a ? 'a' : 'b')
    const { answer } = await recordReceipt(test.registry, as, found.id, input, undefined)
    if (random() < 0.3)
      await reviewReceipt(
        test.registry,
        test.as('regulator'),
        found.id,
        answer.receipt.id,
        reviewInput.parse({ verdict: 'contested' }),
      )
  },
  async waive(walk) {
    const { test } = walk
    const found = oneOf(walk, await test.registry.db.select().from(obligations).where(sql`met_on is null`))
    if (!found) return
    await proposeWaiver(test.registry, test.as('secretariat'), found.id, { ground: '示例' })
    return confirmProposedWaiver(test.registry, test.as('regulator'), found.id)
  },
  async act(walk) {
    const { test, random, step } = walk
    const found = oneOf(walk, await test.registry.db.select().from(certificates).where(sql`ended_on is null`))
    if (!found) return
    const today = todayOf(test)
    const member = found.memberId === test.memberIds.a ? 'a' : 'b'
    const to = member === 'a' ? 'b' : 'a'
    const wish = oneOf(walk, [
      { action: 'suspend', reasonCode: 'holder_request', untilOn: addDays(today, 1 + Math.floor(random() * 40)) },
      { action: 'suspend', reasonCode: 'holder_request', untilOn: addDays(today, 1 + Math.floor(random() * 40)) },
      { action: 'reinstate', reasonCode: 'cause_removed' },
      { action: 'withdraw', reasonCode: 'fraud' },
      { action: 'cancel', reasonCode: 'holder_request' },
      null,
    ])
    if (wish === null) return transferred(test, found.id, to, `ZY-${step}`)
    return takeAction(
      test.registry,
      test.as('member', member),
      found.id,
      actionInput.parse({ on: today, ...wish }),
      undefined,
    )
  },
  async lift(walk) {
    const { test } = walk
    const suspended = sql`ended_on is null and id in (select certificate_id from suspensions where lifted_on is null)`
    const found = oneOf(walk, await test.registry.db.select().from(certificates).where(suspended))
    if (!found) return
    const as = test.as('member', found.memberId === test.memberIds.a ? 'a' : 'b')
    const wish = actionInput.parse({ action: 'reinstate', on: todayOf(test), reasonCode: 'cause_removed' })
    return takeAction(test.registry, as, found.id, wish, undefined)
  },
  async wait({ test, random }) {
    setDay(test, addDays(todayOf(test), 1 + Math.floor(random() ** 3 * 40)))
  },
}

async function walkOn(walk: Walk, count: number): Promise<void> {
  const names = [...Object.keys(steps), 'issue', 'issue', 'issue', 'receive', 'receive']
  for (const until = walk.step + count; walk.step < until; walk.step += 1) {
    try {
      await steps[oneOf(walk, names) ?? '']?.(walk)
      walk.done += 1
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
}

for (const seed of [1, 2, 3]) {
  story(`after any walk through the use cases the counts are those of a recount (seed ${seed})`, async (test, t) => {
    const walk: Walk = { test, random: chance(seed), step: 0, done: 0 }
    for (let leg = 0; leg < 6; leg += 1) {
      await walkOn(walk, 30)
      t.same(await differences(test.registry), [], `after ${walk.step} steps`)
      await requireTrueFigures(test, t, `after ${walk.step} steps`)
    }
    t.ok(walk.done > 80, `${walk.done} steps were no refusals`)
    const last = todayOf(test)
    for (const months of [0, 1, 2, 5, 11]) {
      const first = addMonths(plainDate(`${last.slice(0, 8)}01`), months + 1)
      for (const day of [addDays(first, -1), first, addDays(first, 13)]) {
        setDay(test, day)
        await requireTrueFigures(test, t, 'later')
      }
    }
  })
}

// ---- Every way of writing keeps the counts

story(
  'posts at once, many of them for one member, leave the counts of a recount, and none waits to be refused',
  async (test, t) => {
    const posts = Array.from({ length: 60 }, (_, at) =>
      post(test, bodyOf(`C-${at}`), { as: test.as('member', at % 5 === 0 ? 'b' : 'a') }),
    )
    await Promise.all(posts)
    t.same(await differences(test.registry), [])
    const { a, b } = test.memberIds
    const figures = await readMemberFigures(test.registry, test.as('secretariat'), [a, b])
    t.same([figures.get(a)?.liveCertificates.value, figures.get(b)?.liveCertificates.value], [48, 12])
    t.same(figures.get(a)?.results12Months.value, 48)
  },
)

story(
  'a transaction that is taken back leaves no count behind, one that goes on past a savepoint does',
  async (test, t) => {
    const { obligations: owed } = await posted(test, bodyOf('1'))
    const sqlOfOwner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
    t.teardown(() => sqlOfOwner.end())
    const meet = (tx: postgres.TransactionSql | postgres.Sql, id = '') =>
      tx`update obligations set met_on = '2026-11-20' where id = ${id}`
    await t.rejects(
      sqlOfOwner.begin(async (tx) => {
        await meet(tx, owed[0]?.id)
        throw new Error('taken back')
      }),
      /taken back/,
    )
    t.same(await differences(test.registry), [])
    await sqlOfOwner.begin(async (tx) => {
      await tx
        .savepoint(async (inner) => {
          await meet(inner, owed[0]?.id)
          throw new Error('taken back')
        })
        .catch(() => {})
      await meet(tx, owed[2]?.id)
    })
    t.same(await differences(test.registry), [])
    await requireTrueFigures(test, t, 'one met, one not')
  },
)

story('statements of the owner, of whatever kind and size, keep the counts too', async (test, t) => {
  const { certificate } = await posted(test, bodyOf('1'))
  await takeAction(
    test.registry,
    test.as('member'),
    certificate?.id ?? '',
    actionInput.parse({ action: 'suspend', on: '2026-11-20', untilOn: '2026-12-20', reasonCode: 'holder_request' }),
    undefined,
  )
  const { a, b } = test.memberIds
  const owner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => owner.end())
  const statements: Record<string, () => Promise<unknown>> = {
    'many rows at once': () => owner`
      insert into certificates select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'number', 'M-' || g,
        'valid_until', date '2026-11-20' + g % 700))).* from certificates c, generate_series(1, 5000) g where c.number = 'SL-1'`,
    'another member, another day': () => owner`
      update certificates set member_id = ${b}, valid_until = valid_until + 40 where number like 'M-1%' or number = 'SL-1'`,
    'an ending of what is suspended': () => owner`
      update certificates set ended_on = '2026-11-20', ended_as = 'cancelled', ended_reason = 'other' where number = 'SL-1'`,
    'the suspension lifted after the ending': () => owner`update suspensions set lifted_on = '2026-11-20'`,
    'the ending taken back': () => owner`
      update certificates set ended_on = null, ended_as = null, ended_reason = null where number = 'SL-1'`,
    'the suspension back': () => owner`update suspensions set lifted_on = null`,
    'the suspension removed': () => owner`delete from suspensions`,
    'a change of no matter': () => owner`update certificates set holder_name = '示例', version = version + 1`,
    'rows removed': () => owner`delete from certificates where number like 'M-2%'`,
    'an upsert': () => owner`
      insert into certificates select * from certificates where number like 'M-3%'
      on conflict (id) do update set valid_until = certificates.valid_until + 1`,
    'obligations of another duty, member and day': () => owner`
      update obligations set member_id = ${b}, due_on = due_on + 33, duty = 'report_monthly', contested = true`,
    'obligations removed': () => owner`delete from obligations where receipts_of(id) = 0`,
    'results of another member': () => owner`update results set member_id = ${b}, effective_decided_on = '2026-09-30'`,
    'a copy': () => copyCertificates(owner, a),
    'a table emptied, with all that hangs on it': () => owner`truncate certificates cascade`,
  }
  await owner`create function receipts_of(uuid) returns bigint language sql as 'select count(*) from receipts where obligation_id = $1'`
  for (const [name, run] of Object.entries(statements)) {
    await run()
    t.same(await differences(test.registry), [], name)
  }
})

async function copyCertificates(owner: postgres.Sql, memberId: string): Promise<void> {
  const [row] = await owner`select * from certificates where number = 'SL-1'`
  const [{ line } = { line: '' }] = await owner`
    select concat_ws(E'\t', gen_random_uuid(), 'K-1', ${memberId}::text) as line`
  const [id, number] = String(line).split('\t')
  const copy =
    await owner`copy certificates (id, scheme_code, member_id, enterprise_id, number, holder_name, product_name,
    content, valid_from, valid_until, version, origin, recorded_at, version_recorded_at) from stdin`.writable()
  const cells = [
    id,
    row?.scheme_code,
    memberId,
    row?.enterprise_id,
    number,
    '示例',
    '示例',
    '{}',
    '2025-01-01',
    '2027-12-31',
  ]
  copy.end(`${[...cells, 1, 'historical', now, now].join('\t')}\n`)
  await new Promise((resolve, reject) => copy.on('finish', resolve).on('error', reject))
}

story('an import of the opening balance keeps the counts', async (test, t) => {
  const path = join(t.testdir({}), 'old.csv')
  const rows = Array.from({ length: 300 }, (_, at) => {
    const ends = addDays(plainDate('2026-10-15'), at)
    return `示例-${at},示例丁认证中心,示例企业${at % 7},南京,示例产品,${addDays(addMonths(ends, -36), 1)},${ends},${['有效', '暂停', '撤销'][at % 3]}`
  })
  await writeFile(path, `证书编号,认证机构,获证组织,设区市,产品名称,有效期起,有效期止,证书状态\n${rows.join('\n')}\n`)
  const context = test.as('secretariat')
  await importHistorical(test, path)
  t.same(await differences(test.registry), [])
  const { liveCertificates, suspendedCertificates } = await readAllianceFigures(test.registry, context)
  t.ok(Number(suspendedCertificates.value) > 50 && Number(liveCertificates.value) > 100, 'there is something to count')
  await requireTrueFigures(test, t, 'after the import')
})

async function importHistorical(test: TestRegistry, path: string): Promise<void> {
  const bytes = await readFile(path)
  const mapping = builtInMappings.historical
  if (!mapping) throw new Error('no mapping')
  const fileSha256 = createHash('sha256').update(bytes).digest('hex')
  const order = { fileName: 'old.csv', fileSha256, bytesTotal: bytes.length, mapping, dryRun: false }
  const { id: importId } = await startImport(test.registry, test.as('secretariat'), order)
  await runImport(test.registry, test.as('secretariat'), { importId, path })
}

// ---- The operator's check

story('counts that somebody changed are found, said, and put right; a second check finds nothing', async (test, t) => {
  await posted(test, bodyOf('1'))
  const administrator = test.as('administrator')
  const clean = [
    { counted: 'certificates', differences: [], repaired: false },
    { counted: 'obligations', differences: [], repaired: false },
    { counted: 'results', differences: [], repaired: false },
  ]
  t.same(await verifyCounts(test.registry, administrator), clean)
  const owner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => owner.end())
  await owner`update certificate_counts set certificates = 7 where span = 'month'`
  await owner`delete from result_counts`
  await owner`insert into obligation_counts values (${test.memberIds.b}, 'day', '2026-12-01', 'surveillance', 1, 0, 1, 0, 0, 0, 0)`
  const found = await verifyCounts(test.registry, administrator)
  t.match(found, [
    {
      counted: 'certificates',
      repaired: true,
      differences: [{ what: ['month', '2029-11-01'], kept: [7, 0], facts: [1, 0] }],
    },
    {
      counted: 'obligations',
      repaired: true,
      differences: [{ memberId: test.memberIds.b, kept: [1, 0, 0, 0, 0], facts: null }],
    },
    { counted: 'results', repaired: true, differences: [{ what: ['2026-11-01'], kept: null, facts: [1] }] },
  ])
  t.same(await verifyCounts(test.registry, administrator), clean)
  await requireTrueFigures(test, t, 'after the repair')
})

story('only the administrator has the counts verified', async (test, t) => {
  for (const role of ['secretariat', 'member', 'regulator', 'office', 'monitor'] as const)
    t.same(await codesOf(verifyCounts(test.registry, test.as(role))), ['forbidden'], role)
})

story('the role of the service may not write the counts', async (test, t) => {
  for (const statement of [
    sql`insert into result_counts values (${test.memberIds.a}, '2026-11-01', 0, 1)`,
    sql`update certificate_counts set certificates = 0`,
    sql`delete from obligation_counts`,
    sql`truncate certificate_counts`,
  ])
    await t.rejects(test.registry.db.execute(statement), { cause: { code: '42501' } })
})

// ---- Who gets which figures

story('a member gets its own figures alone, whoever may not read what they are made of gets none', async (test, t) => {
  await posted(test, bodyOf('1'))
  const { a, b } = test.memberIds
  const asked = [a, b, unknownId, a]
  const keys = async (role: Parameters<TestRegistry['as']>[0], member: 'a' | 'b' = 'a') => [
    ...(await readMemberFigures(test.registry, test.as(role, member), asked)).keys(),
  ]
  t.same(await keys('member', 'a'), [a])
  t.same(await keys('member', 'b'), [b])
  for (const role of ['secretariat', 'regulator', 'office'] as const) t.same(await keys(role), [a, b, unknownId], role)
  for (const role of ['administrator', 'city_office', 'standards_institute', 'monitor'] as const) {
    const as = test.as(role)
    t.same(await codesOf(readMemberFigures(test.registry, as, asked)), ['forbidden'], role)
    t.same(await codesOf(readAllianceFigures(test.registry, as)), ['forbidden'], role)
    t.same(await codesOf(readExpiriesByMonth(test.registry, as, expiriesQuery.parse({}))), ['forbidden'], role)
    t.same(await codesOf(readLatestCertificates(test.registry, as, asked, 1)), ['forbidden'], role)
  }
  t.equal((await readAllianceFigures(test.registry, test.as('member', 'b'))).liveCertificates.value, 0)
  t.equal((await readAllianceFigures(test.registry, test.as('member', 'a'))).liveCertificates.value, 1)
  t.equal((await readMemberFigures(test.registry, test.as('secretariat'), [])).size, 0)
  const ofB = expiriesQuery.parse({ memberId: b })
  t.same(await codesOf(readExpiriesByMonth(test.registry, test.as('member', 'a'), ofB)), ['not_found'])
})

story('members are counted by standing, every standing is there', async (test, t) => {
  const { membersByStanding } = await readAllianceFigures(test.registry, test.as('secretariat'))
  t.same(
    membersByStanding.map(({ standing, members }) => [standing, members.value]),
    [...standings, null].map((standing) => [standing, standing === 'admitted' ? 2 : 0]),
  )
  const own = await readAllianceFigures(test.registry, test.as('member'))
  t.equal(own.membersByStanding.find(({ standing }) => standing === 'admitted')?.members.value, 1)
})

story('a share says what it was made of, and has no value where nothing was due', async (test, t) => {
  const { a } = test.memberIds
  const read = async () => (await readMemberFigures(test.registry, test.as('secretariat'), [a])).get(a)
  t.same((await read())?.onTimeToCnca, { value: null, numerator: 0, denominator: 0, asOf: '2026-11-20' })
  const reports: string[] = []
  for (const name of ['1', '2', '3', '4']) {
    const { obligations: owed } = await posted(test, bodyOf(name))
    reports.push(owed.find(({ duty }) => duty === 'report_to_cnca')?.id ?? '')
  }
  t.equal((await read())?.onTimeToCnca.denominator, 0, 'due on 2026-11-25: not yet due, left out')
  const receive = (id = '', reportedOn = '') =>
    recordReceipt(test.registry, test.as('member'), id, receiptInput.parse({ reportedOn }), undefined)
  await receive(reports[0], '2026-11-20')
  t.equal((await read())?.onTimeToCnca.denominator, 0, 'met, but not due in the twelve months until today')
  setDay(test, plainDate('2026-11-25'))
  t.match(
    await read(),
    { onTimeToCnca: { numerator: 1, denominator: 1 }, dueSoon: { value: 3 } },
    'open on its due day',
  )
  setDay(test, plainDate('2026-11-26'))
  await receive(reports[1], '2026-11-26')
  await proposeWaiver(test.registry, test.as('secretariat'), reports[2] ?? '', { ground: '示例' })
  await confirmProposedWaiver(test.registry, test.as('regulator'), reports[2] ?? '')
  t.match(await read(), {
    onTimeToCnca: { value: 1 / 3, numerator: 1, denominator: 3, asOf: '2026-11-26' },
    lateToCnca: { value: 1, denominator: null },
    overdue: { value: 1 },
  })
  setDay(test, plainDate('2027-10-31'))
  t.equal((await read())?.onTimeToCnca.denominator, 3, 'still in the twelve months')
  setDay(test, plainDate('2027-11-01'))
  t.match(await read(), { onTimeToCnca: { denominator: 0 }, overdue: { value: 1 } }, 'and over: overdue it stays')
})

// ---- The latest certificates

story('the latest certificates of each member come newest first, as many as were asked for', async (test, t) => {
  const { a, b } = test.memberIds
  for (const at of [1, 2, 3, 4]) {
    test.clock.set(`2026-11-20T0${at}:00:00Z`)
    await post(test, bodyOf(`A-${at}`))
    if (at % 2 === 0) await post(test, bodyOf(`B-${at}`), { as: test.as('member', 'b') })
  }
  const numbers = async (limit: number, as = test.as('secretariat')) =>
    Object.fromEntries(
      [...(await readLatestCertificates(test.registry, as, [b, a, unknownId], limit))].map(([id, found]) => [
        id,
        found.map(({ number }) => number),
      ]),
    )
  t.same(await numbers(3), { [a]: ['SL-A-4', 'SL-A-3', 'SL-A-2'], [b]: ['SL-B-4', 'SL-B-2'], [unknownId]: [] })
  t.same(await numbers(1, test.as('member', 'b')), { [b]: ['SL-B-4'] })
  const shown = (await readLatestCertificates(test.registry, test.as('secretariat'), [a], 1)).get(a)
  t.match(shown, [{ state: 'valid', suspensions: [], memberId: a, content: { product: { name: '示例数控车床' } } }])
})

// ---- The work queue

const queueOf = async (test: TestRegistry, role: Parameters<TestRegistry['as']>[0], member: 'a' | 'b' = 'a') =>
  Object.fromEntries(
    (await readWorkQueue(test.registry, test.as(role, member))).items.map(({ kind, count, oldestOn }) => [
      kind,
      [count.value, oldestOn],
    ]),
  )

story('complaints, cases, measures and bulletins wait for whoever is to act, and for nobody else', async (test, t) => {
  const complaint = complaintInput.parse({ text: '示例', memberNamed: '示例甲认证中心' })
  await filePublicComplaint(test.registry, complaint)
  const audit = { source: 'file_audit', memberId: test.memberIds.a, words: '示例', occurredOn: '2026-11-19' }
  const { answer: opened } = await openCase(test.registry, test.as('secretariat'), caseInput.parse(audit), undefined)
  const warning = measureInput.parse({ kind: 'warning', reasons: '示例' })
  const { answer: measure } = await proposeMeasure(
    test.registry,
    test.as('secretariat'),
    test.memberIds.a,
    warning,
    undefined,
  )
  await openBulletin(
    test.registry,
    test.as('secretariat'),
    bulletinInput.parse({ from: '2026-10-01', until: '2026-10-31' }),
  )
  t.match(await queueOf(test, 'member'), {
    cases_to_answer: [1, '2026-12-04'],
    measures_to_answer: [1, '2026-12-04'],
    bulletins_to_look_at: [1, '2026-11-30'],
    transfers_to_answer: [0, null],
  })
  t.match(await queueOf(test, 'member', 'b'), { cases_to_answer: [0, null], measures_to_answer: [0, null] })
  t.match(await queueOf(test, 'secretariat'), {
    complaints_received: [1, '2026-11-20'],
    cases_to_conclude: [0, null],
    measures_to_decide: [0, null],
    bulletins_to_publish: [0, null],
  })
  await replyToCase(test.registry, test.as('member'), opened.id, { words: '示例' })
  await replyToMeasure(test.registry, test.as('member'), measure.id, { words: '示例' })
  t.match(await queueOf(test, 'secretariat'), {
    cases_to_conclude: [1, '2026-11-20'],
    measures_to_decide: [1, '2026-11-20'],
  })
  t.match(await queueOf(test, 'member'), { cases_to_answer: [0, null], measures_to_answer: [0, null] })
  await decideMeasure(
    test.registry,
    test.as('secretariat'),
    measure.id,
    decisionInput.parse({ outcome: 'confirmed', words: '示例' }),
  )
  await appealMeasure(test.registry, test.as('member'), measure.id, { words: '示例' })
  t.match(await queueOf(test, 'office'), { appeals_to_decide: [1, '2026-11-20'] })
  test.clock.set('2026-12-01T02:00:00Z')
  t.match(await queueOf(test, 'secretariat'), {
    bulletins_to_publish: [1, '2026-11-30'],
    measures_to_decide: [0, null],
  })
})

story(
  'applications, and certificates of bodies that left, wait for the secretariat until they are dealt with',
  async (test, t) => {
    const { certificate: one } = await posted(test, bodyOf('1'))
    const { certificate: two } = await posted(test, bodyOf('2'))
    const secretariat = test.as('secretariat')
    const waiting = async () => {
      const { applications_to_decide: applications, certificates_left: left } = await queueOf(test, 'secretariat')
      return { applications, left }
    }
    t.same(await waiting(), { applications: [0, null], left: [0, null] })
    const body = { name: '示例庚认证中心', approvalNumber: 'CNCA-R-2099-907', creditCode: '91320100MA0XX00154' }
    const { id } = await registerMember(test.registry, secretariat, memberInput.parse(body))
    const letter = applicationInput.parse({ appliedOn: '2026-11-19', words: '示例' })
    const application = await recordApplication(test.registry, secretariat, id, letter)
    const revocation = { revokedOn: plainDate('2026-11-18'), ground: '示例' }
    await recordRevocation(test.registry, test.as('regulator'), test.memberIds.a, revocation)
    t.same(await waiting(), { applications: [1, '2026-11-19'], left: [2, one?.validUntil] })
    const closing = applicationClosingInput.parse({ outcome: 'withdrawn', ground: '示例' })
    await endApplication(test.registry, secretariat, application.id, closing)
    const decide = (which: string | undefined, input: object) =>
      decideDisposition(test.registry, secretariat, which ?? '', dispositionInput.parse({ words: '示例', ...input }))
    await decide(one?.id, { kind: 'cancel' })
    await decide(two?.id, { kind: 'transfer', toMemberId: test.memberIds.b })
    t.same(await waiting(), { applications: [0, null], left: [0, null] })
    t.match(await queueOf(test, 'member', 'b'), { transfers_to_answer: [1, '2026-11-20'] })
  },
)

story('what waits is counted for whom it waits, with the oldest day', async (test, t) => {
  const { obligations: owed, result } = await posted(
    test,
    bodyOf('1', { decidedOn: '2026-11-12' }, { issuedOn: '2026-11-17' }),
  )
  const report = owed.find(({ duty }) => duty === 'report_to_cnca')
  await assign(test.registry, test.as('secretariat'), assignmentInput.parse(assignmentBody(test)))
  t.match(await queueOf(test, 'member'), {
    overdue: [0, null],
    due_soon: [1, report?.dueOn],
    explanations_due: [0, null],
    explanations_returned: [0, null],
    assignments_to_answer: [1, '2026-11-02'],
    corrections_waiting: [0, null],
    receipts_contested: [0, null],
  })
  t.same(Object.values(await queueOf(test, 'member', 'b')), Array(11).fill([0, null]), 'nothing of a for b')

  test.clock.set('2026-11-24T17:00:00Z')
  await correct(test, result.id, { decidedOn: '2026-11-13' })
  await proposeWaiver(test.registry, test.as('secretariat'), report?.id ?? '', { ground: '示例' })
  t.match(await queueOf(test, 'secretariat'), {
    overdue: [1, report?.dueOn],
    explanations_to_read: [0, null],
    assignments_returned: [0, null],
    assignments_stranded: [0, null],
    corrections_waiting: [1, '2026-11-25'],
    waivers_to_confirm: [1, '2026-11-25'],
    receipts_contested: [0, null],
  })
  t.match(await queueOf(test, 'regulator'), {
    waivers_to_confirm: [1, '2026-11-25'],
    overdue_to_cnca: [1, report?.dueOn],
    receipts_contested: [0, null],
  })
  const received = await recordReceipt(
    test.registry,
    test.as('member'),
    report?.id ?? '',
    receiptInput.parse({ reportedOn: '2026-11-25' }),
    undefined,
  )
  const contest = reviewInput.parse({ verdict: 'contested' })
  await reviewReceipt(test.registry, test.as('regulator'), report?.id ?? '', received.answer.receipt.id, contest)
  t.match(await queueOf(test, 'regulator'), {
    waivers_to_confirm: [0, null],
    overdue_to_cnca: [0, null],
    receipts_contested: [1, report?.dueOn],
  })
  for (const role of ['administrator', 'office', 'city_office', 'monitor'] as const)
    t.match(await queueOf(test, role), Object.fromEntries(workKindsOf(role).map((kind) => [kind, [0, null]])), role)
})

story('a duty to explain, the explanation and its return wait for one after the other', async (test, t) => {
  const { obligations: owed } = await posted(test, bodyOf('1', { decidedOn: '2026-11-05' }, { issuedOn: '2026-11-17' }))
  const report = owed.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
  const waiting = async (role: 'member' | 'secretariat', kind: string) => (await queueOf(test, role))[kind]
  await run(test, 'obligation-notices')
  t.same(
    await waiting('member', 'explanations_due'),
    [2, '2026-11-27'],
    'for the report that is overdue and the feedback that came late',
  )

  const { id } = await writeExplanation(test.registry, test.as('member'), report, { text: '示例说明' })
  t.same(await waiting('member', 'explanations_due'), [1, '2026-11-27'])
  t.same(await waiting('secretariat', 'explanations_to_read'), [1, '2026-11-20'])
  await decideExplanation(test.registry, test.as('secretariat'), id, { verdict: 'returned', note: '示例：请补充' })
  t.same(await waiting('secretariat', 'explanations_to_read'), [0, null])
  t.same(await waiting('member', 'explanations_returned'), [1, '2026-11-20'])
  await writeExplanation(test.registry, test.as('member'), report, { text: '示例：补充说明' })
  t.same(await waiting('member', 'explanations_returned'), [0, null])
  t.same(await waiting('secretariat', 'explanations_to_read'), [1, '2026-11-20'])
})

story('more than a thousand are counted as a thousand, and said to be more', async (test, t) => {
  await posted(test, bodyOf('1', { decidedOn: '2026-11-12' }, { issuedOn: '2026-11-17' }))
  test.clock.set('2026-12-20T02:00:00Z')
  const more = (count: number) =>
    test.registry.db.execute(sql`
      insert into obligations select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'cause_key', gen_random_uuid()))).*
      from obligations o, generate_series(1, ${count}::int) where o.duty = 'report_to_cnca'`)
  const overdue = async () =>
    (await readWorkQueue(test.registry, test.as('secretariat'))).items.find(({ kind }) => kind === 'overdue')
  await more(999)
  t.match(await overdue(), { count: { value: 1_000 }, atLeast: false })
  await more(1)
  t.match(await overdue(), { count: { value: 1_000 }, atLeast: true })
})

// ---- Has anything changed

story(
  'the mark of the latest change is another one after each change, and only for whom it is to see',
  async (test, t) => {
    const marks = async () => {
      const tags: Record<string, string> = {}
      for (const [role, member] of [
        ['secretariat', 'a'],
        ['member', 'a'],
        ['member', 'b'],
      ] as const)
        tags[`${role} ${member}`] = (await readChanges(test.registry, test.as(role, member))).tag
      return tags
    }
    const first = await marks()
    t.same(await marks(), first, 'nothing changed')
    await posted(test, bodyOf('1'))
    const second = await marks()
    t.not(second['secretariat a'], first['secretariat a'])
    t.not(second['member a'], first['member a'])
    t.equal(second['member b'], first['member b'], 'b sees no change of a')
    for (const role of ['city_office', 'standards_institute', 'monitor'] as const)
      t.same(await codesOf(readChanges(test.registry, test.as(role))), ['forbidden'], role)
  },
)

story('the mark is another one on another day, as states are derived from it', async (test, t) => {
  test.clock.set('2026-11-20T15:59:59Z')
  const marks = () => Promise.all(['secretariat', 'member'].map((role) => markOf(test, role as 'member')))
  const before = await marks()
  t.same(await marks(), before)
  test.clock.set('2026-11-20T16:00:00Z')
  for (const [index, mark] of (await marks()).entries()) t.not(mark, before[index], 'midnight in Shanghai has passed')
})

story('the mark of a member moves with an enterprise, which is for all to see, not with a new one', async (test, t) => {
  await posted(test, bodyOf('1'))
  const [enterprise] = await test.registry.db.select().from(enterprises)
  const before = await markOf(test, 'member', 'b')
  await changeEnterprise(test.registry, test.as('secretariat'), enterprise?.id ?? '', {
    address: '示例路一号',
    effectiveOn: todayOf(test),
  })
  t.not(await markOf(test, 'member', 'b'), before)
})

story('the mark of a member moves with an import of its opening balance', async (test, t) => {
  const [a] = await test.registry.db.select().from(members).where(eq(members.id, test.memberIds.a))
  const path = join(t.testdir({}), 'old.csv')
  const row = `示例-1,${a?.name},示例企业,南京,示例产品,2025-01-01,2027-12-31,有效`
  await writeFile(path, `证书编号,认证机构,获证组织,设区市,产品名称,有效期起,有效期止,证书状态\n${row}\n`)
  const marks = async () => [await markOf(test, 'member', 'a'), await markOf(test), await markOf(test, 'member', 'b')]
  const before = await marks()
  await importHistorical(test, path)
  const after = await marks()
  t.not(after[0], before[0])
  t.not(after[1], before[1])
  t.equal(after[2], before[2], 'b is not in the file')
  await importHistorical(test, path)
  t.equal((await marks())[0], after[0], 'the same file again brings nothing')
})

story('nobody’s mark moves with what no dashboard shows', async (test, t) => {
  const before = [await markOf(test), await markOf(test, 'member', 'a')]
  for (const entity of ['session', 'account', 'client', 'webhook', 'job', 'registry'])
    await record(test.registry.db, test.as('administrator'), {
      action: `${entity}.x`,
      entity,
      entityId: 'x',
      memberId: test.memberIds.a,
    })
  t.same([await markOf(test), await markOf(test, 'member', 'a')], before)
})

async function markOf(test: TestRegistry, role: Role = 'secretariat', member: 'a' | 'b' = 'a'): Promise<string> {
  return (await readChanges(test.registry, test.as(role, member))).tag
}

story('a change that is written first and done last is seen, though many overtook it', async (test, t) => {
  const owner = postgres(test.urls.ownerUrl, { max: 2, onnotice: () => {} })
  t.teardown(() => owner.end())
  const write = (tx: postgres.Sql | postgres.ReservedSql, rows = 1) => tx`
    insert into events (at, actor_kind, actor_id, actor_name, actor_role, action, entity, entity_id, changes, request_id)
    select ${now}, 'system', 'x', 'x', 'x', 'x.x', 'x', 'x', '{}', 'x' from generate_series(1, ${rows}::int)`
  const slow = await owner.reserve()
  await slow`begin`
  await write(slow)
  await write(owner, 900)
  const before = await markOf(test)
  await slow`commit`
  slow.release()
  t.not(await markOf(test), before)
})
