import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { stringify } from 'csv-stringify/sync'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { builtInMappings } from '../../src/usecases/imports/built-in-mappings.ts'
import { saveMapping } from '../../src/usecases/imports/manage-mappings.ts'
import type { Mapping } from '../../src/usecases/imports/mapping.ts'
import { startImport } from '../../src/usecases/imports/run-import.ts'
import { assignOwner, concludeEntry } from '../../src/usecases/reconciliations/conclude-entry.ts'
import {
  readEntries,
  readReconciliation,
  readReconciliations,
} from '../../src/usecases/reconciliations/read-reconciliations.ts'
import {
  draft as announceDraft,
  announced,
  line as announcedLine,
  fill as announceFill,
  publish as announcePublish,
} from '../support/announcements.ts'
import { actionsOf, bodyOf, codesOf, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { realDataDir, withoutRealData } from '../support/environment.ts'
import {
  entriesOf,
  exported,
  fileOf,
  importHistorical,
  type ListOrder,
  reconcile,
  regulatorList,
  saidOf,
} from '../support/reconciliations.ts'
import { act, otherFirm } from '../support/results.ts'
import { newRegistry, type TestRegistry } from '../support/services.ts'

const begin = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, begin)

const header = '证书编号,机构批准号,认证机构,获证组织,统一社会信用代码,发证日期,有效期起,有效期止,证书状态\n'
const firm = '示例精密机械有限公司,91320100MA0XX00154'

/** A row as it agrees with the usual result under that name, with cells set anew. */
function rowOf(
  name: string,
  changes: Partial<Record<'number' | 'body' | 'holder' | 'dates' | 'state', string>> = {},
): string {
  const { number = `SL-${name}`, body = 'CNCA-R-2099-901,示例甲认证中心', holder = firm } = changes
  const { dates = '2026-11-17,2026-11-17,2029-11-16', state = '01' } = changes
  return [number, body, holder, dates, state].join(',')
}

/** Three certificates of member a and one of member b. */
async function certificatesOf(test: TestRegistry) {
  const ids: Record<string, string> = {}
  for (const name of ['1', '2', '3']) ids[name] = (await posted(test, bodyOf(name))).certificate?.id ?? ''
  const other = bodyOf('B', { enterprise: otherFirm })
  ids.B = (await posted(test, other, test.as('member', 'b'))).certificate?.id ?? ''
  return ids
}

const rowOfB = (changes: Parameters<typeof rowOf>[1] = {}) =>
  rowOf('B', { body: 'CNCA-R-2099-902,', holder: `${otherFirm.name},${otherFirm.creditCode}`, ...changes })

type Tap = Parameters<Parameters<typeof story>[1]>[1]

async function laid(t: Tap, test: TestRegistry, rows: readonly string[], order: ListOrder = {}) {
  return reconcile(test, await fileOf(t, 'list.csv', header + rows.join('\n')), order)
}

story('a list that says what we say leaves nothing to do', async (test, t) => {
  await certificatesOf(test)
  const view = await laid(t, test, [
    rowOf('1'),
    rowOf('2', { number: ' sl－2 ' }),
    rowOf('3', { state: '有效' }),
    rowOfB(),
  ])
  t.match(view, { status: 'finished', counts: { rows: 4, matched: 4, agreeing: 4, ofOtherBodies: 0, entries: {} } })
  t.same(await saidOf(test, view.id), [])
  const [left] = await test.registry.db.execute(sql`select count(*)::int as rows from reconciliation_rows`)
  t.same(left, { rows: 0 }, 'what was put aside is gone')
  t.same(await actionsOf(test.registry, 'reconciliation', view.id), [
    'reconciliation.started',
    'reconciliation.finished',
  ])
})

story('what differs and what is missing is a work list by number, an entry for each', async (test, t) => {
  const ids = await certificatesOf(test)
  await act(test, ids['3'] ?? '', {
    action: 'suspend',
    on: plainDate('2026-11-20'),
    untilOn: plainDate('2026-12-20'),
    reasonCode: 'holder_request',
  })
  const view = await laid(t, test, [
    rowOf('1', {
      dates: '2026-11-17,2026-11-17,2029-11-17',
      holder: '示例精密机械（南京）有限公司,91320100MA0XX00154',
    }),
    rowOf('3'),
    rowOf('4', { holder: '示例另一有限公司,', dates: ',2025-01-01,2027-12-31' }),
    rowOfB({ number: 'SL-B/2' }),
    rowOfB({ number: 'SL-B/2' }),
  ])
  t.same((await saidOf(test, view.id)).sort(), [
    'holder SL-1 示例精密机械有限公司 91320100MA0XX00154 | 示例精密机械（南京）有限公司 91320100MA0XX00154',
    'listed_twice SL-B/2',
    'missing_here SL-4',
    'missing_there SL-2',
    'number SL-B SL-B | SL-B/2',
    'state SL-3 suspended | valid',
    'valid_until SL-1 2029-11-16 | 2029-11-17',
  ])
  t.match(view.counts, { rows: 5, matched: 3, agreeing: 0, entries: { holder: 1, missing_here: 1, listed_twice: 1 } })
  const entry = (await entriesOf(test, view.id)).find(({ kind }) => kind === 'valid_until')
  t.match(entry, { rowNumber: 2, certificateId: ids['1'], memberId: test.memberIds.a, state: 'open', owner: null })
  t.match(entry?.ours, { number: 'SL-1', state: 'valid' })
  t.match(entry?.theirs, { rowNumber: 2, validUntil: '2029-11-17' })
})

story('states are compared as of the day on which the list was made', async (test, t) => {
  const ids = await certificatesOf(test)
  await act(test, ids['1'] ?? '', { action: 'withdraw', on: plainDate('2026-11-20'), reasonCode: 'fraud' })
  const rows = [rowOf('1'), rowOf('2'), rowOf('3'), rowOfB()]
  t.same(await saidOf(test, (await laid(t, test, rows, { madeOn: plainDate('2026-11-19') })).id), [])
  t.same(await saidOf(test, (await laid(t, test, rows)).id), ['state SL-1 withdrawn | valid'])
  t.same(
    await saidOf(test, (await laid(t, test, rows.slice(1), { covers: 'in_force' })).id),
    [],
    'a list of what is in force need not hold what was withdrawn',
  )
  t.same(await saidOf(test, (await laid(t, test, rows.slice(1), { covers: 'all' })).id), ['missing_there SL-1'])
  const early = await laid(t, test, rows.slice(0, 1), { madeOn: plainDate('2026-11-16'), covers: 'all' })
  t.same(await saidOf(test, early.id), [], 'what was issued later cannot be in a list of before')
})

story('a member’s list is laid beside its own certificates, and tells it nothing of another’s', async (test, t) => {
  await certificatesOf(test)
  const member = test.as('member', 'b')
  const own = { context: member, source: 'member' as const }
  const view = await laid(t, test, [rowOfB(), rowOfB({ number: 'SL-1' }), rowOf('2')], own)
  t.equal(view.memberId, test.memberIds.b)
  t.same(await saidOf(test, view.id, member), ['unreadable row_of_another_member@认证机构', 'missing_here SL-1'])
  t.same(await codesOf(readReconciliation(test.registry, test.as('member', 'a'), view.id)), ['not_found'])
  const named = { ...own, memberId: test.memberIds.a }
  t.same(await refusalsOf(laid(t, test, [rowOf('1')], named)), ['not_found@memberId'])
  const foreign = await laid(t, test, [rowOf('1'), rowOf('2')], own)
  t.match(foreign, {
    status: 'failed',
    failure: { code: 'row_of_another_member', value: '示例甲认证中心 CNCA-R-2099-901' },
  })
})

story('of a list of all members a member sees what is about its own certificates', async (test, t) => {
  await certificatesOf(test)
  const view = await laid(t, test, [rowOf('2', { state: '02' }), rowOfB({ state: '05' }), ',,,,,,,,01'])
  t.same(await saidOf(test, view.id, test.as('member', 'b')), ['state SL-B valid | expired'])
  t.same(await saidOf(test, view.id, test.as('member')), [
    'missing_there SL-1',
    'state SL-2 valid | suspended',
    'missing_there SL-3',
  ])
  t.equal((await saidOf(test, view.id, test.as('regulator'))).length, 5)
  const seen = await readReconciliation(test.registry, test.as('member', 'b'), view.id)
  t.match(seen, { counts: null, kinds: [{ kind: 'state', entries: 1, open: 1 }] })
  const [listed] = (await readReconciliations(test.registry, test.as('member', 'b'), { limit: 10 })).items
  t.match(listed, { id: view.id, counts: null })
  const foreign = (await entriesOf(test, view.id)).find(({ number }) => number === 'SL-2')
  const named = { id: view.id, entryId: foreign?.id ?? '' }
  t.same(await refusalsOf(assignOwner(test.registry, test.as('member', 'b'), named, {})), ['not_found@entryId'])
})

story('rows of bodies outside the alliance are counted and named, not worked on', async (test, t) => {
  await certificatesOf(test)
  const rows = [rowOf('1', { body: ',外部认证中心' }), rowOf('1'), rowOf('2'), rowOf('3'), rowOfB()]
  const view = await laid(t, test, rows)
  t.match(view, { counts: { rows: 5, agreeing: 4, ofOtherBodies: 1 }, otherBodies: ['外部认证中心'] })
  t.same(await saidOf(test, view.id), [])
})

story('a bad row is an entry of its own and stops no other', async (test, t) => {
  await certificatesOf(test)
  const view = await laid(t, test, [
    rowOf('1', { dates: '2026-11-17,2026-02-30,2029-11-16' }),
    rowOf('2', { state: '99' }),
    'SL-3,CNCA-R-2099-901',
    rowOf('3', { holder: '张 11010519491231002X,' }),
    rowOf('3'),
    rowOfB(),
  ])
  t.same((await saidOf(test, view.id)).sort(), [
    'missing_there SL-1',
    'missing_there SL-2',
    'unreadable date_does_not_exist@有效期起',
    'unreadable field_invalid@证书状态',
    'unreadable identity_card_refused@获证组织',
    'unreadable row_unreadable@',
  ])
  const text = JSON.stringify(await entriesOf(test, view.id))
  t.notMatch(text, /11010519491231002X/, 'an identity number is not shown back')
  const stored = await test.registry.db.execute(
    sql`select 1 from reconciliation_entries e where e::text like '%11010519491231002X%'`,
  )
  t.equal(stored.length, 0, 'and not kept')
})

story('a list that cannot be compared says why, and leaves no work list', async (test, t) => {
  await certificatesOf(test)
  const failures: [string, string, object][] = [
    ['no rows', header, { code: 'list_empty' }],
    [
      'no number and no holder',
      '单位,有效期止\n甲,2027-01-01\n',
      {
        code: 'columns_missing',
        values: {
          columns:
            '证书编号 / number / certificateNumber, 获证组织 / 获证组织名称 / 获证企业 / 企业名称 / 持证人 / holderName',
        },
      },
    ],
    ['nothing', '', { code: 'file_unreadable' }],
    ['no row that can be read', `${header}-,,,甲,,,,,\n`, { code: 'certificate_number_empty', path: '证书编号' }],
  ]
  for (const [name, content, failure] of failures) {
    const view = await reconcile(test, await fileOf(t, 'list.csv', content))
    t.match(view, { status: 'failed', counts: null, failure }, name)
    t.same(await codesOf(entriesOf(test, view.id)), ['reconciliation_unfinished'], name)
    t.same((await readReconciliation(test.registry, test.as('secretariat'), view.id)).kinds, [])
  }
  const stopped = new AbortController()
  stopped.abort()
  const view = await laid(t, test, [rowOf('1')], { signal: stopped.signal })
  t.match(view, { status: 'interrupted', failure: { code: 'reconciliation_interrupted' } })
  t.same(await actionsOf(test.registry, 'reconciliation', view.id), [
    'reconciliation.started',
    'reconciliation.interrupted',
  ])
})

story('what may not be asked is refused before the list is read', async (test, t) => {
  const path = await fileOf(t, 'list.csv', header)
  const ask = (order: ListOrder) => refusalsOf(reconcile(test, path, order))
  t.same(await ask({ source: 'member' }), ['member_missing@memberId'])
  t.same(await ask({ memberId: '01958d5e-0000-7000-8000-000000000000' }), ['not_found@memberId'])
  t.same(await ask({ madeOn: plainDate('2026-11-21') }), ['day_in_future@madeOn'])
  t.same(await ask({ mapping: builtInMappings.results as Mapping }), ['mapping_unfit@mapping'])
  t.same(await ask({ context: test.as('office') }), ['forbidden@'])
  const file = { fileName: 'x', fileSha256: 'x', bytesTotal: 1, mapping: regulatorList, dryRun: true }
  t.same(await refusalsOf(startImport(test.registry, test.as('secretariat'), file)), ['mapping_unfit@mapping'])
})

// ---- Owner and conclusion

let seconds = 0

/** Each list a second later than the one before. */
async function oneEntry(t: Tap, test: TestRegistry, rows: readonly string[] = [rowOf('1', { state: '02' })]) {
  seconds += 1
  test.clock.set(new Date(Date.parse(begin) + seconds * 1_000).toISOString())
  const view = await laid(t, test, rows, { memberId: test.memberIds.a })
  const [entry] = await entriesOf(test, view.id)
  return { view, entry, named: { id: view.id, entryId: entry?.id ?? '' } }
}

story('an entry is given into hands and concluded, and what stood before stays on record', async (test, t) => {
  await posted(test, bodyOf('1'))
  const { named, view } = await oneEntry(t, test)
  const { registry } = test
  const [secretariat, member] = [test.as('secretariat'), test.as('member')]
  t.match(await assignOwner(registry, secretariat, named, { owner: '示例经办人' }), {
    owner: '示例经办人',
    state: 'open',
  })
  t.match(await assignOwner(registry, member, named, {}), { owner: 'test member' })
  t.same(await refusalsOf(assignOwner(registry, member, named, {})), ['nothing_changes@owner'])
  t.match(await concludeEntry(registry, member, named, { conclusion: 'explained', note: '示例' }), {
    state: 'concluded',
    conclusion: { conclusion: 'explained', note: '示例', concludedBy: 'test member' },
  })
  t.same(await refusalsOf(concludeEntry(registry, member, named, { conclusion: 'explained', note: '示例' })), [
    'nothing_changes@conclusion',
  ])
  t.match(await concludeEntry(registry, secretariat, named, { conclusion: 'ours_corrected' }), {
    conclusion: { conclusion: 'ours_corrected', note: null },
  })
  t.same(await refusalsOf(concludeEntry(registry, member, named, { conclusion: 'explained' })), [
    'concluded_by_secretariat@',
  ])
  const kept = await registry.db.execute(
    sql`select conclusion, superseded_at is null as holds from reconciliation_conclusions order by superseded_at nulls last`,
  )
  t.same(
    [...kept],
    [
      { conclusion: 'explained', holds: false },
      { conclusion: 'ours_corrected', holds: true },
    ],
  )
  t.same((await actionsOf(registry, 'reconciliation', view.id)).slice(2), [
    'reconciliation.assigned',
    'reconciliation.assigned',
    'reconciliation.concluded',
    'reconciliation.concluded',
  ])
  t.same(await codesOf(concludeEntry(registry, test.as('regulator'), named, { conclusion: 'explained' })), [
    'forbidden',
  ])
  const unknown = { ...named, entryId: '01958d5e-0000-7000-8000-000000000000' }
  t.same(await refusalsOf(concludeEntry(registry, secretariat, unknown, { conclusion: 'explained' })), [
    'not_found@entryId',
  ])
})

story('two who conclude at once follow one another', async (test, t) => {
  await posted(test, bodyOf('1'))
  const { named } = await oneEntry(t, test)
  const conclude = (note: string) =>
    concludeEntry(test.registry, test.as('secretariat'), named, { conclusion: 'explained', note })
  const { done, refused } = await race(['1', '2', '3', '4'].map(conclude))
  t.same([done.length, refused], [4, []])
  const [holding] = await test.registry.db.execute(
    sql`select count(*)::int as rows from reconciliation_conclusions where superseded_at is null`,
  )
  t.same(holding, { rows: 1 })
})

story('the work list is filtered by kind, state and owner, and paged', async (test, t) => {
  await certificatesOf(test)
  const view = await laid(t, test, [rowOf('1', { state: '02' })])
  const all = await entriesOf(test, view.id)
  t.equal(all.length, 4)
  const [first] = all
  const named = { id: view.id, entryId: first?.id ?? '' }
  await assignOwner(test.registry, test.as('secretariat'), named, { owner: '甲' })
  await concludeEntry(test.registry, test.as('secretariat'), named, { conclusion: 'explained' })
  const count = async (query: object) =>
    (await readEntries(test.registry, test.as('secretariat'), view.id, { limit: 500, ...query })).items.length
  t.same(
    [
      await count({ kind: 'missing_there' }),
      await count({ state: 'open' }),
      await count({ state: 'concluded' }),
      await count({ owner: '甲' }),
      await count({ owner: '乙' }),
    ],
    [3, 3, 1, 1, 0],
  )
  const numbers: string[] = []
  let cursor: string | undefined
  do {
    const page = await readEntries(test.registry, test.as('secretariat'), view.id, { limit: 1, cursor })
    numbers.push(...page.items.map(({ number }) => number))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  t.same(
    numbers,
    all.map(({ number }) => number),
  )
  t.same(await codesOf(readEntries(test.registry, test.as('secretariat'), view.id, { limit: 1, cursor: 'x' })), [
    'cursor_invalid',
  ])
})

story(
  'what was concluded of the same difference holds for a later list, unless ours was to be corrected',
  async (test, t) => {
    await posted(test, bodyOf('1'))
    const first = await oneEntry(t, test)
    await assignOwner(test.registry, test.as('secretariat'), first.named, { owner: '示例经办人' })
    await concludeEntry(test.registry, test.as('secretariat'), first.named, {
      conclusion: 'theirs_to_correct',
      note: '示例',
    })
    const again = await oneEntry(t, test, [
      rowOf('9', { holder: '示例另一,', dates: ',,2031-01-01' }),
      rowOf('1', { state: '暂停' }),
    ])
    t.match(again.entry, {
      state: 'concluded',
      owner: '示例经办人',
      conclusion: {
        conclusion: 'theirs_to_correct',
        note: '示例',
        carriedFromId: first.entry?.id,
        concludedBy: 'test secretariat',
      },
    })
    const other = await oneEntry(t, test, [rowOf('1', { state: '05' })])
    t.match(other.entry, { state: 'open', owner: null }, 'another difference is open')
    await concludeEntry(test.registry, test.as('secretariat'), again.named, { conclusion: 'ours_corrected' })
    t.match(
      (await oneEntry(t, test)).entry,
      { state: 'open', owner: '示例经办人' },
      'it is still there, so it was not corrected',
    )
    const wider = await laid(t, test, [rowOf('1', { state: '02' })])
    t.match(
      await entriesOf(test, wider.id),
      [{ state: 'open', owner: null }],
      'a list of all members is another matter',
    )
  },
)

story('a member’s conclusion holds in later lists of its own, not in those of all members', async (test, t) => {
  await posted(test, bodyOf('1'))
  const rows = [rowOf('1', { state: '02' })]
  const concluded = async (isOwn: boolean) => {
    seconds += 1
    test.clock.set(new Date(Date.parse(begin) + seconds * 1_000).toISOString())
    const { id } = await laid(t, test, rows, isOwn ? { context: test.as('member') } : {})
    const [entry] = await entriesOf(test, id)
    return { state: entry?.state, named: { id, entryId: entry?.id ?? '' } }
  }
  for (const isOwn of [false, true]) {
    const first = await concluded(isOwn)
    await concludeEntry(test.registry, test.as('member'), first.named, { conclusion: 'explained' })
    const again = await concluded(isOwn)
    t.equal(again.state, isOwn ? 'concluded' : 'open')
    await concludeEntry(test.registry, test.as('member'), again.named, { conclusion: 'not_ours' })
  }
})

story('only the secretariat and the regulator bring a list of CNCA; a member’s is its own', async (test, t) => {
  const path = await fileOf(t, 'list.csv', `${header}${rowOf('1')}\n`)
  const context = test.as('member')
  t.same(await refusalsOf(reconcile(test, path, { context, source: 'cnca' })), ['cnca_list_by_member@source'])
  t.match(await reconcile(test, path, { context }), { source: 'member', memberId: test.memberIds.a })
  t.match(await reconcile(test, path, { context: test.as('regulator') }), { source: 'cnca', memberId: null })
})

// ---- Export

story(
  'our certificates are written in the order, under the headings and in the words of a mapping',
  async (test, t) => {
    await posted(test, bodyOf('1'))
    await posted(test, bodyOf('B', { enterprise: otherFirm }), test.as('member', 'b'))
    const columns = {
      state: { column: ['状态码', '状态'], values: { 有效: 'valid', '01': 'valid', '02': 'suspended' } },
      number: '证书号',
      holderCreditCode: '代码',
      bodyApprovalNumber: '批准号',
      scheme: { value: '江苏精品' },
      holderName: '名称',
    }
    const order = ['number', 'state', 'scheme', 'holderCreditCode', 'bodyApprovalNumber']
    await saveMapping(test.registry, test.as('secretariat'), 'cnca-form', { kind: 'regulator_list', columns, order })
    const { headings, rows } = await exported(test, 'cnca-form', test.as('member'))
    t.same(headings, ['证书号', '状态码', 'scheme', '代码', '批准号'])
    t.same(rows, [['SL-1', '01', '江苏精品', '91320100MA0XX00154', 'CNCA-R-2099-901']], 'a member exports its own')
    t.equal((await exported(test, 'cnca-form')).rows.length, 2)
    t.same(await codesOf(exported(test, 'results')), ['mapping_unfit'])
    t.same(await codesOf(exported(test, 'nobody')), ['mapping_unknown'])
    t.same(await codesOf(exported(test, 'cnca-form', test.as('office'))), ['forbidden'])
  },
)

story('what is exported is read back, a certificate that is not yet valid too', async (test, t) => {
  await posted(test, bodyOf('1', {}, { validFrom: '2026-12-01', validUntil: '2029-11-16' }))
  const columns = { number: '编号', holderName: '名称', validUntil: '止', state: '状态' }
  const mapping = { kind: 'regulator_list' as const, columns, order: [] }
  await saveMapping(test.registry, test.as('secretariat'), 'plain', mapping)
  const { headings, rows } = await exported(test, 'plain')
  t.equal(rows[0]?.[headings.indexOf('状态')], 'valid', 'the lists have no word for not yet')
  const path = await fileOf(t, 'back.csv', csvOf(headings, rows))
  const view = await reconcile(test, path, { mapping: { ...mapping } as unknown as Mapping, covers: 'all' })
  t.match(view.counts, { rows: 1, matched: 1, agreeing: 1, entries: {} })
})

// ---- Long lists

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function bytesInUse(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const csvOf = (headings: readonly string[], rows: readonly (readonly string[])[]) =>
  stringify([[...headings], ...rows.map((row) => [...row])])

story('twenty thousand rows beside half as many certificates: memory does not grow with them', async (test, t) => {
  const oldHeader = '证书编号,认证机构,获证组织,设区市,产品名称,有效期起,有效期止\n'
  const rowAt = (index: number) =>
    `N-${String(index).padStart(6, '0')},示例丁认证中心,示例企业${index % 5_000},320100,示例,2025-01-01,2027-12-31`
  const rows = Array.from({ length: 20_000 }, (_, index) => rowAt(index))
  const old = await fileOf(t, 'old.csv', oldHeader + rows.filter((_, index) => index % 2 === 0).join('\n'))
  t.match(await importHistorical(test, old), { accepted: 10_000 })
  const path = await fileOf(t, 'list.csv', oldHeader + rows.join('\n'))
  const before = bytesInUse()
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, bytesInUse())
  }, 1_000)
  const view = await reconcile(test, path).finally(() => clearInterval(watch))
  t.match(view.counts, { rows: 20_000, matched: 10_000, agreeing: 10_000, entries: { missing_here: 10_000 } })
  t.ok(peak - before < 60_000_000, `at most ${Math.round((peak - before) / 1e6)} MB more were in use`)
})

story('what a killed process left is gone with the first list a day later', async (test, t) => {
  await posted(test, bodyOf('1'))
  const { view } = await oneEntry(t, test)
  const { db } = test.registry
  await db.execute(sql`update reconciliations set finished_at = null, counts = null where id = ${view.id}`)
  await db.execute(
    sql`insert into reconciliation_rows (reconciliation_id, row_number, number, listed) values (${view.id}, 2, 'X', '{}')`,
  )
  const left = async () => {
    const [row] = await db.execute(sql`select (select count(*)::int from reconciliation_rows) as rows,
      (select count(*)::int from reconciliation_entries where reconciliation_id = ${view.id}) as entries`)
    return row
  }
  test.clock.set('2026-11-20T20:00:00Z')
  await laid(t, test, [rowOf('1')])
  t.same(await left(), { rows: 1, entries: 1 })
  t.equal((await readReconciliation(test.registry, test.as('secretariat'), view.id)).status, 'interrupted')
  test.clock.set('2026-11-21T20:00:00Z')
  await laid(t, test, [rowOf('1')])
  t.same(await left(), { rows: 0, entries: 0 })
})

story('a number that a list repeats beyond measure is listed twice as often as that', async (test, t) => {
  await posted(test, bodyOf('1'))
  const repeated = Array.from({ length: 1_500 }, () => rowOf('1'))
  const view = await laid(t, test, repeated)
  t.match(view.counts, { rows: 1_500, matched: 1, agreeing: 1, entries: { listed_twice: 1_499 } })
})

t.test(
  'the real file: against itself nothing, against a copy with mistakes exactly these',
  { skip: withoutRealData, timeout: 240_000 },
  async (t) => {
    const test = await newRegistry(server, begin)
    t.teardown(() => test.close())
    const european = builtInMappings['european-certificates'] as Mapping
    await importHistorical(test, join(realDataDir ?? '', 'real-certificates-10k.csv'), european)
    const { headings, rows } = await exported(test, 'regulator-list')
    t.equal(rows.length, 9_933)
    const all = { covers: 'all' as const }
    const same = await reconcile(test, await fileOf(t, 'same.csv', csvOf(headings, rows)), all)
    t.match(same.counts, { rows: 9_933, matched: 9_933, agreeing: 9_933, entries: {} })

    const column = (heading: string) => headings.indexOf(heading)
    const occurs = (cell: string, at: number) => rows.filter((row) => row[at] === cell).length
    const alone = rows.flatMap((row, index) =>
      occurs(row[column('证书编号')] ?? '', column('证书编号')) === 1 ? [index] : [],
    )
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = [100, 1_000, 2_000, 3_000, 4_000].map((place) => alone[place])
    const changed = rows.flatMap((row, index) => {
      const cells = [...row]
      if (index === a) cells[column('有效期止')] = '2031-01-31'
      if (index === b) cells[column('获证组织')] = '示例'
      if (index === c) cells[column('证书状态')] = cells[column('证书状态')] === '03' ? '04' : '03'
      if (index === d) return []
      return index === e ? [cells, cells] : [cells]
    })
    const stranger = [...(rows[0] ?? [])]
    stranger[column('证书编号')] = 'NOBODY-1'
    stranger[column('有效期止')] = '2031-01-31'
    const view = await reconcile(
      test,
      await fileOf(t, 'changed.csv', csvOf(headings, [stranger, ...changed.toReversed()])),
      all,
    )
    const numberAt = (index: number) => (rows[index]?.[column('证书编号')] ?? '').replaceAll(' ', '').toUpperCase()
    const entries = await entriesOf(test, view.id)
    t.same(
      entries.map(({ kind, number }) => `${kind} ${number}`).sort(),
      [
        `valid_until ${numberAt(a)}`,
        `holder ${numberAt(b)}`,
        `state ${numberAt(c)}`,
        `missing_there ${numberAt(d)}`,
        `listed_twice ${numberAt(e)}`,
        'missing_here NOBODY-1',
      ].sort(),
    )
  },
)

story('what was announced is compared, too: another holder, and what no announcement lists', async (test, t) => {
  const ids = await certificatesOf(test)
  await announced(test, [announcedLine('SL-1'), announcedLine('SL-2'), announcedLine('SL-3')])
  const renamed = {
    action: 'amend',
    on: '2026-11-20',
    reasonCode: 'holder_renamed',
    changes: { client: { name: '示例精密机械（苏州）有限公司' } },
  }
  await act(test, ids['2'] ?? '', renamed)
  test.clock.set('2026-11-20T03:00:00Z')
  const struck = await announceDraft(test, { number: '示例2026年第2号' })
  await announceFill(test, struck.id, [announcedLine('SL-3', { effect: 'struck' })])
  await announcePublish(test, struck.id)
  test.clock.set('2026-11-21T02:00:00Z')
  const rows = [rowOf('1'), rowOf('2', { holder: '示例精密机械（苏州）有限公司,' }), rowOf('3'), rowOfB()]
  const { id, counts } = await laid(t, test, rows)
  t.match(counts, { matched: 4, agreeing: 1, entries: { announced_holder: 1, not_announced: 2 } })
  t.same(
    (await entriesOf(test, id)).map(({ kind, number, announcedSays }) => [kind, number, announcedSays]),
    [
      ['announced_holder', 'SL-2', '示例精密机械有限公司（示例2026年第1号）'],
      ['not_announced', 'SL-3', null],
      ['not_announced', 'SL-B', null],
    ],
  )
  const earlier = await laid(t, test, rows, { madeOn: plainDate('2026-11-19') })
  t.match(earlier.counts, { agreeing: 4, entries: {} }, 'a list made before there was an announcement')
})
