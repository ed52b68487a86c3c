import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Actor } from '../../src/domain/access.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { Refusal } from '../../src/domain/refusals.ts'
import { newId } from '../../src/ids.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { insertMember, insertScope, insertStanding } from '../../src/store/members.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { type Context, contextOf, type Registry } from '../../src/usecases/context.ts'
import { builtInMappings } from '../../src/usecases/imports/built-in-mappings.ts'
import { importQueue } from '../../src/usecases/imports/import-queue.ts'
import { listMappings, mappingNamed, saveMapping } from '../../src/usecases/imports/manage-mappings.ts'
import type { Mapping } from '../../src/usecases/imports/mapping.ts'
import {
  type ImportView,
  importRowsCsv,
  importView,
  listImportRows,
  listImports,
  readImport,
} from '../../src/usecases/imports/read-imports.ts'
import { keepWaiting, type RunOptions, runImport, startImport } from '../../src/usecases/imports/run-import.ts'
import { postResult, recordResult } from '../../src/usecases/results/post-result.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { bodyOf } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { realDataDir, withoutRealData } from '../support/environment.ts'
import { until } from '../support/processes.ts'

const begin = new Date('2026-11-22T02:00:00Z')

const server = await startTestServer()
t.teardown(() => server.stop())

type Place = {
  readonly registry: Registry
  readonly database: Database
  readonly ownerUrl: string
  readonly serviceUrl: string
  readonly clock: { at: Date; now(): Date }
}

async function newPlace(t: Test): Promise<Place> {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const database = openDatabase(serviceUrl, { poolSize: 6 })
  t.teardown(() => database.close())
  const clock = { at: begin, now: () => clock.at }
  return {
    registry: { db: database.db, lists: database.db, clock, rulebooks: rulebookShelf() },
    database,
    ownerUrl,
    serviceUrl,
    clock,
  }
}

const secretariat: Actor = { kind: 'person', id: 'clerk', name: 'Clerk', role: 'secretariat', memberId: null }
const memberActor = (memberId: string): Actor => ({
  kind: 'person',
  id: `of-${memberId}`,
  name: 'Member',
  role: 'member',
  memberId,
})

function as(place: Place, actor: Actor = secretariat): Context {
  return contextOf(place.registry, actor, 'request-1')
}

const european = builtInMappings['european-certificates'] as Mapping
const historical = builtInMappings.historical as Mapping
const results = builtInMappings.results as Mapping

async function fileOf(t: Test, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(t.testdir({}), name)
  await writeFile(path, content)
  return path
}

type Order = { mapping?: Mapping; dryRun?: boolean; context?: Context; options?: RunOptions }

async function start(
  place: Place,
  path: string,
  { mapping = historical, dryRun = false, context = as(place) }: Order = {},
) {
  const bytes = await readFile(path)
  const fileSha256 = createHash('sha256').update(bytes).digest('hex')
  return startImport(place.registry, context, {
    fileName: basename(path),
    fileSha256,
    bytesTotal: bytes.length,
    mapping,
    dryRun,
  })
}

async function take(place: Place, path: string, order: Order = {}) {
  const started = await start(place, path, order)
  return runImport(place.registry, order.context ?? as(place), { importId: started.id, path }, order.options)
}

/** Each row in short: its number, its outcome, and its problems as code, column and value. */
async function outcomesOf(place: Place, id: string, context = as(place)): Promise<string[]> {
  const rows = await listImportRows(place.registry, context, id, { afterRow: 0, limit: 100_000, outcome: null })
  return rows.map(({ rowNumber, outcome, problems }) =>
    [rowNumber, outcome, ...(problems ?? []).map(({ code, path, value }) => `${code}@${path}=${value ?? ''}`)].join(
      ' ',
    ),
  )
}

const factTables = [
  'certificates',
  'certificate_versions',
  'certificate_events',
  'suspensions',
  'members',
  'member_names',
  'enterprises',
  'enterprise_names',
]

/** How many rows each table of facts has and when the latest was recorded, and every certificate as it stands. */
async function factsOf({ database: { db } }: Place): Promise<unknown> {
  const tables = []
  for (const name of factTables)
    tables.push(
      ...(await db.execute(sql.raw(`select '${name}' as name, count(*)::int, max(recorded_at) from ${name}`))),
    )
  const [schemes] = await db.execute(sql`select count(*)::int as schemes from schemes`)
  const [hash] = await db.execute(
    sql`select md5(string_agg(c::text, '|' order by c.id)) as certificates from certificates c`,
  )
  return { tables: [...tables], schemes, hash }
}

async function count({ database: { db } }: Place, from: string): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql.raw(`select count(*)::int as count from ${from}`))
  return row?.count ?? -1
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => {
      if (error instanceof Refusal) return error.problems[0].code
      throw error
    },
  )
}

const ownHeader = '证书编号,认证机构,获证组织,有效期起,有效期止,设区市\n'

t.test('columns may come in any order, in Chinese or in English', async (t) => {
  const place = await newPlace(t)
  const chinese = await take(
    place,
    await fileOf(t, 'zh.csv', `${ownHeader}A1,甲认证,乙公司,2024-01-01,2026-12-31,南京市\n`),
  )
  t.match(chinese, { status: 'finished', accepted: 1, progress: 1 })
  const english =
    'validUntil,cityCode,holderName,validFrom,number,bodyName\n2026-12-31,320100,乙公司,2024-01-01,A1,甲认证\n'
  t.match(await take(place, await fileOf(t, 'en.csv', english)), { status: 'finished', unchanged: 1 })
})

t.test('a file that lacks columns is refused by their names, and nothing is read', async (t) => {
  const place = await newPlace(t)
  const view = await take(place, await fileOf(t, 'short.csv', '证书编号,认证机构,有效期起\nA1,甲,2024-01-01\n'))
  t.match(view, { status: 'failed', rows: 0, failure: { code: 'columns_missing' } })
  t.match(view.failure?.values?.columns, /获证组织.*有效期止/)
  const foreign = await take(place, await fileOf(t, 'foreign.csv', 'scheme,certificate_no,holder\nISCC,A1,B\n'), {
    mapping: european,
  })
  t.match(foreign.failure?.values?.columns, /body_name.*valid_from.*valid_to/)
})

t.test('a file that cannot be read is a failure with its reason', async (t) => {
  const place = await newPlace(t)
  const view = await take(place, await fileOf(t, 'old.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex')))
  t.match(view, { status: 'failed', failure: { code: 'file_unreadable' } })
})

t.test('bad rows do not stop the good ones', async (t) => {
  const place = await newPlace(t)
  const rows = [
    'A1,甲认证,乙公司,2024-01-01,2026-12-31,320100',
    'A2,,乙公司,2024-01-01,2026-12-31,320100',
    'A3,甲认证,乙公司,2024-02-30,2026-12-31,320100',
    'A4,甲认证,乙公司',
    'A5,甲认证,身份证 11010519491231002X,2024-01-01,2026-12-31,320100',
    'A6,甲认证,乙公司,2024-01-01,2026-12-31,',
    ' Ａ７ ,  甲认证 ,乙公司,２０２４-01-01,2026/12/31,320100',
  ]
  const view = await take(place, await fileOf(t, 'mixed.csv', ownHeader + rows.join('\n')))
  t.match(view, { status: 'finished', accepted: 2, refused: 5, rows: 7 })
  t.same(await outcomesOf(place, view.id), [
    '2 accepted',
    '3 refused body_missing@认证机构=',
    '4 refused date_does_not_exist@有效期起=2024-02-30',
    '5 refused row_unreadable@=',
    '6 refused identity_card_refused@获证组织=身份证 *****************X',
    '7 refused scheme_field_missing@设区市=',
    '8 accepted',
  ])
  t.equal(
    await count(place, `import_rows where problems::text like '%1949%'`),
    0,
    'the identity card is stored nowhere',
  )
})

t.test('a row that only the database refuses does not stop the others', async (t) => {
  const place = await newPlace(t)
  const owner = openDatabase(place.ownerUrl, { poolSize: 1 })
  await owner.db.execute(sql`alter table certificates add constraint no_such_number check (number <> 'A2')`)
  await owner.close()
  const lines = ['A1', 'A2', 'A3'].map((number) => `${number},甲认证,乙公司,2024-01-01,2026-12-31,320100`)
  const view = await take(place, await fileOf(t, 'odd.csv', ownHeader + lines.join('\n')))
  t.match(view, { status: 'finished', accepted: 2, refused: 1 })
  t.same(await outcomesOf(place, view.id), ['2 accepted', '3 refused row_unreadable@=', '4 accepted'])
})

t.test('GB18030, XLSX and NDJSON say the same as UTF-8', async (t) => {
  const place = await newPlace(t)
  const line = ['A1', '甲认证', '乙公司', '2024-01-01', '2026-12-31', '320100']
  t.match(await take(place, await fileOf(t, 'utf8.csv', `\uFEFF${ownHeader}${line.join(',')}\n`)), { accepted: 1 })
  t.match(await take(place, await fileOf(t, 'gb.csv', gb18030(`${ownHeader}${line.join(',')}\n`))), {
    unchanged: 1,
    refused: 0,
  })
  t.match(await take(place, await workbookOf(t, [ownHeader.trim().split(','), line])), { unchanged: 1, refused: 0 })
  const object = Object.fromEntries(
    ownHeader
      .trim()
      .split(',')
      .map((name, index) => [name, line[index]]),
  )
  t.match(await take(place, await fileOf(t, 'rows.ndjson', `${JSON.stringify(object)}\nnot json\n`)), {
    unchanged: 1,
    refused: 1,
  })
})

t.test('a column whose name is half a character stops no other row', async (t) => {
  const place = await newPlace(t)
  const row = (number: string) =>
    JSON.stringify({
      number,
      bodyName: '甲认证',
      holderName: '乙公司',
      validFrom: '2024-01-01',
      validUntil: '2026-12-31',
      cityCode: '320100',
    })
  const broken = String.raw`{"\ud800${'x'.repeat(300)}": [[1]], "number": "A2"}`
  const view = await take(place, await fileOf(t, 'half.ndjson', [row('A1'), broken, row('A3')].join('\n')))
  t.match(view, { status: 'finished', accepted: 2, refused: 1 })
})

/** The two-byte part of GB18030, from a decoder. */
function gb18030(text: string): Buffer {
  const decoder = new TextDecoder('gb18030')
  const codes = new Map<string, readonly number[]>()
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1)
      codes.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail])
  }
  return Buffer.from([...text].flatMap((character) => codes.get(character) ?? [character.charCodeAt(0)]))
}

async function workbookOf(t: Test, rows: readonly (readonly string[])[]): Promise<string> {
  const workbook = new ExcelJS.Workbook()
  workbook.addWorksheet('证书').addRows(rows.map((row) => [...row]))
  const path = await fileOf(t, 'rows.xlsx', '')
  await workbook.xlsx.writeFile(path)
  return path
}

t.test('a dry run says the same and writes nothing', async (t) => {
  const place = await newPlace(t)
  const rows = [
    'A1,甲,乙,2024-01-01,2026-12-31,320100',
    'A1,甲,乙,2024-01-01,2027-01-01,320100',
    'A1,甲,乙,2024-01-01,2026-12-31,320100',
    'A2,,乙,2024-01-01,2026-12-31,320100',
  ]
  const filler = Array.from({ length: 2_500 }, (_, index) => `F${index},甲,乙,2024-01-01,2026-12-31,320100`)
  const path = await fileOf(t, 'dry.csv', ownHeader + [rows[0], ...filler, ...rows.slice(1)].join('\n'))
  const before = await factsOf(place)
  const eventsBefore = await count(place, 'events')
  const dry = await take(place, path, { dryRun: true })
  t.same(await factsOf(place), before)
  t.equal(await count(place, 'events'), eventsBefore)
  t.match(
    dry,
    { status: 'finished', dryRun: true, accepted: 2_501, newVersions: 1, unchanged: 1, refused: 1 },
    'repeats in a later batch are seen',
  )
  t.equal(await count(place, `import_rows where entity_id is not null`), 0)
  const real = await take(place, path)
  t.same(await outcomesOf(place, dry.id), await outcomesOf(place, real.id))
})

t.test('importing the same file again changes nothing', async (t) => {
  const place = await newPlace(t)
  const path = await fileOf(t, 'again.csv', `${europeanHeader}${europeanRows.join('\n')}\n`)
  const first = await take(place, path, { mapping: european })
  t.match(first, { accepted: 4, newVersions: 1, unchanged: 0, refused: 0 })
  const facts = await factsOf(place)
  place.clock.at = new Date('2026-11-25T02:00:00Z')
  t.match(await take(place, path, { mapping: european }), { accepted: 0, newVersions: 0, unchanged: 5, refused: 0 })
  t.same(await factsOf(place), facts)
})

const europeanHeader =
  'scheme,certificate_no,holder,holder_address,country,scope,materials,body_code,body_name,valid_from,valid_to,status,certificate_url,first_seen,last_seen\n'
const europeanRows = [
  'KZR INiG,K1,Rolnik,,Polska,trade,,,SGS Polska Sp. z o. o.,2022-01-01,2022-12-31,suspended,,,2022-04-19',
  'KZR INiG,K1,Rolnik,,Polska,trade,,,SGS Polska Sp. z o.o.,2022-01-01,2022-12-01,valid,,,2022-04-20',
  'KZR INiG,K1,Rolnik,,Polska,trade,,,SGS Polska Sp. z o.o.,2023-01-01,2023-12-31,withdrawn,,,2023-04-20',
  'ISCC,K1,Rolnik,,Polska,trade,,SGS,SGS Germany,2022-01-01,2022-12-31,valid,,,',
  'ISCC,K2; K2-1,Rolnik,,Polska,trade,,SGS,SGS Germany,2022-01-01,2022-12-31,valid,,,',
]

t.test(
  'the same number with other content is a further version, with a new period a renewal, and bodies are kept apart by scheme',
  async (t) => {
    const place = await newPlace(t)
    const { db } = place.database
    const path = await fileOf(t, 'versions.csv', `${europeanHeader}${europeanRows.join('\n')}\n`)
    const view = await take(place, path, { mapping: european })
    t.same(await outcomesOf(place, view.id), [
      '2 accepted',
      '3 new_version number_repeated@certificate_no=K1',
      '4 accepted',
      '5 accepted',
      '6 accepted',
    ])
    const rows = await db.execute(sql`
    select c.number, c.scheme_code, c.valid_from, c.valid_until, c.version, e.valid_from as renews, c.ended_as, c.ended_on, c.origin
    from certificates c left join certificates e on e.id = c.renews_id order by c.scheme_code desc, c.number, c.valid_from`)
    t.match(
      [...rows],
      [
        {
          number: 'K1',
          scheme_code: 'kzr-inig',
          valid_from: '2022-01-01',
          valid_until: '2022-12-01',
          version: 2,
          renews: null,
          origin: 'historical',
        },
        {
          number: 'K1',
          scheme_code: 'kzr-inig',
          valid_from: '2023-01-01',
          version: 1,
          renews: '2022-01-01',
          ended_as: 'withdrawn',
          ended_on: '2023-04-20',
        },
        { number: 'K1', scheme_code: 'iscc', renews: null },
        { number: 'K2', scheme_code: 'iscc' },
        { number: 'K2-1', scheme_code: 'iscc' },
      ],
    )
    t.equal(await count(place, `certificate_versions where cause = 'imported again' and version = 1`), 1)
    t.match(
      [...(await db.execute(sql`select from_on, until_on, lifted_on from suspensions`))],
      [{ from_on: '2022-04-19', until_on: '2022-12-01', lifted_on: null }],
    )
    t.same(
      [...(await db.execute(sql`select name from member_names order by name`))].map((row) => row.name),
      ['SGS Germany', 'SGS Polska Sp. z o. o.', 'SGS Polska Sp. z o.o.'],
    )
    t.equal(await count(place, 'members'), 2)
    t.equal(await count(place, 'obligations'), 0, 'the opening balance opens no obligations')
  },
)

t.test('a status that comes later is added to a certificate that stands', async (t) => {
  const place = await newPlace(t)
  const line = (status: string, seen: string) =>
    `ISCC,K1,Rolnik,,Polska,trade,,SGS,SGS Germany,2022-01-01,2022-12-31,${status},,,${seen}\n`
  const files = [line('valid', '2022-02-01'), line('suspended', '2022-03-01'), line('withdrawn', '2022-04-01')]
  const outcomes: string[] = []
  for (const [index, content] of [...files, ...files].entries()) {
    const view = await take(place, await fileOf(t, `${index}.csv`, europeanHeader + content), { mapping: european })
    outcomes.push(...(await outcomesOf(place, view.id)))
  }
  t.same(outcomes, ['2 accepted', '2 accepted', '2 accepted', '2 unchanged', '2 unchanged', '2 unchanged'])
  t.equal(await count(place, 'suspensions'), 1)
  t.equal(await count(place, `certificates where ended_as = 'withdrawn' and version = 1`), 1)
})

t.test('renewals are linked the same way in whatever order the periods arrive, in one file or in two', async (t) => {
  const place = await newPlace(t)
  const periods = fc.shuffledSubarray([2015, 2016, 2017, 2018, 2019, 2020], { minLength: 2 })
  let run = 0
  await fc.assert(
    fc.asyncProperty(periods, fc.nat(6), async (years, cut) => {
      run += 1
      const lines = years.map((year) => `N${run},甲,乙,${year}-01-01,${year}-12-31,320100`)
      for (const [part, some] of [lines.slice(0, cut), lines.slice(cut)].entries()) {
        if (some.length > 0) await take(place, await fileOf(t, `order-${run}-${part}.csv`, ownHeader + some.join('\n')))
      }
      const rows = await place.database.db.execute<{ year: number; renewed: number | null }>(sql`
        select extract(year from c.valid_from)::int as year, extract(year from e.valid_from)::int as renewed
        from certificates c left join certificates e on e.id = c.renews_id where c.number = ${`N${run}`} order by c.valid_from`)
      const inOrder = years.toSorted()
      t.same(
        [...rows],
        inOrder.map((year, index) => ({ year, renewed: inOrder[index - 1] ?? null })),
        `${years} cut at ${cut}`,
      )
    }),
    { numRuns: 25 },
  )
})

t.test('two imports of one file at once neither fail nor double anything', async (t) => {
  const place = await newPlace(t)
  const lines = Array.from(
    { length: 2_500 },
    (_, index) => `N${index % 1_250},甲,乙${index % 7},${2020 + (index % 3)}-01-01,2024-12-31,320100`,
  )
  const path = await fileOf(t, 'twice.csv', ownHeader + lines.join('\n'))
  const [one, other] = await Promise.all([take(place, path), take(place, path)])
  t.same([one?.status, other?.status], ['finished', 'finished'])
  t.equal((one?.accepted ?? 0) + (other?.accepted ?? 0), await count(place, 'certificates'))
  const facts = await factsOf(place)
  t.match(await take(place, path), { unchanged: 2_500 })
  t.same(await factsOf(place), facts)
})

t.test('an import that was stopped is taken up by sending the same file again', async (t) => {
  const place = await newPlace(t)
  const lines = Array.from({ length: 4_500 }, (_, index) => `N${index},甲,乙,2024-01-01,2026-12-31,320100`)
  const path = await fileOf(t, 'long.csv', ownHeader + lines.join('\n'))
  const stopping = new AbortController()
  const options = { signal: stopping.signal, onProgress: () => stopping.abort() }
  const stopped = await take(place, path, { options })
  t.match(stopped, {
    status: 'interrupted',
    finishedAt: begin,
    accepted: 2_000,
    failure: { code: 'import_interrupted' },
  })
  t.ok(stopped.progress > 0)
  t.equal(await count(place, `events where action = 'import.interrupted'`), 1)
  const silent = await start(place, path)
  t.equal(importView(silent, new Date(begin.getTime() + 61_000)).status, 'interrupted', 'as is one that gives no sign')
  t.match(await take(place, path), { status: 'finished', unchanged: 2_000, accepted: 2_500 })
})

t.test('a connection that is killed ends the import, and nothing is held or half there', async (t) => {
  const place = await newPlace(t)
  const lines = Array.from({ length: 9_000 }, (_, index) => `N${index},甲,乙${index % 70},2024-01-01,2026-12-31,320100`)
  const path = await fileOf(t, 'killed.csv', ownHeader + lines.join('\n'))
  const killer = openDatabase(new URL(place.serviceUrl).href, { poolSize: 1 })
  t.teardown(() => killer.close())
  const kill = () =>
    killer.db.execute(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`)
  const killing: Promise<unknown>[] = []
  const killOnce = async () => {
    for (let tries = 0; tries < 2_000; tries += 1) if ((await kill()).length > 0) return
  }
  const options = { onProgress: () => void (killing.length === 0 && killing.push(killOnce())) }
  const started = await start(place, path)
  await t.rejects(runImport(place.registry, as(place), { importId: started.id, path }, options))
  await Promise.all(killing)
  const view = await readImport(place.registry, as(place), started.id)
  t.equal(view.status, 'failed')
  t.equal(await count(place, 'certificates'), view.accepted, 'as many as it says')
  t.equal(await count(place, 'import_rows'), view.accepted)
  const again = await take(place, path)
  t.match(again, { status: 'finished', unchanged: view.accepted, accepted: 9_000 - view.accepted })
})

t.test('a row that nothing bears on and one that something bears on are judged alike', async (t) => {
  const place = await newPlace(t)
  const rows = (status: string, printed: string) =>
    `KZR INiG,K1${printed},Rolnik,,Polska,trade,,,SGS Polska,2022-01-01,2022-12-31,${status},,,2022-04-19\n`
  // Alone in its file each time: what stands already decides, not what stands beside it.
  const files = [rows('valid', ''), rows('valid', ''), rows('valid', ' '), rows('valid', '').replace('trade', 'farm')]
  const outcomes: string[] = []
  for (const [index, content] of files.entries()) {
    const view = await take(place, await fileOf(t, `${index}.csv`, europeanHeader + content), { mapping: european })
    outcomes.push(...(await outcomesOf(place, view.id)))
  }
  t.same(outcomes, ['2 accepted', '2 unchanged', '2 unchanged', '2 new_version number_repeated@certificate_no=K1'])
})

t.test('what a member posted is not written over by the opening balance', async (t) => {
  const place = await newPlace(t)
  const memberId = await admittedMember(place, 1)
  const mine = as(place, memberActor(memberId))
  await take(place, await resultsFile(t, [resultLine({})]), { mapping: results, context: mine })
  const view = await take(
    place,
    await fileOf(t, 'old.csv', `${ownHeader}SL-1,机构1,别的公司,2026-11-20,2029-11-19,320100\n`),
  )
  t.same(await outcomesOf(place, view.id), ['2 refused certificate_number_used@证书编号=SL-1'])
})

t.test(
  'a certificate that a member posts while a file with its number is taken in is found, alone or among others',
  async (t) => {
    const others = Array.from({ length: 40 }, (_, index) => `N${index},机构1,乙${index},2024-01-01,2026-12-31,320100\n`)
    for (const beside of [[], others]) {
      const place = await newPlace(t)
      const memberId = await admittedMember(place, 1)
      const enterprise = { creditCode: codes, name: '无锡某公司', cityCode: '320200' }
      const input = resultInput.parse(bodyOf('race', { enterprise }))
      let taking: Promise<ImportView> | undefined
      await place.database.db.transaction(async (tx) => {
        await recordResult(tx, place.registry, as(place, memberActor(memberId)), memberId, input)
        const lines = [...beside, 'SL-race,机构1,别的公司,2026-11-17,2029-11-16,320100\n']
        taking = take(place, await fileOf(t, 'race.csv', ownHeader + lines.join('')))
        await until('the import waits for the post', async () => (await waitingForOthers(place)) > 0)
      })
      const view = await taking
      t.match(view, { status: 'finished', accepted: beside.length, refused: 1 })
      const [refused] = (await outcomesOf(place, view?.id ?? '')).filter((outcome) => outcome.includes('refused'))
      t.equal(refused, `${beside.length + 2} refused certificate_number_used@证书编号=SL-RACE`)
    }
  },
)

async function waitingForOthers({ database }: Place): Promise<number> {
  const waiting = await database.db.execute(sql`
    select pid from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'`)
  return waiting.length
}

// Results

async function admittedMember(place: Place, number: number): Promise<string> {
  const id = newId(begin)
  const { db } = place.database
  const written = { recordedAt: begin, recordedBy: 'test' }
  await insertMember(db, {
    id,
    identityKey: `approval:CNCA-R-2002-00${number}`,
    name: `机构${number}`,
    approvalNumber: `CNCA-R-2002-00${number}`,
    creditCode: makeCreditCode('91', '320100', `MA00000${number}`),
    origin: 'registered',
    recordedAt: begin,
  })
  await insertStanding(db, {
    id: newId(begin),
    memberId: id,
    standing: 'admitted',
    fromOn: plainDate('2020-01-01'),
    reason: 'test',
    decidedBy: 'test',
    ...written,
  })
  await insertScope(db, {
    id: newId(begin),
    memberId: id,
    family: 'manufacturing',
    description: '制造',
    fromOn: plainDate('2020-01-01'),
    ...written,
  })
  return id
}

const resultHeader = [
  '机构参考号',
  '结果类型',
  '统一社会信用代码',
  '获证组织',
  '设区市',
  '类别',
  '产品名称',
  '型号',
  '认证依据',
  '认证决定日',
  '证书编号',
  '发证日期',
  '有效期止',
  '原因代码',
]
const codes = makeCreditCode('91', '320200', 'MA00000X')

function resultLine(changes: Record<string, string>): string {
  const cells: Record<string, string> = {
    机构参考号: 'R-1',
    结果类型: '发证',
    统一社会信用代码: codes,
    获证组织: '无锡某公司',
    设区市: '无锡市',
    类别: '制造',
    产品名称: '轴承',
    型号: 'X1；X2',
    认证依据: 'GB/T 9704-2012、T/XXX 012-2024',
    认证决定日: '2026-11-20',
    证书编号: 'SL-1',
    发证日期: '2026-11-20',
    有效期止: '2029-11-19',
    ...changes,
  }
  return resultHeader.map((name) => cells[name] ?? '').join(',')
}

async function resultsFile(t: Test, lines: readonly string[]): Promise<string> {
  return fileOf(t, 'results.csv', [resultHeader.join(','), ...lines].join('\n'))
}

t.test('results go in row by row like posts, and a refused row is an attempt', async (t) => {
  const place = await newPlace(t)
  const memberId = await admittedMember(place, 1)
  const context = as(place, memberActor(memberId))
  const path = await resultsFile(t, [
    resultLine({}),
    resultLine({ 机构参考号: 'R-2', 证书编号: 'SL-2', 有效期止: '2026-11-31' }),
    resultLine({
      机构参考号: 'R-3',
      结果类型: '不予认证',
      原因代码: 'test_failed',
      型号: '',
      认证依据: '',
      证书编号: '',
      发证日期: '',
      有效期止: '',
    }),
    resultLine({ 机构参考号: 'R-1', 产品名称: '别的' }),
    resultLine({ 机构参考号: 'R-4', 证书编号: 'SL-4', 类别: '农产' }),
    resultLine({ 机构参考号: 'R-5', 证书编号: 'SL-5', 统一社会信用代码: 'X', 认证依据: '' }),
    resultLine({}),
  ])
  const dry = await take(place, path, { mapping: results, context, dryRun: true })
  t.equal(await count(place, 'results'), 0)
  t.equal(await count(place, 'attempts'), 0)
  const view = await take(place, path, { mapping: results, context })
  t.match(view, { status: 'finished', accepted: 2, unchanged: 1, refused: 4, memberId })
  const outcomes = await outcomesOf(place, view.id, context)
  t.match(outcomes, [
    /^2 accepted/,
    '3 refused date_does_not_exist@有效期止=2026-11-31',
    /^4 accepted/,
    '5 refused member_reference_used@机构参考号=R-1',
    /^6 refused .*scope_missing@/,
    '7 refused field_missing@认证依据=',
    /^8 unchanged/,
  ])
  t.same(await outcomesOf(place, dry.id, context), outcomes)
  t.equal(await count(place, `results`), 2)
  t.equal(await count(place, `obligations where result_id is not null and duty = 'report_to_cnca'`), 2)
  t.equal(await count(place, `attempts where operation = 'import' and member_id = '${memberId}'`), 4)
  t.match(await take(place, path, { mapping: results, context }), { accepted: 0, unchanged: 3, refused: 4 })
  const [certificate] = await place.database.db.execute(sql`select content from certificates`)
  t.match(certificate?.content, {
    product: { name: '轴承', models: ['X1', 'X2'] },
    standards: ['GB/T 9704-2012', 'T/XXX 012-2024'],
  })
})

t.test('NDJSON of the shape of a post goes in as results; the secretariat names the member', async (t) => {
  const place = await newPlace(t)
  const memberId = await admittedMember(place, 1)
  const post = {
    kind: 'issue',
    memberReference: 'R-1',
    enterprise: { creditCode: codes, name: '无锡某公司', cityCode: '320200' },
    family: 'manufacturing',
    decidedOn: '2026-11-20',
    certificate: {
      number: 'SL-1',
      issuedOn: '2026-11-20',
      validUntil: '2029-11-19',
      product: { name: '轴承', models: ['X1', 'X2'] },
      standards: ['GB/T 9704-2012'],
    },
  }
  const lines = [
    { ...post, memberId },
    { ...post, memberReference: 'R-2' },
    { ...post, memberReference: 'R-3', memberId: newId(begin) },
  ]
  const view = await take(
    place,
    await fileOf(t, 'posts.ndjson', lines.map((line) => JSON.stringify(line)).join('\n')),
    { mapping: results },
  )
  t.match(await outcomesOf(place, view.id), [
    /^1 accepted/,
    /^2 refused member_missing@成员编号/,
    /^3 refused not_found@成员编号/,
  ])
})

t.test('two posts of the same results at once: one is recorded, the other meets it', async (t) => {
  const place = await newPlace(t)
  const context = as(place, memberActor(await admittedMember(place, 1)))
  const path = await resultsFile(
    t,
    Array.from({ length: 12 }, (_, index) => resultLine({ 机构参考号: `R-${index}`, 证书编号: `SL-${index}` })),
  )
  const views = await Promise.all([
    take(place, path, { mapping: results, context }),
    take(place, path, { mapping: results, context }),
  ])
  t.same(
    views.map(({ refused, rows }) => [refused, rows]),
    [
      [0, 12],
      [0, 12],
    ],
  )
  t.equal(await count(place, 'results'), 12)
})

t.test('a dry run of results says the same as the real run, also of rows that bear on one another', async (t) => {
  const place = await newPlace(t)
  const context = as(place, memberActor(await admittedMember(place, 1)))
  const [other, third] = [makeCreditCode('91', '320200', 'MA00001X'), makeCreditCode('91', '320200', 'MA00002X')]
  const row = (name: string, changes: Record<string, string> = {}) =>
    resultLine({ 机构参考号: `R-${name}`, 证书编号: `SL-${name}`, ...changes })
  const period = { 认证决定日: '2026-11-19', 发证日期: '2023-11-20', 有效期止: '2026-11-19' }
  const path = await resultsFile(t, [
    row('1'),
    row('1'),
    row('1', { 产品名称: '别的' }),
    row('2', { 证书编号: 'SL-1' }),
    row('3', { 获证组织: '无锡改名公司' }),
    row('4', { 获证组织: '无锡改名公司' }),
    row('5'),
    row('6', { 获证组织: '无锡改名公司' }),
    row('7', { 结果类型: '续证', 证书编号: 'SL-1', 发证日期: '2026-11-21', 有效期止: '2029-11-20' }),
    row('8', { 结果类型: '续证', 证书编号: 'SL-1' }),
    row('9', { 结果类型: '续证' }),
    row('10', { 统一社会信用代码: other, ...period }),
    row('11', { 统一社会信用代码: other, 证书编号: 'SL-10' }),
    row('12', { 统一社会信用代码: third, 证书编号: 'SL-10' }),
    row('1'),
    ...Array.from({ length: 8 }, (_, index) => row(`many-${index}`, { 获证组织: `第${index % 2}名` })),
    row('2', { 证书编号: 'SL-13' }),
  ])
  const dry = await take(place, path, { mapping: results, context, dryRun: true })
  t.equal(await count(place, 'results'), 0)
  t.equal(await count(place, 'enterprises'), 0)
  const real = await take(place, path, { mapping: results, context })
  const told = async (id: string) =>
    (await listImportRows(place.registry, context, id, { afterRow: 0, limit: 1_000, outcome: null })).map(
      ({ importId: _, entityId: __, ...rest }) => rest,
    )
  t.same(await told(dry.id), await told(real.id))
  const { accepted, unchanged, refused } = real
  t.same({ accepted, unchanged, refused }, { accepted: dry.accepted, unchanged: dry.unchanged, refused: dry.refused })
  t.ok(unchanged === 2 && refused >= 3 && accepted > 11, JSON.stringify({ accepted, unchanged, refused }))
})

t.test('more dry runs at once than the pool has connections all come to their end', { timeout: 60_000 }, async (t) => {
  const place = await newPlace(t)
  const context = as(place, memberActor(await admittedMember(place, 1)))
  const old = await fileOf(t, 'old.csv', `${ownHeader}A1,甲,乙,2024-01-01,2026-12-31,320100\n`)
  const path = join(dirname(old), 'results.csv')
  await writeFile(path, [resultHeader.join(','), resultLine({}), resultLine({})].join('\n'))
  const runs = Array.from({ length: 10 }, (_, index) =>
    index % 2 ? take(place, old, { dryRun: true }) : take(place, path, { mapping: results, context, dryRun: true }),
  )
  for (const view of await Promise.all(runs)) t.match(view, { status: 'finished', accepted: 1 })
})

t.test('a post goes through while a dry run of 20 000 rows of the opening balance lasts', async (t) => {
  const place = await newPlace(t)
  const memberId = await admittedMember(place, 1)
  const header = '证书编号,认证机构,机构批准号,获证组织,统一社会信用代码,有效期起,有效期止,设区市\n'
  const line = (index: number) => `N${index},机构1,CNCA-R-2002-001,无锡某公司,${codes},2024-01-01,2026-12-31,320200\n`
  const path = await fileOf(t, 'long.csv', header + Array.from({ length: 20_000 }, (_, index) => line(index)).join(''))
  const longest: number[] = []
  let rows = 0
  const isEnded = take(place, path, { dryRun: true, options: { onProgress: (view) => (rows = view.rows) } })
  const post = async (number: number) => {
    const input = resultInput.parse(
      bodyOf(`while-${number}`, { enterprise: { creditCode: codes, name: '无锡某公司', cityCode: '320200' } }),
    )
    const began = performance.now()
    const options = { validateOnly: false, idempotencyKey: `key-${number}` }
    const context = as(place, memberActor(memberId))
    t.equal((await postResult(place.registry, context, input, options)).answer.outcome, 'recorded')
    longest.push(performance.now() - began)
  }
  let posts = 0
  while (rows < 19_000) await post(posts++)
  t.ok(posts > 5, `${posts} posts, the slowest took ${Math.round(Math.max(...longest))} ms`)
  t.ok(Math.max(...longest) < 5_000)
  t.match(await isEnded, { status: 'finished', accepted: 20_000, refused: 0 })
  t.equal(await count(place, 'results'), posts)
})

// Turns

t.test('two imports at once and one of each owner; the others wait and give signs of life', async (t) => {
  const place = await newPlace(t)
  const path = await fileOf(t, 'wait.csv', ownHeader)
  const waiting = await start(place, path)
  place.clock.at = new Date(begin.getTime() + 90_000)
  t.equal((await readImport(place.registry, as(place), waiting.id)).status, 'interrupted')
  let onSign = () => {}
  const signed = new Promise<void>((resolve) => (onSign = resolve))
  const queue = importQueue({
    beat: async (importIds) => {
      const ours = importIds.filter((id) => id === waiting.id)
      await keepWaiting(place.registry, ours)
      if (ours.length > 0) onSign()
    },
    beatEveryMs: 5,
  })
  const running: string[] = []
  const ends = new Map<string, () => void>()
  const run = (importId: string, ownerId: string) =>
    queue.run({ importId, ownerId }, async () => {
      running.push(importId)
      await new Promise<void>((resolve) => ends.set(importId, resolve))
      running.splice(running.indexOf(importId), 1)
    })
  const [one, ...others] = [run('a1', 'a'), run('a2', 'a'), run('b1', 'b'), run(waiting.id, 'c')]
  await signed
  t.same(running, ['a1', 'b1'])
  t.match(await readImport(place.registry, as(place), waiting.id), { status: 'running', rows: 0 })
  ends.get('a1')?.()
  await one
  t.same(running, ['b1', 'a2'])
  queue.open()
  await new Promise(setImmediate)
  t.same(running, ['b1', 'a2', waiting.id])
  for (const end of ends.values()) end()
  await Promise.all(others)
})

t.test('an import whose turn comes when the service stops is interrupted, and nothing of it is read', async (t) => {
  const place = await newPlace(t)
  const view = await take(place, await fileOf(t, 'late.csv', ownHeader), { options: { signal: AbortSignal.abort() } })
  t.match(view, { status: 'interrupted', progress: 0, rows: 0, failure: { code: 'import_interrupted' } })
})

// Who may

t.test('the opening balance is the secretariat’s, and a member sees its own imports only', async (t) => {
  const place = await newPlace(t)
  const [mine, theirs] = [
    as(place, memberActor(await admittedMember(place, 1))),
    as(place, memberActor(await admittedMember(place, 2))),
  ]
  const path = await resultsFile(t, [resultLine({})])
  t.equal(await codeOf(start(place, path, { context: mine })), 'forbidden')
  t.equal(
    await codeOf(start(place, path, { mapping: results, context: as(place, { ...secretariat, role: 'regulator' }) })),
    'forbidden',
  )
  const view = await take(place, path, { mapping: results, context: mine })
  t.equal(await codeOf(readImport(place.registry, theirs, view.id)), 'not_found')
  t.equal(
    await codeOf(listImportRows(place.registry, theirs, view.id, { afterRow: 0, limit: 10, outcome: null })),
    'not_found',
  )
  t.equal(await codeOf(importRowsCsv(place.registry, theirs, view.id, 'zh')), 'not_found')
  t.equal(await codeOf(runImport(place.registry, theirs, { importId: view.id, path })), 'not_found')
  const page = { beforeId: null, limit: 10 }
  t.same(await listImports(place.registry, theirs, page), [])
  t.match(await listImports(place.registry, mine, page), [{ id: view.id }])
  t.match(await listImports(place.registry, as(place), page), [{ id: view.id }])
  t.same(await listImports(place.registry, as(place), { ...page, beforeId: view.id }), [])
})

t.test('an import tells the event log its begin, its end, the file’s hash, and what each member got', async (t) => {
  const place = await newPlace(t)
  const view = await take(place, await fileOf(t, 'log.csv', `${ownHeader}A1,甲,乙,2024-01-01,2026-12-31,320100\n`))
  const entries = await place.database.db.execute(
    sql`select action, changes from events where entity = 'import' order by id`,
  )
  t.match(
    [...entries],
    [
      { action: 'import.started', changes: { fileSha256: view.fileSha256 } },
      { action: 'import.certificates_taken', changes: { certificates: 1 } },
      { action: 'import.finished', changes: { fileSha256: view.fileSha256, accepted: 1, refused: 0 } },
    ],
  )
  t.equal(await count(place, `certificates where import_id = '${view.id}'`), 1)
})

t.test(
  'outcomes come as CSV with a byte order mark, in the language asked for, and no cell runs as a formula',
  async (t) => {
    const place = await newPlace(t)
    const view = await take(
      place,
      await fileOf(
        t,
        'formula.csv',
        `${ownHeader}A1,甲,乙,=1+1,2026-12-31,320100\nA2,甲,乙,2024-01-01,2026-12-31,320100\n`,
      ),
    )
    const text = async (language: 'zh' | 'en') => {
      const chunks: string[] = []
      for await (const chunk of await importRowsCsv(place.registry, as(place), view.id, language)) chunks.push(chunk)
      return chunks.join('').split('\r\n')
    }
    t.match(await text('zh'), [
      '\uFEFF行号,结果,登记编号,代码,列,值,原因',
      "2,未收录,,date_does_not_exist,有效期起,'=1+1,有效期起 不是存在的日期（应为 YYYY-MM-DD）。",
      /^3,已收录,[0-9a-f-]{36},,,,$/,
    ])
    t.match(await text('en'), ['\uFEFFrow,outcome,id,code,column,value,reason', /not a day that exists/])
  },
)

// Mappings

t.test('a mapping that was kept fits foreign columns by its name', async (t) => {
  const place = await newPlace(t)
  const columns = {
    scheme: { value: 'abroad' },
    number: 'No',
    bodyName: { value: '某机构' },
    holderName: 'Client',
    validFrom: 'From',
    validUntil: 'To',
    status: { column: 'State', values: { ok: 'valid', '04': 'cancelled' } },
    statusOn: 'Seen',
  }
  const schemes = [{ code: 'abroad', nameZh: '境外', nameEn: 'Abroad', validityMonths: 12 }]
  await saveMapping(place.registry, as(place), 'theirs', {
    kind: 'historical',
    columns,
    schemes,
    further: { remark: 'Remark' },
  })
  t.ok((await listMappings(place.registry, as(place))).some(({ name, isBuiltIn }) => name === 'theirs' && !isBuiltIn))
  const mapping = await mappingNamed(place.database.db, 'theirs')
  const content =
    'To,No,Client,From,State,Seen,Remark\n2026-12-31,A1,乙,2024-01-01,OK,,note\n2026-12-31,A2,乙,2024-01-01,04,2025-01-01,\n'
  const view = await take(place, await fileOf(t, 'theirs.csv', content), { mapping })
  t.match(view, { status: 'finished', accepted: 2 })
  t.equal(await count(place, `certificates where ended_as = 'cancelled'`), 1)
  t.equal(await count(place, `certificates where content->'further'->>'remark' = 'note'`), 1)
})

t.test('a mapping must be whole, and the names of the product’s own are taken', async (t) => {
  const place = await newPlace(t)
  const save = (name: string, json: unknown, actor = secretariat) =>
    codeOf(saveMapping(place.registry, as(place, actor), name, json))
  t.equal(await save('x', { kind: 'historical', columns: { number: 'No' } }), 'columns_missing')
  t.equal(await save('x', { kind: 'historical', columns: { nonsense: 'No' } }), 'field_unknown')
  t.equal(await save('results', { kind: 'results', columns: {} }), 'already_registered')
  t.equal(await save('x', results, memberActor(newId(begin))), 'forbidden')
  t.equal(await codeOf(mappingNamed(place.database.db, 'nobody')), 'mapping_unknown')
})

// The real file

t.test(
  'the real file goes in under two schemes, and the second time changes nothing',
  { skip: withoutRealData },
  async (t) => {
    const place = await newPlace(t)
    const path = join(realDataDir ?? '', 'real-certificates-10k.csv')
    const dry = await take(place, path, { mapping: european, dryRun: true })
    const view = await take(place, path, { mapping: european })

    // 10 176 rows; 9 942 with a body and sane dates: 9 932 new, 9 with the number and first day of another row but other
    // content, 1 that repeats a row exactly. The others: 229 without a body, 4 that end before they begin, 1 on 0000-00-00.
    const counts = { rows: 10_176, accepted: 9_932, newVersions: 9, unchanged: 1, refused: 234 }
    t.match(view, { status: 'finished', ...counts })
    t.match(dry, { status: 'finished', ...counts })
    const reasons = await place.database.db.execute(sql`
    select p->>'code' as code, p->>'path' as column, count(*)::int as rows, bool_and(p ? 'value') as shown
    from import_rows r, jsonb_array_elements(r.problems) p
    where r.import_id = ${view.id} and r.outcome = 'refused' group by 1, 2 order by 3`)
    t.same(
      [...reasons],
      [
        { code: 'date_does_not_exist', column: 'valid_from', rows: 1, shown: true },
        { code: 'validity_reversed', column: 'valid_to', rows: 4, shown: true },
        { code: 'body_missing', column: 'body_name', rows: 229, shown: true },
      ],
    )
    t.ok((await outcomesOf(place, view.id)).includes('10177 refused date_does_not_exist@valid_from=0000-00-00'))

    // One row holds two numbers, so there is one certificate more than rows accepted.
    t.equal(await count(place, 'certificates'), 9_933)
    t.equal(await count(place, 'certificate_versions'), 9)
    const bothNumbers = `number in ('TNPKZRINIG/0104/4284/2016', 'TNPKZRINIG/0104/4284/2016-001')`
    t.equal(await count(place, `certificates where ${bothNumbers} and valid_from = '2016-01-15'`), 2)
    t.equal(await count(place, 'suspensions'), 15)
    const numbers = await count(place, '(select distinct member_id, number from certificates) n')
    const renewals = await count(place, 'certificates where renews_id is not null')
    t.equal(renewals, 9_933 - numbers, 'every period of a number but its first renews one')

    const facts = await factsOf(place)
    place.clock.at = new Date('2026-11-25T02:00:00Z')
    t.match(await take(place, path, { mapping: european }), {
      accepted: 0,
      newVersions: 0,
      unchanged: 9_942,
      refused: 234,
    })
    t.same(await factsOf(place), facts)
  },
)

// Memory

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is really held: what the collector has not come to yet is no growth. */
function bytesInUse(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

t.test('memory does not grow with the file, nor in a dry run', async (t) => {
  const place = await newPlace(t)
  const rows = 25_000
  const lines = Array.from({ length: rows }, (_, index) => {
    const year = 2018 + (index % 5)
    return `N${Math.floor(index / 1.3)},机构${index % 60},企业${index % 20_000},${year}-03-01,${year + 1}-02-28,320100\n`
  })
  const path = await fileOf(t, 'large.csv', [ownHeader, ...lines].join(''))
  lines.length = 0
  for (const dryRun of [true, false]) {
    const seen: number[] = []
    const onProgress = () => seen.push(bytesInUse())
    t.match(await take(place, path, { dryRun, options: { onProgress } }), { status: 'finished', rows, refused: 0 })
    const mebibytes = Math.round((Math.max(...seen.slice(10)) - Math.max(...seen.slice(0, 10))) / 1024 ** 2)
    t.ok(mebibytes < 16, `${mebibytes} MiB more after 25 000 rows than after 10 000, dry run: ${dryRun}`)
  }
})
