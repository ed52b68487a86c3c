import { parse } from 'csv-parse/sync'
import type { InjectOptions } from 'fastify'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { certificateStateNames } from '../../src/domain/certificate.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { dutyNames, obligationStateNames } from '../../src/domain/obligation.ts'
import { newId } from '../../src/ids.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const service = await newService(server, start)
const { app, memberIds } = service
const sql = postgres(service.urls.ownerUrl, { max: 1, onnotice: () => {} })
t.teardown(async () => {
  await sql.end()
  await service.close()
  await server.stop()
})

const secretariat = await service.bearer('secretariat')
const own = { a: await service.bearer('member', 'a'), b: await service.bearer('member', 'b') }

type Row = ReturnType<typeof JSON.parse>

async function send(options: InjectOptions) {
  const { statusCode: status, headers, body: text } = await app.inject(options)
  return { status, headers, text, body: /json/.test(String(headers['content-type'])) ? JSON.parse(text) : undefined }
}

/** @throws Error unless it succeeds */
async function write(
  url: string,
  payload: object | string,
  headers: Record<string, string> = secretariat,
): Promise<Row> {
  const key = { 'idempotency-key': `key-${newId(service.clock.now())}` }
  const { status, text, body } = await send({ method: 'POST', url, headers: { ...key, ...headers }, payload })
  if (status >= 300) throw new Error(`${url}: ${text}`)
  return body
}

const get = async (url: string, headers: Record<string, string> = {}) =>
  send({ url, headers: { ...secretariat, ...headers } })

// ---- A registry with names that are hard on tables

const names = ['=1+2', '+甲', '-乙', '@丙', '逗号,与"引号"', '两行\n名称', '"', ' 前后 ', "'撇号", '；分号；']
const codeOf = (at: number) => makeCreditCode('91', '320100', `MA0XX${300 + at}`)

let suspendable = ''
t.before(async () => {
  for (const [at, name] of names.entries()) {
    const enterprise = { creditCode: codeOf(at), name, cityCode: '320100' }
    const member = at % 3 === 0 ? 'b' : 'a'
    await write('/v1/assignments', {
      memberId: memberIds[member],
      enterprise,
      kind: 'product',
      productName: name,
      family: 'manufacturing',
      standards: ['Q/EXAMPLE 001-2025'],
      mode: 'secretariat_assigned',
      assignedOn: `2026-10-${String(1 + Math.floor(at / 2)).padStart(2, '0')}`,
    })
    const day = `2026-11-${String(3 + Math.floor(at / 3)).padStart(2, '0')}`
    const posted = await write(
      '/v1/results',
      resultBody(
        { enterprise, memberReference: `R-${at}`, decidedOn: day },
        { number: `L-${at}`, issuedOn: day, validUntil: '2029-10-31', product: { name, models: [name, '=cmd'] } },
      ),
      own[member],
    )
    const report = posted.obligations.find(({ duty }: Row) => duty === 'report_to_cnca')
    if (at % 2 === 0)
      await write(`/v1/obligations/${report.id}/receipts`, { reportedOn: '2026-11-20', evidence: '=示例' }, own[member])
    await send({ method: 'POST', url: '/v1/results', headers: own[member], payload: { memberReference: `bad-${at}` } })
    await write('/v1/members', {
      name,
      approvalNumber: `CNCA-R-2098-${100 + at}`,
      creditCode: makeCreditCode('91', '320200', `MA0XX${300 + at}`),
    })
    const file = `kind,memberReference,enterprise.creditCode,enterprise.name,family,decidedOn\nissue,=2+${at},x,示例,manufacturing,2026-11-16\nissue,I-${at},y,"示,例",manufacturing,2026-11-16\n`
    const imported = await write(`/v1/imports?fileName=f${at}.csv`, file, {
      ...own[member],
      'content-type': 'text/csv',
    })
    await finished(imported.id)
  }
  suspendable = (await get('/v1/certificates?limit=1')).body.items[0].id
  await write(`/v1/certificates/${suspendable}/actions`, {
    action: 'suspend',
    on: '2026-11-18',
    untilOn: '2027-01-18',
    reasonCode: 'holder_request',
  })
})

async function finished(id: string): Promise<void> {
  const until = performance.now() + 20_000
  while ((await get(`/v1/imports/${id}`)).body.status === 'running') {
    if (performance.now() > until) throw new Error('the import does not end')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

// ---- Pages

const lists: Record<string, readonly string[]> = {
  members: ['', 'standing=admitted', 'name=%3D'],
  enterprises: ['', 'cityCode=320100'],
  assignments: ['', 'answer=waiting'],
  results: ['', 'decidedFrom=2026-11-04'],
  certificates: ['', 'state=valid', 'expiringWithinDays=3000'],
  obligations: ['', 'state=overdue', 'duty=report_to_cnca', 'on=2026-11-06'],
  attempts: ['', `memberId=${memberIds.a}`],
  imports: [''],
  events: ['', 'entity=member'],
}

async function allPages(list: string, query: string, limit: number): Promise<{ rows: Row[]; pages: number }> {
  const rows: Row[] = []
  let cursor = ''
  for (let pages = 1; ; pages += 1) {
    const { status, body, text } = await get(`/v1/${list}?${query}&limit=${limit}${cursor}`)
    if (status !== 200) throw new Error(text)
    rows.push(...body.items)
    if (body.items.length > limit) throw new Error('a page is longer than was asked for')
    if (body.nextCursor === null) return { rows, pages }
    cursor = `&cursor=${body.nextCursor}`
  }
}

t.test('paging brings every row once, whatever the size of the page', async (t) => {
  for (const [list, queries] of Object.entries(lists)) {
    for (const query of queries) {
      const whole = await allPages(list, query, 500)
      t.ok(whole.rows.length > (query === '' ? 2 : 0), `${list}?${query}: ${whole.rows.length} rows`)
      t.equal(whole.pages, 1)
      for (const limit of [1, 2, 3, whole.rows.length]) {
        const { rows, pages } = await allPages(list, query, limit)
        t.same(rows, whole.rows, `${list}?${query} by ${limit}`)
        t.equal(pages, Math.ceil(whole.rows.length / limit), `${list}?${query} by ${limit}: no empty last page`)
      }
      t.equal(new Set(whole.rows.map(({ id }) => id)).size, whole.rows.length, `${list}?${query}: no row twice`)
    }
  }
})

t.test('a list is whole: it holds as many rows as were written', async (t) => {
  const counted = {
    members: 'members',
    enterprises: 'enterprises',
    assignments: 'assignments',
    certificates: 'certificates',
    obligations: 'obligations',
    attempts: 'attempts',
    imports: 'imports',
    events: 'events',
  }
  for (const [list, table] of Object.entries(counted)) {
    const [row] = await sql`select count(*)::int as count from ${sql(table)}`
    t.equal((await allPages(list, '', 500)).rows.length, row?.count, list)
  }
})

t.test('a row that is written while somebody pages neither repeats nor hides another', async (t) => {
  const first = (await get('/v1/enterprises?limit=4')).body
  await write('/v1/enterprises', { creditCode: codeOf(90), name: '"', cityCode: '320100' })
  const rest: Row[] = []
  for (let cursor = first.nextCursor; cursor !== null; ) {
    const { body } = await get(`/v1/enterprises?limit=4&cursor=${cursor}`)
    rest.push(...body.items)
    cursor = body.nextCursor
  }
  const ids = [...first.items, ...rest].map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  for (const at of names.keys())
    t.ok(
      [...first.items, ...rest].some(({ creditCode }) => creditCode === codeOf(at)),
      `${names[at]}`,
    )
})

t.test('the rows of an import are paged by row number', async (t) => {
  const [{ id }] = (await get('/v1/imports?limit=1')).body.items
  const page = async (query: string) =>
    (await get(`/v1/imports/${id}/rows?${query}`)).body.items.map(({ rowNumber }: Row) => rowNumber)
  const all = await page('')
  t.equal(all.length, 2)
  t.same(await page('limit=1'), [all[0]])
  t.same(await page(`limit=1&afterRow=${all[0]}`), [all[1]])
  t.same(await page(`afterRow=${all[1]}`), [])
})

// ---- CSV

const asCsv = { accept: 'text/csv' }
const english = { ...asCsv, 'accept-language': 'en' }

/** What a cell must say of a row of JSON: the value under its heading, but for these. */
const cells: Record<string, (row: Row) => unknown> = {
  dutyName: (row) => dutyNames[row.duty as keyof typeof dutyNames][1],
  stateName: (row) =>
    'duty' in row
      ? obligationStateNames[row.state as keyof typeof obligationStateNames][1]
      : certificateStateNames[row.state as keyof typeof certificateStateNames][1],
  lateCalendarDays: (row) => row.lateness?.calendarDays,
  lateWorkingDays: (row) => row.lateness?.workingDays,
  issuingBody: (row) => row.content.issuingBody,
}

function cellOf(row: Row, heading: string): string {
  if (!(heading in cells) && !(heading in row)) throw new Error(`no ${heading}`)
  const value = cells[heading] ? cells[heading](row) : row[heading]
  const text = value === null || value === undefined ? '' : String(value)
  return typeof value === 'string' && /^[=+\-@]/.test(text) ? `'${text}` : text
}

const recordsOf = (text: string): string[][] =>
  parse(text, { bom: true, record_delimiter: '\r\n', relax_column_count: false })

t.test('a list as CSV says the same as the list as JSON, row for row', async (t) => {
  for (const list of ['members', 'enterprises', 'certificates', 'obligations']) {
    for (const query of lists[list]!) {
      const { rows } = await allPages(list, query, 500)
      const { status, headers, text } = await get(`/v1/${list}?${query}`, english)
      t.match(
        { status, headers },
        {
          status: 200,
          headers: {
            'content-type': 'text/csv; charset=utf-8',
            'content-disposition': `attachment; filename="${list}.csv"`,
            vary: /accept/,
          },
        },
        `${list}?${query}`,
      )
      t.ok(text.startsWith('\ufeff'), 'with a byte-order mark, for spreadsheets')
      const [headings = [], ...records] = recordsOf(text)
      t.same(
        records,
        rows.map((row) => headings.map((heading) => cellOf(row, heading))),
        `${list}?${query}`,
      )
    }
  }
})

t.test('no cell begins as a formula does', async (t) => {
  const texts = await Promise.all(
    ['members', 'enterprises', 'certificates', 'obligations'].map((list) => get(`/v1/${list}`, asCsv)),
  )
  const [{ id }] = (await get('/v1/imports?limit=1')).body.items
  texts.push(await get(`/v1/imports/${id}/rows`, asCsv))
  let guarded = 0
  for (const { text } of texts) {
    for (const cell of recordsOf(text).flat()) {
      t.notMatch(cell, /^[=+\-@\t\r]/)
      if (/^'[=+\-@]/.test(cell)) guarded += 1
    }
  }
  t.ok(guarded > 8, `${guarded} cells are guarded`)
})

t.test('the limit and the cursor play no part in a CSV', async (t) => {
  const { text } = await get('/v1/enterprises', asCsv)
  t.equal((await get('/v1/enterprises?limit=1', asCsv)).text, text)
  t.match(
    (await get('/v1/enterprises?limit=0', asCsv)).body,
    { code: 'field_invalid', status: 400 },
    'but must be right',
  )
})

t.test('a list without rows is a heading as CSV', async (t) => {
  const { text } = await get('/v1/enterprises?name=nobody', english)
  t.same(recordsOf(text), [['id', 'name', 'creditCode', 'cityCode', 'family', 'industryCode', 'country']])
})

t.test('headings are Chinese unless English is preferred', async (t) => {
  const headingsFor = async (list: string, language: Record<string, string>) =>
    recordsOf((await get(`/v1/${list}`, { ...asCsv, ...language })).text)[0]!
  for (const list of ['members', 'enterprises', 'certificates', 'obligations']) {
    const chinese = await headingsFor(list, {})
    t.ok(
      chinese.every((heading) => /\p{Script=Han}/u.test(heading)),
      chinese.join(),
    )
    t.equal(new Set(chinese).size, chinese.length)
    t.same(await headingsFor(list, { 'accept-language': 'zh-CN,en;q=0.5' }), chinese)
    if (list === 'certificates')
      t.match((await get(`/v1/${list}`, asCsv)).text, /,暂停,/, 'and so are the words of states')
    const en = await headingsFor(list, { 'accept-language': 'en-GB,zh;q=0.5' })
    t.ok(
      en.every((heading) => /^[A-Za-z]+$/.test(heading)),
      en.join(),
    )
    t.equal(en.length, chinese.length)
  }
})

t.test('what is answered follows what is asked for', async (t) => {
  const cases: [accept: string | undefined, type: 'json' | 'csv'][] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV', 'csv'],
    ['text/*', 'csv'],
    ['text/csv;q=0.5, application/json', 'json'],
    ['text/csv, application/json;q=0.5', 'csv'],
    ['application/json;q=0, text/csv', 'csv'],
    ['text/csv;q=0, */*', 'json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['image/png', 'json'],
    ['nonsense', 'json'],
    ['', 'json'],
  ]
  for (const [accept, type] of cases) {
    const { status, headers } = await get('/v1/enterprises?limit=1', accept === undefined ? {} : { accept })
    t.match(
      { status, type: headers['content-type'] },
      { status: 200, type: type === 'csv' ? /^text\/csv/ : /^application\/json/ },
      String(accept),
    )
  }
  t.match((await get('/v1/results', asCsv)).headers['content-type'], /^application\/json/, 'a list that has no table')
})

t.test('a refusal of a list as CSV is a problem document', async (t) => {
  const { status, headers, body } = await get('/v1/obligations?on=2026-02-30', asCsv)
  t.match(
    { status, headers, body },
    { status: 400, headers: { 'content-type': /^application\/problem\+json/ }, body: { code: 'date_does_not_exist' } },
  )
  t.match((await send({ url: '/v1/obligations', headers: asCsv })).body, { code: 'unauthenticated' })
})

t.test('a long list as CSV comes in pieces, and whole', async (t) => {
  const [pattern] = await sql`select * from obligations limit 1`
  const rows = Array.from({ length: 3_000 }, (_, at) => ({
    ...pattern,
    id: newId(new Date(start)),
    cause_key: `many:${at}`,
    subject: `许多 ${at}`,
    city_code: '321300',
  }))
  for (let at = 0; at < rows.length; at += 500) await sql`insert into obligations ${sql(rows.slice(at, at + 500))}`
  const { statusCode, stream } = await streamed('/v1/obligations?cityCode=321300')
  t.equal(statusCode, 200)
  const chunks: string[] = []
  for await (const chunk of stream) chunks.push(String(chunk))
  t.ok(chunks.length > 5, `${chunks.length} pieces`)
  const [headings = [], ...records] = recordsOf(chunks.join(''))
  t.equal(records.length, 3_000)
  const id = headings.indexOf('id')
  t.same(new Set(records.map((record) => record[id])), new Set(rows.map((row) => row.id)))
  await sql`delete from obligations where city_code = '321300'`
})

async function streamed(url: string) {
  const answer = await app.inject({ url, headers: { ...secretariat, ...english }, payloadAsStream: true })
  return { statusCode: answer.statusCode, stream: answer.stream() }
}

// ---- A day in the past

async function statesOn(t: Test, list: string, day: string): Promise<Record<string, string>> {
  const { rows } = await allPages(list, `on=${day}`, 500)
  const records = recordsOf((await get(`/v1/${list}?on=${day}`, english)).text)
  t.equal(records.length - 1, rows.length, `${list} on ${day}: as CSV as well`)
  return Object.fromEntries(rows.map((row) => [row.id, row.state ?? String(row.standing)]))
}

t.test('a list on a day in the past shows what stood on that day', async (t) => {
  const { rows: certificates } = await allPages('certificates', '', 500)
  const onThird = await statesOn(t, 'certificates', '2026-11-03')
  for (const { id, validFrom } of certificates)
    t.equal(onThird[id], validFrom <= '2026-11-03' ? 'valid' : 'not_yet_valid', validFrom)
  t.equal((await statesOn(t, 'certificates', '2026-11-17'))[suspendable], 'valid')
  t.equal((await statesOn(t, 'certificates', '2026-11-18'))[suspendable], 'suspended')

  const { rows: obligations } = await allPages('obligations', '', 500)
  const onSixth = await statesOn(t, 'obligations', '2026-11-04')
  for (const { id, openedOn, duty, metOn } of obligations) {
    if (openedOn > '2026-11-04') t.notOk(id in onSixth, `${duty} of ${openedOn} was not there yet`)
    else t.match(onSixth[id], /^(open|due_soon)$/, `${duty} of ${openedOn}, met on ${metOn}, was open`)
  }
  t.ok(Object.values(await statesOn(t, 'obligations', '2026-11-20')).includes('met_late'))

  t.ok(Object.values(await statesOn(t, 'members', '2024-01-01')).every((standing) => standing === 'null'))
  t.equal((await statesOn(t, 'members', '2024-01-02'))[memberIds.a], 'admitted')
})

t.test('a list on a day far away is answered soon', async (t) => {
  for (const day of ['1900-01-01', '2999-12-31']) {
    for (const list of ['obligations', 'certificates', 'members']) {
      const began = performance.now()
      const { status, text } = await get(`/v1/${list}?on=${day}&limit=500`)
      t.equal(status, 200, `${list} on ${day}: ${text.slice(0, 200)}`)
      t.ok(performance.now() - began < 2_000, `${list} on ${day}: ${Math.round(performance.now() - began)} ms`)
    }
  }
})
