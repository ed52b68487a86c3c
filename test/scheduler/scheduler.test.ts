import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { jobTable } from '../../src/scheduler/jobs.ts'
import { type Scheduler, startScheduler } from '../../src/scheduler/scheduler.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import type { Registry } from '../../src/usecases/context.ts'
import { inBatches } from '../../src/usecases/jobs/in-batches.ts'
import type { Job } from '../../src/usecases/jobs/job.ts'
import { readJobs } from '../../src/usecases/jobs/read-jobs.ts'
import { runByHand, runFire, Stopping } from '../../src/usecases/jobs/run-job.ts'
import { codesOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { noCarriers } from '../support/notices.ts'
import type { TestRegistry } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, start)

const never = new AbortController().signal
const fireAt = new Date('2026-11-20T00:30:00Z')

/** A job that does what the test says, and counts how often. */
function jobOf(
  work: (registry: Registry, signal: AbortSignal) => Promise<void> = async () => {},
  time: Job['time'] = { every: 'day', at: '08:30' },
) {
  const ran = { times: 0 }
  const job: Job = {
    name: 'example',
    title: ['示例', 'example'],
    time,
    keptDays: 30,
    run: async (registry, _context, signal) => {
      ran.times += 1
      await work(registry, signal)
      return { done: 1 }
    },
  }
  return { job, ran }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Parameters<typeof startScheduler>[2]

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`)
    await delay(20)
  }
}

const runs = async (test: TestRegistry, jobs: readonly Job[]) =>
  (await readJobs(test.registry, test.as('administrator'), jobs)).items.flatMap((item) => item.runs)

async function processes(
  test: TestRegistry,
  count: number,
): Promise<{ registries: Registry[]; close(): Promise<void> }> {
  const databases = Array.from({ length: count }, () => openDatabase(test.urls.serviceUrl, { poolSize: 2 }))
  return {
    registries: databases.map(({ db }) => ({ ...test.registry, db, lists: db, rulebooks: rulebookShelf() })),
    close: async () => void (await Promise.all(databases.map((database) => database.close()))),
  }
}

story('of several processes one runs a fire, and it runs once', async (test, t) => {
  const { registries, close } = await processes(test, 4)
  t.teardown(close)
  const { job, ran } = jobOf(async () => void (await delay(30)))
  const got = await Promise.all(registries.map((registry) => runFire(registry, job, fireAt, never)))
  t.same(
    got.filter((each) => each !== null),
    [{ outcome: 'done', counts: { done: 1 } }],
  )
  t.equal(await runFire(test.registry, job, fireAt, never), null, 'what is done is not done again')
  t.equal(ran.times, 1)
  t.match(await runs(test, [job]), [
    { fireAt, outcome: 'done', counts: { done: 1 }, attempts: 1, cause: 'schedule', isLost: false },
  ])
})

story('a run whose process was killed is taken over once its lease has passed', async (test, t) => {
  let reached = () => {}
  const isUnderWay = new Promise<void>((resolve) => (reached = resolve))
  const killed = jobOf(async () => {
    reached()
    await new Promise(() => {})
  })
  void runFire(test.registry, killed.job, fireAt, never)
  await isUnderWay
  const { job, ran } = jobOf()
  t.equal(await runFire(test.registry, job, fireAt, never), null, 'it gives signs of life until now')
  test.clock.set('2026-11-20T02:02:00Z')
  t.match(await runs(test, [job]), [{ finishedAt: null, isLost: true }])
  t.match(await runFire(test.registry, job, fireAt, never), { outcome: 'done' })
  t.equal(ran.times, 1)
  t.match(await runs(test, [job]), [{ attempts: 2, outcome: 'done' }])
})

story('a run that failed is tried again later, five times in all, and says why', async (test, t) => {
  const { job, ran } = jobOf(async () => {
    throw new Error('the example fails')
  })
  t.match(await runFire(test.registry, job, fireAt, never), { outcome: 'failed' })
  t.equal(await runFire(test.registry, job, fireAt, never), null, 'not at once')
  for (let hour = 3; hour < 12; hour += 1) {
    test.clock.set(`2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`)
    await runFire(test.registry, job, fireAt, never)
  }
  t.equal(ran.times, 5)
  t.match(await runs(test, [job]), [{ outcome: 'failed', error: 'the example fails', attempts: 5 }])
})

story('a process that stops lets a run go after its batch, and the next one goes on at once', async (test, t) => {
  const stopping = new AbortController()
  let batches = 0
  const { job } = jobOf(async (registry, signal) => {
    await inBatches<number>(registry, signal, async () => {
      batches += 1
      if (batches === 2) stopping.abort(new Stopping('the process stops'))
      return { next: batches, counts: {} }
    })
  })
  t.match(await runFire(test.registry, job, fireAt, stopping.signal), { outcome: 'released' })
  t.equal(batches, 2, 'the batch under way was finished, the next not begun')
  const other = jobOf()
  t.match(await runFire(test.registry, other.job, fireAt, never), { outcome: 'done' })
})

story('runs are forgotten after their days', async (test, t) => {
  const { job } = jobOf()
  for (const day of ['2026-10-19', '2026-10-25', '2026-11-20']) {
    test.clock.set(`${day}T01:00:00Z`)
    await runFire(test.registry, job, new Date(`${day}T00:30:00Z`), never)
  }
  t.match(
    (await runs(test, [job])).map(({ fireAt }) => fireAt.toISOString().slice(0, 10)),
    ['2026-11-20', '2026-10-25'],
  )
})

story('a fire that was missed is made up when the process starts, and only the latest', async (test, t) => {
  const { job, ran } = jobOf()
  const schedulers: Scheduler[] = []
  const startOne = () => schedulers.push(startScheduler(test.registry, [job], quiet))
  startOne()
  await until('the missed fire', async () => (await runs(test, [job])).some(({ outcome }) => outcome === 'done'))
  startOne()
  startOne()
  test.clock.set('2026-11-25T03:00:00Z')
  startOne()
  await until('the latest missed fire', () => ran.times === 2)
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
  t.same(
    (await runs(test, [job])).map(({ fireAt }) => fireAt.toISOString()),
    ['2026-11-25T00:30:00.000Z', '2026-11-20T00:30:00.000Z'],
  )
})

story('a job fires by itself at its time, and no more after the scheduler stopped', async (test, t) => {
  const { job, ran } = jobOf(async () => {}, { every: 'seconds', seconds: 1 })
  const clock = { now: () => new Date() }
  const registry = { ...test.registry, clock }
  const scheduler = startScheduler(registry, [job], quiet)
  await until('three fires', () => ran.times >= 3)
  await scheduler.stop()
  const { times } = ran
  await delay(1_500)
  t.equal(ran.times, times)
  const fires = (await runs(test, [job])).map((run) => run.fireAt.getTime())
  t.equal(new Set(fires).size, fires.length)
  t.ok(
    fires.every((at) => at % 1_000 === 0),
    'claimed by its hour, not by when it came to run',
  )
})

story('a scheduler that stops waits for the run under way', async (test, t) => {
  let isDone = false
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const { job } = jobOf(async () => {
    begin()
    await delay(200)
    isDone = true
  })
  const scheduler = startScheduler(test.registry, [job], quiet)
  await begun
  await scheduler.stop()
  t.ok(isDone)
})

story('a database that is away at the hour of a job does not end the process', async (test, t) => {
  const told: string[] = []
  const log = { ...quiet, error: (_about: object, message: string) => void told.push(message) } as typeof quiet
  const { registries, close } = await processes(test, 1)
  await close()
  const scheduler = startScheduler(registries[0] ?? test.registry, [jobOf().job], log)
  await until('the complaint', () => told.length > 0)
  await scheduler.stop()
  t.same(told, ['a job could not be claimed or settled'])
})

// ---- By hand

story('an administrator runs a job by hand, as of today or of an earlier day', async (test, t) => {
  const jobs = jobTable(noCarriers)
  const byHand = (
    name: string,
    input: Parameters<typeof runByHand>[4] = {},
    as: Parameters<TestRegistry['as']> = ['administrator'],
  ) => runByHand(test.registry, test.as(...as), jobs, name, input)
  t.same(await byHand('lapse-notices'), { name: 'lapse-notices', on: '2026-11-20', counts: { seen: 0, said: 0 } })
  test.clock.set('2026-11-20T02:00:01Z')
  t.match(await byHand('lapse-notices', { on: '2026-11-19' as never }), { on: '2026-11-19' })
  t.same(await codesOf(byHand('lapse-notices', { on: '2026-11-21' as never })), ['day_in_future'])
  t.same(await codesOf(byHand('unheard-of')), ['not_found'])
  t.same(await codesOf(byHand('lapse-notices', {}, ['secretariat'])), ['forbidden'])
  t.same(await codesOf(readJobs(test.registry, test.as('secretariat'), jobs)), ['forbidden'])
  const { items } = await readJobs(test.registry, test.as('administrator'), jobs)
  t.same(
    items.map(({ name }) => name),
    [
      'purge',
      'recount-obligations',
      'obligation-notices',
      'expiry-reminders',
      'lapse-notices',
      'suspension-notices',
      'report-notices',
      'announcement-matches',
      'register-snapshot',
      'deliver-mails',
      'deliver-webhooks',
    ],
  )
  const lapses = items.find(({ name }) => name === 'lapse-notices')
  t.match(lapses, { cron: '0 50 8 * * *', nextFireAt: new Date('2026-11-21T00:50:00Z') })
  t.match(lapses?.runs, [
    { cause: 'hand', outcome: 'done' },
    { cause: 'hand', outcome: 'done' },
  ])
})

story('a run by hand that is under way stops with the process, and is to be asked for again', async (test, t) => {
  const stopping = new AbortController()
  const { job } = jobOf(async (registry, signal) => {
    await inBatches(registry, signal, async () => {
      stopping.abort(new Stopping('the process stops'))
      return { next: {}, counts: {} }
    })
  })
  const byHand = runByHand(test.registry, test.as('administrator'), [job], 'example', {}, stopping.signal)
  t.same(await codesOf(byHand), ['unavailable'])
})

story('a job that fails by hand says so to whoever ran it', async (test, t) => {
  const { job } = jobOf(async () => {
    throw new Error('the example fails')
  })
  await t.rejects(runByHand(test.registry, test.as('administrator'), [job], 'example', {}), /the example fails/)
  t.match(await runs(test, [job]), [{ cause: 'hand', outcome: 'failed', error: 'the example fails' }])
})
