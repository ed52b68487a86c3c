import { createHmac } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { isPublicAddress, publicLookup } from '../../src/delivery/addresses.ts'
import { mailCarrier } from '../../src/delivery/mail.ts'
import { webhookCarrier } from '../../src/delivery/webhook.ts'
import { deliveryAttemptsMax } from '../../src/domain/delivery.ts'
import { claimDeliveries } from '../../src/store/notice-deliveries.ts'
import { addCounts } from '../../src/usecases/jobs/in-batches.ts'
import type { Carriers } from '../../src/usecases/notices/deliver-notices.ts'
import { deliveriesQuery, readDeliveries, retryDelivery } from '../../src/usecases/notices/manage-deliveries.ts'
import {
  addRecipient,
  readRecipients,
  recipientInput,
  recipientsQuery,
  removeRecipient,
} from '../../src/usecases/notices/manage-recipients.ts'
import {
  createWebhook,
  readWebhooks,
  removeWebhook,
  webhookInput,
  webhooksQuery,
} from '../../src/usecases/webhooks/manage-webhooks.ts'
import { replayWebhook } from '../../src/usecases/webhooks/replay-webhook.ts'
import { bodyOf, codesOf, posted, race, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { addMail, noCarriers, run, runOn, said } from '../support/notices.ts'
import { mailReceiver, webhookReceiver } from '../support/receivers.ts'
import type { TestRegistry } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, start)
const hooks = await webhookReceiver()
t.teardown(() => hooks.close())
const unknownId = '01958d5e-0000-7000-8000-000000000000'

const webhook = webhookCarrier({ toPrivateAddresses: true, plainHttp: true, timeoutMs: 30_000 })
const impatient: Carriers = {
  email: null,
  webhook: webhookCarrier({ toPrivateAddresses: true, plainHttp: true, timeoutMs: 400 }),
}
const carriers: Carriers = { email: null, webhook }
const deliver = async (test: Pick<TestRegistry, 'registry'>, by: Carriers = carriers) =>
  addCounts(await run(test, 'deliver-mails', by), await run(test, 'deliver-webhooks', by))

t.beforeEach(() => {
  hooks.posts.length = 0
  hooks.answer((_post, response) => void response.writeHead(200).end())
})

const hook = (test: TestRegistry, changes: object = {}, as: Parameters<TestRegistry['as']> = ['member']) =>
  createWebhook(test.registry, test.as(...as), webhookInput.parse({ url: hooks.url, ...changes }), { plainHttp: true })

/** A reminder that was said to member a. */
async function reminded(test: TestRegistry, name = '0001'): Promise<void> {
  await posted(test, bodyOf(name))
  await runOn(test, 'obligation-notices', '2026-11-23')
}

const deliveries = async (test: TestRegistry, state?: string) =>
  (await readDeliveries(test.registry, test.as('administrator'), deliveriesQuery.parse({ state }))).items

const minutesLater = (test: TestRegistry, minutes: number) =>
  test.clock.set(new Date(test.registry.clock.now().getTime() + minutes * 60_000).toISOString())

// ---- Webhooks

story('a notice is posted once, signed as Standard Webhooks has it, with the id that the list has', async (test, t) => {
  const { secret } = await hook(test)
  await reminded(test)
  t.same(await deliver(test), { delivered: 1, failed: 0 })
  t.same(await deliver(test), { delivered: 0, failed: 0 })
  const [{ headers, body }] = hooks.posts as [(typeof hooks.posts)[number]]
  const [notice] = await said(test)
  t.same(JSON.parse(body), JSON.parse(JSON.stringify(notice)))
  t.equal(headers['webhook-id'], String(notice?.id))
  t.equal(headers['webhook-timestamp'], String(Date.parse('2026-11-23T01:00:00Z') / 1_000))
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  t.equal(key.length, 32)
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  t.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
})

story('whatever goes wrong at the other side is tried again later, until it is taken', async (test, t) => {
  await hook(test)
  await reminded(test)
  const failures: [string, (response: ServerResponse) => void, RegExp][] = [
    ['it answers 500', (response) => void response.writeHead(500).end('no'), /^answered 500$/],
    ['it sends elsewhere', (response) => void response.writeHead(302, { location: hooks.url }).end(), /^answered 302$/],
    ['it hangs', () => undefined, /^no answer within 0\.4 seconds$/],
    ['it hangs up', (response) => void response.destroy(), /^ECONNRESET$/],
  ]
  for (const [story, answer, words] of failures) {
    hooks.answer((_post, response) => answer(response))
    const by = story === 'it hangs' ? impatient : carriers
    t.same(await deliver(test, by), { delivered: 0, failed: 1 }, story)
    t.same(await deliver(test), { delivered: 0, failed: 0 }, 'not at once')
    const [waiting] = await deliveries(test, 'waiting')
    t.match(waiting?.lastError, words, story)
    t.notMatch(waiting?.lastError, /example-token/, 'the address is not in it')
    minutesLater(test, 60)
  }
  hooks.answer((_post, response) => void response.writeHead(204).end())
  t.same(await deliver(test), { delivered: 1, failed: 0 })
  t.match(await deliveries(test, 'delivered'), [{ attempts: 5, lastError: null, deliveredAt: Date }])
  t.equal(hooks.posts.length, failures.length + 1)
  t.equal(new Set(hooks.posts.map(({ headers }) => headers['webhook-id'])).size, 1, 'always with the same id')
})

story('an answer without an end is not read to it', async (test, t) => {
  await hook(test)
  await reminded(test)
  let written = 0
  hooks.answer((_post, response) => {
    response.writeHead(200)
    const more = () => {
      while (!response.destroyed && written < 100_000_000) {
        written += 65_536
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more)
      }
    }
    more()
  })
  t.same(await deliver(test), { delivered: 1, failed: 0 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.ok(written < 50_000_000, `${written} bytes were written before it was cut off`)
})

story('what is never taken becomes a dead letter, which may be tried again by hand', async (test, t) => {
  await hook(test)
  await reminded(test)
  hooks.answer((_post, response) => void response.writeHead(503).end())
  for (let attempt = 1; attempt <= deliveryAttemptsMax; attempt += 1) {
    t.same(await deliver(test), { delivered: 0, failed: 1 }, `attempt ${attempt}`)
    minutesLater(test, 721)
  }
  t.same(await deliver(test), { delivered: 0, failed: 0 }, 'given up')
  const [dead] = await deliveries(test, 'dead')
  t.match(dead, {
    attempts: deliveryAttemptsMax,
    lastError: 'answered 503',
    givenUpAt: Date,
    kind: 'obligation',
    stage: 'reminder',
  })
  const retry = (id = dead?.id ?? '') => retryDelivery(test.registry, test.as('administrator'), id)
  t.match(await retry(), { givenUpAt: null, attempts: 0 })
  t.same(await codesOf(retry()), ['delivery_not_dead'])
  t.same(await codesOf(retry(unknownId)), ['not_found'])
  t.same(await codesOf(retryDelivery(test.registry, test.as('secretariat'), unknownId)), ['forbidden'])
  hooks.answer((_post, response) => void response.writeHead(200).end())
  t.same(await deliver(test), { delivered: 1, failed: 0 })
  t.same(await deliveries(test, 'dead'), [])
})

story('a delivery whose process was killed in the middle is sent again once its lease has passed', async (test, t) => {
  await hook(test)
  await reminded(test)
  // As a process leaves it that claimed it and was killed: taken, never settled.
  const now = test.registry.clock.now()
  const until = new Date(now.getTime() + 120_000)
  t.equal(
    (await claimDeliveries(test.registry.db, { channel: 'webhook', now, until, limit: 10, perTarget: 2 })).length,
    1,
  )
  t.same(await deliver(test), { delivered: 0, failed: 0 }, 'it is not anybody else’s yet')
  minutesLater(test, 2)
  t.same(await deliver(test), { delivered: 1, failed: 0 })
  t.equal(hooks.posts.length, 1)
})

story('processes side by side send different deliveries', async (test, t) => {
  await hook(test)
  await Promise.all(Array.from({ length: 30 }, (_, n) => posted(test, bodyOf(`n${n}`))))
  await runOn(test, 'obligation-notices', '2026-11-23')
  const counts = await Promise.all([deliver(test), deliver(test), deliver(test)])
  t.equal(
    counts.reduce((sum, { delivered = 0 }) => sum + delivered, 0),
    30,
  )
  t.equal(new Set(hooks.posts.map(({ headers }) => headers['webhook-id'])).size, 30)
  t.equal(hooks.posts.length, 30)
})

story('a member is told its own; the secretariat everything; each of the kinds that it asked for', async (test, t) => {
  await hook(test, {}, ['member', 'a'])
  await hook(test, {}, ['member', 'b'])
  await hook(test, { kinds: ['certificate_expiry'] }, ['member', 'a'])
  await hook(test, {}, ['secretariat'])
  await reminded(test)
  t.same(await deliver(test), { delivered: 2, failed: 0 })
})

story('a webhook is replayed from an id on, whatever became of the deliveries', async (test, t) => {
  const { id } = await hook(test)
  await posted(test, bodyOf('0001'))
  await runOn(test, 'obligation-notices', '2026-11-23', '2026-11-26', '2026-12-03')
  await deliver(test)
  const received = () => hooks.posts.map(({ headers }) => Number(headers['webhook-id'])).sort((a, b) => a - b)
  const ids = received()
  t.equal(ids.length, 4)
  hooks.posts.length = 0
  const replay = (afterId: number, as: Parameters<TestRegistry['as']> = ['member']) =>
    replayWebhook(test.registry, test.as(...as), id, { afterId })
  t.same(await replay(ids[1] ?? 0), { queued: 2, lastId: ids[3], hasMore: false })
  await deliver(test)
  t.same(received(), ids.slice(2))
  t.same(await replay(ids[3] ?? 0), { queued: 0, lastId: ids[3], hasMore: false })
  t.same(await codesOf(replay(0, ['member', 'b'])), ['not_found'])
})

story('an endpoint that does not answer takes no more than its share, and is paused', async (test, t) => {
  const { id: slow } = await hook(test)
  await Promise.all(Array.from({ length: 30 }, (_, n) => posted(test, bodyOf(`n${n}`))))
  await runOn(test, 'obligation-notices', '2026-11-23')
  // What came later comes after all of the slow one's, which were queued before.
  minutesLater(test, 1)
  const prompt = await webhookReceiver()
  t.teardown(() => prompt.close())
  const { id: other } = await hook(test, { url: prompt.url }, ['secretariat'])
  await replayWebhook(test.registry, test.as('secretariat'), other, { afterId: 0 })
  hooks.answer(() => undefined)
  t.same(await deliver(test, impatient), { delivered: 30, failed: 2 })
  t.equal(prompt.posts.length, 30)
  t.equal(hooks.posts.length, 2, 'the other 28 wait')
  const waiting = await deliveries(test, 'waiting')
  t.same(
    waiting.map(({ target }) => target),
    Array(30).fill(slow),
  )
  t.equal(waiting.filter(({ attempts }) => attempts === 0).length, 28, 'what was put off was not tried')
  hooks.answer((_post, response) => void response.writeHead(200).end())
  minutesLater(test, 6)
  t.same(await deliver(test), { delivered: 30, failed: 0 })
})

story('an endpoint for which a thousand notices wait is not replayed', async (test, t) => {
  const { id } = await hook(test)
  await reminded(test)
  const { urls, registry } = test
  const owner = postgres(urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => owner.end())
  const copy = owner`insert into notices (notice_key, kind, stage, audiences, member_id, subject_zh, subject_en, facts, on_day, recorded_at)
    select 'copy:' || n, kind, stage, audiences, member_id, subject_zh, subject_en, facts, on_day, recorded_at
    from notices, generate_series(1, 999) n`
  await copy
  const replay = () => replayWebhook(registry, test.as('member'), id, { afterId: 0 })
  t.match(await replay(), { queued: 1_000 })
  t.same(await codesOf(replay()), ['webhook_behind'])
  t.same(await deliver(test), { delivered: 1_000, failed: 0 })
  t.match(await replay(), { queued: 1_000 })
})

story('a removed webhook is told nothing more', async (test, t) => {
  const { id } = await hook(test)
  await reminded(test)
  const remove = (as: Parameters<TestRegistry['as']>) => removeWebhook(test.registry, test.as(...as), id)
  t.same(await codesOf(remove(['member', 'b'])), ['not_found'])
  await remove(['member', 'a'])
  t.same(await codesOf(remove(['member', 'a'])), ['not_found'])
  t.same(await deliver(test), { delivered: 0, failed: 1 })
  t.match(await deliveries(test, 'dead'), [{ lastError: 'the webhook was removed', attempts: 1 }])
  t.equal(hooks.posts.length, 0)
})

story('a webhook is registered for oneself, by https, and its secret is told once', async (test, t) => {
  const { secret, ...created } = await hook(test, { url: 'https://example.org/notices' })
  t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  t.equal(created.memberId, test.memberIds.a)
  const list = async (as: Parameters<TestRegistry['as']>) =>
    (await readWebhooks(test.registry, test.as(...as), webhooksQuery.parse({}))).items
  t.same(Object.keys((await list(['member', 'a']))[0] ?? {}).includes('secret'), false)
  t.same(
    (await list(['member', 'a'])).map(({ id }) => id),
    [created.id],
  )
  t.same(await list(['member', 'b']), [])
  t.equal((await list(['member', 'a']))[0]?.url, 'https://example.org/notices')
  t.same(
    (await list(['secretariat'])).map(({ url }) => url),
    ['https://example.org'],
    'of another’s no more than where it leads',
  )
  const strictly = (url: string) =>
    createWebhook(test.registry, test.as('member'), webhookInput.parse({ url }), { plainHttp: false })
  for (const url of ['http://example.org/', 'https://name:word@example.org/', 'https://example.org/#part'])
    t.same(await codesOf(strictly(url)), ['webhook_url_refused'], url)
  for (const url of ['ftp://example.org/', 'file:///etc/passwd', 'example.org', 'javascript:alert(1)'])
    t.throws(() => webhookInput.parse({ url }), url)
  t.same(await codesOf(hook(test, { memberId: test.memberIds.b })), ['not_found'])
  t.same(await codesOf(hook(test, { memberId: unknownId }, ['secretariat'])), ['not_found'])
  t.same(await codesOf(hook(test, {}, ['regulator'])), ['forbidden'])
  const { done, refused } = await race(Array.from({ length: 12 }, () => hook(test)))
  t.equal(done.length, 9, 'ten in all')
  t.same(new Set(refused.flat()), new Set(['webhooks_limit']))
})

// ---- Where a webhook may lead

t.test('only addresses of the public Internet are let through', async (t) => {
  const closed = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '100::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'example.org',
    '',
  ]
  for (const address of closed) t.notOk(isPublicAddress(address), address)
  const open = [
    '1.1.1.1',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2400:3200::1',
  ]
  for (const address of open) t.ok(isPublicAddress(address), address)
})

t.test('a name that leads into the house is refused where it is resolved, a bare address before', async (t) => {
  const strict = webhookCarrier({ toPrivateAddresses: false, plainHttp: true, timeoutMs: 2_000 })
  const notice = { id: 1 } as Parameters<Carriers['webhook']>[0]
  const to = (host: string) =>
    strict(notice, { url: `http://${host}:${hooks.port}/`, secret: 'whsec_AAAA' }, new Date(start)).then(
      () => 'posted',
      (error: Error) => error.message,
    )
  t.equal(await to('localhost'), 'the name leads to an address that is not public')
  for (const host of ['127.0.0.1', '[::1]', '2130706433', '0x7f.1', '0', '169.254.169.254', '[::ffff:127.0.0.1]'])
    t.equal(await to(host), 'the address is not public', host)
  t.equal(hooks.posts.length, 0, 'nothing was connected to')
  const resolved = (all: boolean) =>
    new Promise((resolve) => publicLookup('localhost', { all }, (error, address) => resolve(error?.message ?? address)))
  t.match(await resolved(true), /not public/)
  t.match(await resolved(false), /not public/)
  const plain = webhookCarrier({ toPrivateAddresses: true, plainHttp: false, timeoutMs: 2_000 })
  await t.rejects(plain(notice, { url: hooks.url, secret: 'whsec_AAAA' }, new Date(start)), /https/)
})

// ---- E-mail

story('a mail goes to every address of whoever is told, with the notice’s id as its own', async (test, t) => {
  const mail = await mailReceiver()
  t.teardown(() => mail.close())
  await addMail(test, 'one@example.org')
  await addMail(test, 'two@example.org')
  await addMail(test, 'other@example.org', 'b')
  for (const [audience, email] of [
    ['secretariat', 'office@example.org'],
    ['regulator', 'regulator@example.org'],
  ] as const)
    await addRecipient(test.registry, test.as('administrator'), { audience, email })
  await reminded(test)
  const byMail = { ...noCarriers, email: mailCarrier(mail.url, '示例登记系统 <registry@example.org>') }
  t.same(await deliver(test, byMail), { delivered: 2, failed: 0 })
  t.same(mail.mails.map(({ to }) => to).sort(), ['one@example.org', 'two@example.org'])
  const [notice] = await said(test)
  t.match(mail.mails[0], {
    headers: {
      'message-id': `<notice-${notice?.id}@example.org>`,
      'x-notice-id': String(notice?.id),
      'auto-submitted': 'auto-generated',
      subject: `${notice?.subject.zh} / ${notice?.subject.en}`,
    },
  })
  t.match(mail.mails[0]?.text, /到期日 \/ due on: 2026-11-25/)
  mail.mails.length = 0
  await runOn(test, 'obligation-notices', '2026-11-26')
  await deliver(test, byMail)
  t.same(mail.mails.map(({ to }) => to).sort(), ['office@example.org', 'one@example.org', 'two@example.org'])
  mail.mails.length = 0
  await runOn(test, 'obligation-notices', '2026-12-03')
  await deliver(test, byMail)
  t.ok(
    mail.mails.some(({ to }) => to === 'regulator@example.org'),
    'the regulator is told of the warning',
  )
})

story('without a mail server mails wait; a mailbox that is refused is tried again', async (test, t) => {
  await addMail(test, 'one@example.org')
  await addMail(test, 'full@example.org')
  await reminded(test)
  t.same(await deliver(test), { delivered: 0, failed: 0 })
  t.match(await deliveries(test, 'waiting'), [{ attempts: 0 }, { attempts: 0 }])
  const mail = await mailReceiver()
  t.teardown(() => mail.close())
  mail.refuse('full@example.org')
  const byMail = { ...noCarriers, email: mailCarrier(mail.url, 'registry@example.org') }
  t.same(await deliver(test, byMail), { delivered: 1, failed: 1 })
  t.match(await deliveries(test, 'waiting'), [
    { target: 'full@example.org', attempts: 1, lastError: /550 no such mailbox/ },
  ])
  mail.accept('full@example.org')
  minutesLater(test, 3)
  t.same(await deliver(test, byMail), { delivered: 1, failed: 0 })
})

story('who was removed before the mail went gets none', async (test, t) => {
  const mail = await mailReceiver()
  t.teardown(() => mail.close())
  await addMail(test, 'stays@example.org')
  const { id } = await addRecipient(test.registry, test.as('administrator'), {
    audience: 'secretariat',
    email: 'gone@example.org',
  })
  await posted(test, bodyOf('0001'))
  await runOn(test, 'obligation-notices', '2026-11-26')
  await removeRecipient(test.registry, test.as('administrator'), id)
  const byMail = { ...noCarriers, email: mailCarrier(mail.url, 'registry@example.org') }
  t.same(await deliver(test, byMail), { delivered: 1, failed: 1 })
  t.same(
    mail.mails.map(({ to }) => to),
    ['stays@example.org'],
  )
  t.match(await deliveries(test, 'dead'), [{ target: 'gone@example.org', lastError: 'the address was removed' }])
})

story('what breaks in the middle of a batch leaves nothing on its way', async (test, t) => {
  await hook(test)
  await hook(test, {}, ['secretariat'])
  await posted(test, bodyOf('0001'))
  await runOn(test, 'obligation-notices', '2026-11-26')
  const owner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => owner.end())
  // The database refuses to settle one of the two, at once; the other takes its time.
  const [first] = await deliveries(test)
  await owner.unsafe(
    `alter table notice_deliveries add constraint broken check (id <> '${first?.id}' or delivered_at is null)`,
  )
  let posts = 0
  const slow: Carriers = {
    email: null,
    webhook: async (_notice, { secret }) => {
      const endpoints = await owner`select id from webhook_endpoints where secret = ${secret}`
      if (endpoints[0]?.id !== first?.target) await delay(200)
      posts += 1
    },
  }
  await t.rejects(deliver(test, slow))
  t.equal(posts, 2, 'the run ended after both')
  t.equal((await deliveries(test, 'delivered')).length, 1, 'and the other one is settled')
})

story('recipients are added once, ended, and no longer told', async (test, t) => {
  const add = (changes: object = {}) =>
    addRecipient(
      test.registry,
      test.as('administrator'),
      recipientInput.parse({ audience: 'secretariat', email: 'office@example.org', ...changes }),
    )
  const { id } = await add()
  t.same(await codesOf(add()), ['already_registered'])
  await add({ audience: 'regulator' })
  await add({ email: 'later@example.org', fromOn: '2026-12-24' })
  const list = async () =>
    (await readRecipients(test.registry, test.as('administrator'), recipientsQuery.parse({}))).items
  t.equal((await list()).length, 3)
  const remove = () => removeRecipient(test.registry, test.as('administrator'), id)
  await remove()
  t.same(await codesOf(remove()), ['not_found'])
  t.same((await list()).map(({ email }) => email).sort(), ['later@example.org', 'office@example.org'])
  t.same(
    await codesOf(
      addRecipient(test.registry, test.as('secretariat'), { audience: 'regulator', email: 'x@example.org' }),
    ),
    ['forbidden'],
  )
  await posted(test, bodyOf('0001'))
  await runOn(test, 'obligation-notices', '2026-11-26')
  t.same(await deliveries(test), [], 'nobody is left who is told of it')
  await add()
  const [row] = await test.registry.db.execute<{ n: number }>(sql`select count(*)::int as n from notice_recipients`)
  t.equal(row?.n, 4, 'an address may come back')
})
