import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import ExcelJS from 'exceljs'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import type { Role } from '../../src/domain/access.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody } from '../support/services.ts'

const begin = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const service = await newService(server, begin)
t.teardown(async () => {
  await service.close()
  await server.stop()
})

type Json = ReturnType<typeof JSON.parse>
type Asker = { role?: Role; member?: 'a' | 'b' }

async function ask(options: InjectOptions, { role = 'secretariat', member = 'a' }: Asker = {}) {
  const headers = { ...(await service.bearer(role, member)), ...options.headers }
  const { statusCode: status, body: text, headers: answered } = await service.app.inject({ ...options, headers })
  const isJson = /json/.test(String(answered['content-type']))
  return { status, text, headers: answered, body: (isJson ? JSON.parse(text) : undefined) as Json }
}

const header = 'number,holderName,holderCreditCode,issuedOn,validFrom,validUntil,state\n'
const firm = '示例精密机械有限公司,91320100MA0XX00154'

async function send(payload: string | Buffer, query = '', asker: Asker = {}, type = 'text/csv') {
  return ask({ method: 'POST', url: `/v1/reconciliations?${query}`, headers: { 'content-type': type }, payload }, asker)
}

/** Sends a list and answers how its reconciliation ended. */
async function reconciled(payload: string | Buffer, query = '', asker: Asker = {}, type = 'text/csv'): Promise<Json> {
  const { status, body, text, headers } = await send(payload, query, asker, type)
  if (status !== 202) throw new Error(text)
  const url = String(headers.location)
  t.equal(url, `/v1/reconciliations/${body.id}`)
  const until = performance.now() + 30_000
  for (;;) {
    const { body: view } = await ask({ url }, asker)
    if (view.status !== 'running') return view
    if (performance.now() > until) throw new Error('the reconciliation does not end')
    await delay(10)
  }
}

t.before(async () => {
  for (const name of ['1', '2', '-3']) {
    const payload = resultBody({ memberReference: `R-${name}` }, { number: name === '-3' ? name : `SL-${name}` })
    const headers = { 'idempotency-key': name }
    const { status, text } = await ask({ method: 'POST', url: '/v1/results', payload, headers }, { role: 'member' })
    if (status !== 201) throw new Error(text)
  }
})

t.test('a list is sent, laid beside ours, worked through and concluded', async (t) => {
  const view = await reconciled(
    `${header}SL-1,${firm},2026-11-17,2026-11-17,2029-11-17,01\n`,
    'source=cnca&fileName=cnca.csv',
  )
  t.match(view, {
    source: 'cnca',
    fileName: 'cnca.csv',
    madeOn: '2026-11-20',
    status: 'finished',
    counts: { rows: 1, matched: 1, agreeing: 0, entries: { valid_until: 1, missing_there: 2 } },
    kinds: [{}, {}],
  })
  const entries = (await ask({ url: `/v1/reconciliations/${view.id}/entries?kind=valid_until` })).body.items
  t.match(entries, [
    { kind: 'valid_until', number: 'SL-1', oursSays: '2029-11-16', theirsSays: '2029-11-17', state: 'open' },
  ])
  const url = `/v1/reconciliations/${view.id}/entries/${entries[0].id}`
  const owned = await ask({ method: 'POST', url: `${url}/owner`, payload: { owner: '示例经办人' } })
  t.match(owned, { status: 201, body: { owner: '示例经办人', state: 'open' } })
  const payload = { conclusion: 'theirs_to_correct', note: '=示例' }
  const concluded = await ask({ method: 'POST', url: `${url}/conclusion`, payload })
  t.match(concluded, { status: 201, body: { state: 'concluded', conclusion: { ...payload, carriedFromId: null } } })
  t.match(await ask({ method: 'POST', url: `${url}/conclusion`, payload }), {
    status: 422,
    body: { code: 'nothing_changes' },
  })
  t.match(await ask({ method: 'POST', url: `${url}/conclusion`, payload: { conclusion: 'whatever' } }), {
    status: 400,
    body: { code: 'field_invalid' },
  })
  const open = await ask({ url: `/v1/reconciliations/${view.id}/entries?state=open&limit=1` })
  t.equal(open.body.items.length, 1)
  t.type(open.body.nextCursor, 'string')
  t.equal((await ask({ url: '/v1/reconciliations?limit=1' })).body.items[0].id, view.id)

  const csv = await ask({ url: `/v1/reconciliations/${view.id}/entries`, headers: { accept: 'text/csv' } })
  const rows = parse(csv.text, { bom: true, columns: true }) as Record<string, string>[]
  t.same(rows.length, 3)
  t.match(
    rows.find(({ 事项 }) => 事项 === 'valid_until'),
    {
      证书编号: 'SL-1',
      事项名称: '有效期截止日不一致',
      本系统: '2029-11-16',
      对方: '2029-11-17',
      经办人: '示例经办人',
      结论: '应由对方更正',
      说明: "'=示例",
    },
  )
})

t.test('a workbook is taken like a table of text', async (t) => {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('证书')
  sheet.addRow(['证书编号', '获证组织', '有效期止', '证书状态'])
  for (const number of ['SL-1', 'SL-2', '-3'])
    sheet.addRow([number, '示例精密机械有限公司', new Date('2029-11-16'), '有效'])
  const view = await reconciled(Buffer.from(await book.xlsx.writeBuffer()), '', {}, 'application/octet-stream')
  t.match(view, { status: 'finished', counts: { rows: 3, agreeing: 3, entries: {} } })
})

t.test('our certificates in the shape of the list, sent back, leave nothing to do', async (t) => {
  const list = await ask({ url: '/v1/reconciliations/export' })
  t.match(list, {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="regulator-list.csv"',
    },
  })
  t.ok(list.text.startsWith('\ufeff证书编号,认证机构,'), 'with a byte-order mark, in the order of the mapping')
  t.match(list.text, /\r\n'-3,/, 'what begins as a formula does is made harmless')
  t.match(await reconciled(list.text, 'covers=all'), { counts: { rows: 3, agreeing: 3, entries: {} } })
  const columns = { number: '证书号', state: { column: '状态码', values: { '01': 'valid' } } }
  const mapping = { kind: 'regulator_list', columns: { ...columns, holderName: '名称' }, order: ['state', 'number'] }
  t.equal((await ask({ method: 'PUT', url: '/v1/import-mappings/cnca-form', payload: mapping })).status, 200)
  const own = await ask({ url: '/v1/reconciliations/export?mapping=cnca-form&number=SL-2' }, { role: 'member' })
  t.equal(own.text, '\ufeff状态码,证书号\r\n01,SL-2\r\n')
  t.equal(
    (await ask({ url: '/v1/reconciliations/export?mapping=cnca-form' }, { role: 'member', member: 'b' })).text,
    '\ufeff状态码,证书号\r\n',
  )
})

t.test('what cannot be reconciled is refused with its reason', async (t) => {
  const refused: [string, string, Asker, number, string][] = [
    ['an unknown mapping', 'mapping=nobody', {}, 422, 'mapping_unknown'],
    ['a mapping of results', 'mapping=results', {}, 422, 'mapping_unfit'],
    ['a member’s list of nobody', 'source=member', {}, 422, 'member_missing'],
    ['a day to come', 'madeOn=2026-11-21', {}, 422, 'day_in_future'],
    ['a list of another member', `memberId=${service.memberIds.a}`, { role: 'member', member: 'b' }, 404, 'not_found'],
    ['another role', '', { role: 'office' }, 403, 'forbidden'],
    ['an unknown parameter', 'dryRun=true', {}, 400, 'field_unknown'],
  ]
  for (const [name, query, asker, status, code] of refused)
    t.match(await send(header, query, asker), { status, body: { code } }, name)
  t.match(await send('{}', '', {}, 'application/json'), { status: 415, body: { code: 'media_type_unsupported' } })
  const toImport = await ask({
    method: 'POST',
    url: '/v1/imports?mapping=regulator-list',
    headers: { 'content-type': 'text/csv' },
    payload: header,
  })
  t.match(toImport, { status: 422, body: { code: 'mapping_unfit' } })
  t.match(await ask({ url: '/v1/reconciliations/export?mapping=results' }), {
    status: 422,
    body: { code: 'mapping_unfit' },
  })
})

t.test('a list that fails says why in the reader’s language, and has no work list', async (t) => {
  const empty = await reconciled(header)
  t.match(empty, { status: 'failed', counts: null, kinds: [], failure: { code: 'list_empty', detail: /空清单/ } })
  const entries = await ask({ url: `/v1/reconciliations/${empty.id}/entries`, headers: { 'accept-language': 'en' } })
  t.match(entries, {
    status: 409,
    body: { code: 'reconciliation_unfinished', detail: 'The reconciliation has not been finished.' },
  })
  t.match(await reconciled('number,validUntil\nSL-1,2029-11-16\n'), { failure: { code: 'columns_missing' } })
  const foreign = await reconciled('number,holderName,bodyName\nSL-1,x,示例甲认证中心\n', 'source=member', {
    role: 'member',
    member: 'b',
  })
  t.match(foreign, {
    status: 'failed',
    failure: { code: 'row_of_another_member', path: 'bodyName', value: '示例甲认证中心' },
  })
})
