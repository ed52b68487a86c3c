import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { sheetMediaType } from '../../src/rest/files.ts'
import { snapshotRegister } from '../../src/usecases/announcements/snapshot-register.ts'
import { startTestServer } from '../support/databases.ts'
import { askGraphql, problemsIn } from '../support/graphql.ts'
import { decided } from '../support/ranking.ts'
import { newService } from '../support/services.ts'

/** Announcements and the December report by REST (N5, N8, N13). */
const server = await startTestServer()
t.teardown(() => server.stop())

const announcement = {
  number: '示例第1号',
  title: '示例：获证企业名单',
  issuingOffices: ['示例办公室'],
  batchYear: 2026,
  announcedOn: '2026-11-20',
}
const lines = [{ enterpriseName: '示例精密机械有限公司', productName: '示例数控车床', certificateNumber: 'SL-one' }]

async function withCertificate() {
  const service = await newService(server)
  await decided(service, 'a', 'one', '2026-09-01')
  service.clock.set('2026-11-20T02:00:00Z')
  const ask = async (
    role: 'secretariat' | 'office' | null,
    method: string,
    url: string,
    payload?: object | Buffer,
    type?: string,
  ) => {
    const headers = role === null ? {} : await service.bearer(role)
    const contentType = type === undefined ? {} : { 'content-type': type }
    const answer = await service.app.inject({
      method: method as 'GET',
      url,
      headers: { ...headers, ...contentType },
      ...(payload === undefined ? {} : { payload }),
    })
    return answer
  }
  return { service, ask }
}

t.test('an announcement from the draft to what a stranger sees', async (t) => {
  const { service, ask } = await withCertificate()
  t.teardown(() => service.close())
  const drafted = await ask('secretariat', 'POST', '/v1/announcements', announcement)
  t.equal(drafted.statusCode, 201)
  const { id } = drafted.json()
  t.same((await ask('secretariat', 'PUT', `/v1/announcements/${id}/lines`, { lines })).json(), {
    lines: 1,
    matched: 1,
    unmatched: [],
    version: 2,
  })
  const workbook = await ask('office', 'GET', `/v1/announcements/${id}/file`)
  t.equal(workbook.headers['content-type'], sheetMediaType)
  const taken = await ask(
    'office',
    'POST',
    `/v1/announcements/${id}/file?dryRun=true`,
    workbook.rawPayload,
    sheetMediaType,
  )
  t.same(taken.json(), { lines: 1, matched: 1, unmatched: [], version: 2 })
  const wrong = await ask(
    'office',
    'POST',
    `/v1/announcements/${id}/file`,
    Buffer.from('企业,产品,证书号\n示例,示例,SL*\n'),
    'text/csv',
  )
  t.match(wrong.json(), { status: 400, errors: [{ code: 'certificate_number_character', path: 'row 2 证书编号' }] })
  t.match((await ask('office', 'POST', `/v1/announcements/${id}/file`, { lines: [] })).json(), {
    code: 'media_type_unsupported',
  })
  const changed = await ask('secretariat', 'PATCH', `/v1/announcements/${id}`, { version: 2, title: '示例：名单' })
  t.match(changed.json(), { title: '示例：名单', version: 3, state: 'draft' })
  t.match((await ask('office', 'PATCH', `/v1/announcements/${id}`, { version: 2, batchYear: 2025 })).json(), {
    code: 'announcement_changed',
    status: 409,
  })
  t.match((await ask('office', 'PATCH', `/v1/announcements/${id}`, { title: 'x' })).json(), { status: 400 })
  t.same((await ask(null, 'GET', '/v1/public/announcements')).json().items, [])
  t.equal((await ask('secretariat', 'POST', `/v1/announcements/${id}/publication`, {})).statusCode, 403)
  t.match((await ask('office', 'POST', `/v1/announcements/${id}/publication`, {})).json(), { state: 'published' })
  t.match((await ask('office', 'DELETE', `/v1/announcements/${id}`)).json(), {
    code: 'announcement_published',
    status: 409,
  })
  const seen = (await ask(null, 'GET', '/v1/public/announcements')).json().items
  t.match(seen, [{ id, number: '示例第1号', batchYear: 2026, publication: { lines: 1 } }])
  t.notOk('recordedBy' in seen[0], 'who wrote it down is nobody’s business')
  t.match((await ask(null, 'GET', `/v1/public/announcements/${id}/products`)).json(), {
    items: [{ isAsAnnounced: true, differences: [], certificateNumber: 'SL-ONE' }],
    nextCursor: null,
  })
  t.match((await ask(null, 'GET', '/v1/public/products?on=2030-01-01')).json().items, [
    { differences: [{ code: 'expired' }], present: { state: 'expired', since: '2029-08-01' } },
  ])
  const totals = await ask(null, 'GET', '/v1/public/products/totals?on=2030-01-01')
  t.match(totals.json(), { announced: { products: 1 }, inForce: { products: 0 }, notInForce: [{ state: 'expired' }] })
  const page = await ask(null, 'GET', '/v1/public/products/page?text=&state=in_force')
  t.match(page.headers['content-type'], /^text\/html/)
  t.match(page.headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-/)
  t.match(page.body, /示例数控车床/)
  t.equal((await ask(null, 'GET', '/v1/public/products?state=gone')).statusCode, 400)
})

t.test('a dashboard reads an announcement by its id, and its lines page by page', async (t) => {
  const { service, ask } = await withCertificate()
  t.teardown(() => service.close())
  const { id } = (await ask('office', 'POST', '/v1/announcements', announcement)).json()
  const more = { enterpriseName: '示例另一公司', productName: '示例产品' }
  await ask('office', 'PUT', `/v1/announcements/${id}/lines`, { lines: [...lines, more] })
  await ask('office', 'POST', `/v1/announcements/${id}/publication`, { unmatchedReason: '示例：早先的名单。' })
  const asked = (after: string | null) => `{
    announcement(id: "${id}") { number issuingOffices version state lines unmatchedReason correctedById }
    announcementLines(announcementId: "${id}", first: 1, after: ${JSON.stringify(after)}) {
      nodes { place effect enterpriseName certificateId unmatchedReason } pageInfo { hasNextPage endCursor } } }`
  const { data } = await askGraphql(service.app, await service.bearer('office'), asked(null))
  t.match(data.announcement, {
    issuingOffices: ['示例办公室'],
    version: 2,
    lines: 2,
    unmatchedReason: '示例：早先的名单。',
    correctedById: null,
  })
  t.match(data.announcementLines, {
    nodes: [{ place: 1, effect: 'listed', certificateId: /^[0-9a-f-]{36}$/, unmatchedReason: null }],
    pageInfo: { hasNextPage: true },
  })
  const next = asked(data.announcementLines.pageInfo.endCursor)
  t.match((await askGraphql(service.app, await service.bearer('secretariat'), next)).data.announcementLines, {
    nodes: [{ place: 2, enterpriseName: '示例另一公司', certificateId: null, unmatchedReason: '示例：早先的名单。' }],
    pageInfo: { hasNextPage: false },
  })
  const unknown = asked(null).replaceAll(id, '01958d5e-0000-7000-8000-000000000000')
  t.same(problemsIn(await askGraphql(service.app, await service.bearer('office'), unknown)).sort(), [
    'not_found@announcementId',
    'not_found@id',
  ])
  for (const role of ['member', 'city_office'] as const)
    t.equal((await askGraphql(service.app, await service.bearer(role), asked(null))).status, 403, role)
})

t.test('a line without a certificate is told to the office, which names one', async (t) => {
  const { service, ask } = await withCertificate()
  t.teardown(() => service.close())
  const { id } = (await ask('office', 'POST', '/v1/announcements', announcement)).json()
  await ask('office', 'PUT', `/v1/announcements/${id}/lines`, {
    lines: [{ ...lines[0], certificateNumber: 'SL-0ne' }],
  })
  await ask('office', 'POST', `/v1/announcements/${id}/publication`, { unmatchedReason: '示例', version: 2 })
  t.match((await ask('secretariat', 'GET', '/v1/announcements/unmatched-lines')).json().items, [
    { place: 1, cause: 'number_unknown', candidates: [] },
  ])
  const { certificates } = (await ask(null, 'GET', '/v1/verify/SL-one')).json()
  t.match(certificates, [{ announcement: null }])
  const [known] = (await ask('secretariat', 'GET', '/v1/certificates')).json().items
  const match = `/v1/announcements/${id}/lines/1/match`
  const named = { certificateId: known.id, reason: '示例：编号误排。' }
  t.equal((await ask('secretariat', 'POST', match, named)).statusCode, 403)
  t.equal((await ask('office', 'POST', match, named)).statusCode, 204)
  t.match((await ask('office', 'POST', match, named)).json(), { code: 'announced_already', status: 409 })
  t.match((await ask(null, 'GET', '/v1/verify/SL-one')).json().certificates, [{ announcement: { id } }])
  t.match((await ask('office', 'GET', `/v1/announcements/${id}`)).json().lines, [{ certificateId: known.id }])
})

t.test('a snapshot is sent as it is kept, packed or not, and its hash is that of the file', async (t) => {
  const { service, ask } = await withCertificate()
  t.teardown(() => service.close())
  await snapshotRegister(service.registry, service.as('administrator'), new AbortController().signal)
  const [snapshot] = (await ask(null, 'GET', '/v1/public/snapshots')).json().items
  for (const file of ['csv', 'json'] as const) {
    const url = `/v1/public/snapshots/2026-11/${file}`
    const plain = await service.app.inject({ url })
    t.equal(createHash('sha256').update(plain.rawPayload).digest('hex'), snapshot[`${file}Sha256`])
    const packed = await service.app.inject({ url, headers: { 'accept-encoding': 'gzip' } })
    t.equal(packed.headers['content-encoding'], 'gzip')
    t.same(gunzipSync(packed.rawPayload), plain.rawPayload)
    for (const { headers, rawPayload } of [plain, packed]) {
      const digest = createHash('sha256').update(rawPayload).digest('base64')
      t.equal(headers['repr-digest'], `sha-256=:${digest}:`, 'RFC 9530: of what was sent')
      t.equal(headers.link, '</v1/public/snapshots/dictionary>; rel="describedby"; type="application/json"')
    }
    t.equal(plain.headers.etag, `"${snapshot[`${file}Sha256`]}"`)
    t.not(packed.headers.etag, plain.headers.etag, 'packed it is another representation')
    const again = await service.app.inject({ url, headers: { 'if-none-match': `W/"x", ${plain.headers.etag}` } })
    t.match(again, { statusCode: 304, body: '', headers: { etag: plain.headers.etag } })
    const other = { 'if-none-match': String(packed.headers.etag) }
    t.equal((await service.app.inject({ url, headers: other })).statusCode, 200)
    const known = { ...other, 'accept-encoding': 'gzip' }
    t.equal((await service.app.inject({ url, headers: known })).statusCode, 304)
  }
  t.equal(snapshot.dictionary, '/v1/public/snapshots/dictionary')
  t.match((await ask(null, 'GET', '/v1/public/snapshots/2026-08/csv')).json(), { code: 'not_found' })
  t.match((await ask(null, 'GET', '/v1/public/snapshots/2026-1/csv')).statusCode, 400)
  const dictionary = (await ask(null, 'GET', '/v1/public/snapshots/dictionary')).json()
  t.equal(dictionary.fields.length, 14)
  t.match(
    dictionary.fields.find(({ name }: { name: string }) => name === 'endedOn'),
    { format: 'day', type: 'string', unit: null, mayBeAbsent: true, absent: { zh: /未撤销/, csv: '', json: null } },
  )
  t.match(
    dictionary.list.find(({ name }: { name: string }) => name === 'csvBytes'),
    { format: 'number', type: 'number', unit: { en: 'bytes' }, absent: null },
  )
  t.same(
    dictionary.list.map(({ name }: { name: string }) => name),
    Object.keys(snapshot).filter((name) => name !== 'dictionary'),
    'the list, too',
  )
})

t.test('the December report by REST, from the draft to the answer of the office', async (t) => {
  const { service, ask } = await withCertificate()
  t.teardown(() => service.close())
  const report = '/v1/annual-reports/2026'
  t.match((await ask('secretariat', 'GET', report)).json(), { code: 'report_not_open', status: 409 })
  service.clock.set('2026-12-05T02:00:00Z')
  t.match((await ask('secretariat', 'GET', report)).json(), { state: 'drafting', dueOn: '2026-12-31' })
  t.match((await ask('secretariat', 'PUT', `${report}/paragraphs/main_work/1`, { text: '示例', version: 0 })).json(), {
    version: 1,
  })
  t.match((await ask('secretariat', 'PUT', `${report}/paragraphs/main_work/1`, { text: '示例', version: 0 })).json(), {
    code: 'paragraph_changed',
  })
  t.match(
    (await ask('secretariat', 'PUT', `${report}/paragraphs/elsewhere/1`, { text: '示例', version: 0 })).statusCode,
    400,
  )
  const frozen = await ask('secretariat', 'POST', `${report}/freezes`, { signer: '示例' })
  t.equal(frozen.statusCode, 201)
  const inLines = { ...(await service.bearer('secretariat')), accept: 'application/x-ndjson' }
  const told = await service.app.inject({
    method: 'POST',
    url: `${report}/freezes`,
    headers: inLines,
    payload: { documentNumber: '示例认联〔2026〕1号', signer: '示例' },
  })
  const steps = told.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.same(
    steps.map(({ step }) => step),
    ['figures', 'ranking', 'annexes', 'document', 'workbook', undefined],
  )
  t.match(steps.at(-1), { freeze: { number: 2 } })
  const refused = await service.app.inject({
    method: 'POST',
    url: '/v1/annual-reports/2030/freezes',
    headers: inLines,
    payload: {},
  })
  t.match(JSON.parse(refused.body), { problem: { code: 'report_not_open' } })
  t.match((await ask('office', 'GET', `${report}/draft`)).json(), {
    content: { year: 2026, figures: { 'certified.period': 1 } },
    since: { freeze: 2, frozenOn: '2026-12-05', isSubmitted: false, isOutdated: false },
    changes: [],
    parts: [],
  })
  await ask('secretariat', 'PUT', `${report}/paragraphs/next_steps/1`, { text: '示例', version: 0 })
  t.match((await ask('office', 'GET', `${report}/draft`)).json(), {
    changes: [],
    parts: [{ part: 'texts', words: { zh: '“八、下一步打算”第1段有变', en: 'next steps: paragraph 1' } }],
  })
  t.match((await ask('office', 'GET', `${report}/figures/certified.period`)).json(), {
    value: 1,
    freeze: 2,
    recovered: { value: 1, isSame: true },
    rows: { items: [{ kind: 'result', onDay: '2026-09-01' }], nextCursor: null },
  })
  t.match((await ask('office', 'GET', `${report}/figures/ranking.place.${service.memberIds.a}`)).json(), {
    value: null,
    unit: '位',
    recovered: null,
  })
  t.equal((await ask('office', 'GET', `${report}/figures/previous.certified.period`)).statusCode, 404)
  t.equal((await ask('office', 'GET', `${report}/figures/nothing`)).statusCode, 404)
  t.ok((await ask('office', 'GET', `${report}/figures`)).json().items.length > 10)
  const page = await ask('office', 'GET', `${report}/preview`)
  t.match(page.headers['content-type'], /^text\/html/)
  t.match(page.headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-/)
  t.match(page.body, '未重新核算')
  t.match((await ask('office', 'GET', `${report}/preview?check=true`)).body, '各项计数和报送用时已重新核算')
  t.equal((await ask('office', 'GET', `${report}/preview?check=perhaps`)).statusCode, 400)
  t.match((await ask('office', 'GET', `${report}/freezes/1/document`)).rawPayload.subarray(0, 2).toString(), 'PK')
  t.match(
    (await ask('office', 'GET', `${report}/freezes/1/annex`)).headers['content-disposition'],
    /annual-report-2026-1\.xlsx/,
  )
  t.match((await ask('office', 'GET', `${report}/freezes/1/recomputation`)).json(), { isSame: true })
  t.match(
    (
      await ask('secretariat', 'POST', `${report}/submission`, {
        freeze: 1,
        documentSha256: frozen.json().documentSha256,
      })
    ).json(),
    { code: 'report_freeze_outdated' },
  )
  const handedIn = { freeze: 2, documentSha256: steps.at(-1).freeze.documentSha256 }
  t.match((await ask('secretariat', 'POST', `${report}/submission`, handedIn)).json(), { state: 'submitted' })
  t.match(
    (await ask('office', 'POST', `${report}/answer`, { verdict: 'acknowledged', words: '示例：收到。' })).json(),
    { state: 'acknowledged' },
  )
  const settings = { name: '示例', addressee: '示例', families: ['services'], regions: 'cities' }
  t.match((await ask('secretariat', 'PUT', '/v1/annual-reports/settings', settings)).json(), { version: 1 })
  t.equal((await ask('secretariat', 'POST', '/v1/annual-reports/2025', {})).statusCode, 201)
  t.equal((await ask('office', 'GET', '/v1/annual-reports')).json().items.length, 2)
})
