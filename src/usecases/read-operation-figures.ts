import { deliveryChannels } from '../domain/notice.ts'
import { dueSoonUntil, obligationStateOn } from '../domain/obligation.ts'
import { countImportsSince } from '../store/imports.ts'
import { countRunsSince } from '../store/job-runs.ts'
import { waitingDeliveries } from '../store/notice-deliveries.ts'
import { countNearlyDue } from '../store/obligations.ts'
import { authorise, type Context, type Registry } from './context.ts'
import { importStatuses, statusOf } from './imports/read-imports.ts'

export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

type OperationFigure = {
  /** As Prometheus has it: `alliance_…`. */
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  read(registry: Registry, context: Context): Promise<Sample[]>
}

/** What an operator watches of the alliance itself, each a question along an index of what is open or recent, however many rows there are besides. */
export const operationFigures: readonly OperationFigure[] = [
  {
    name: 'alliance_obligations',
    help: 'Obligations that are due soon or overdue today, by duty. What is due later is not counted.',
    labels: ['duty', 'state'],
    read: obligationsByState,
  },
  {
    name: 'alliance_imports',
    help: 'Imports that were begun in the last 24 hours, by status.',
    labels: ['status'],
    read: importsByStatus,
  },
  {
    name: 'alliance_job_runs',
    help: 'Fires of the jobs in the last 24 hours, by job and outcome.',
    labels: ['job', 'outcome'],
    read: runsByOutcome,
  },
  {
    name: 'alliance_outbox_waiting',
    help: 'Notices that wait to be delivered, by channel.',
    labels: ['channel'],
    read: (registry) => byChannel(registry, ({ waiting }) => waiting),
  },
  {
    name: 'alliance_outbox_age_seconds',
    help: 'How long the oldest notice has waited to be delivered, by channel; 0 where none waits.',
    labels: ['channel'],
    read: (registry, { now }) =>
      byChannel(registry, ({ oldestAt }) => Math.max(0, (now.getTime() - oldestAt.getTime()) / 1_000)),
  },
]

export type FigureRead = { readonly name: string; readonly samples: readonly Sample[] }

/** All figures as they stand now. @throws Refusal `forbidden` */
export async function readOperationFigures(registry: Registry, context: Context): Promise<FigureRead[]> {
  authorise(context, 'metrics.read')
  const figures: FigureRead[] = []
  // One after the other: a scrape never takes more than one connection.
  for (const { name, read } of operationFigures) figures.push({ name, samples: await read(registry, context) })
  return figures
}

/** Derived as everywhere (R2): the database counts by day and rule, the domain says what that means. */
async function obligationsByState(registry: Registry, { today }: Context): Promise<Sample[]> {
  const { rules, calendar } = await registry.rulebooks.current(registry.db)
  const soon = (days: number) => dueSoonUntil(calendar, today, days)
  const horizon = soon(Math.max(...rules.map(({ dueSoonWorkingDays }) => dueSoonWorkingDays)))
  const counts = new Map<string, Sample>()
  for (const { duty, ruleVersion, dueOn, count } of await countNearlyDue(registry.lists, today, horizon)) {
    const rule = rules.find((candidate) => candidate.duty === duty && candidate.version === ruleVersion)
    const facts = { dueOn, metOn: null, waivedOn: null }
    const state = obligationStateOn(facts, today, soon(rule?.dueSoonWorkingDays ?? 0))
    if (state === 'open') continue
    const key = `${duty} ${state}`
    counts.set(key, { labels: { duty, state }, value: count + (counts.get(key)?.value ?? 0) })
  }
  return [...counts.values()]
}

const dayMs = 86_400_000

async function importsByStatus(registry: Registry, { now }: Context): Promise<Sample[]> {
  const rows = await countImportsSince(registry.lists, new Date(now.getTime() - dayMs))
  const statuses = rows.map((row) => statusOf(row, now))
  return importStatuses.map((status) => ({
    labels: { status },
    value: statuses.filter((each) => each === status).length,
  }))
}

async function runsByOutcome(registry: Registry, { now }: Context): Promise<Sample[]> {
  const counted = await countRunsSince(registry.lists, new Date(now.getTime() - dayMs))
  return counted.map(({ name, outcome, runs }) => ({
    labels: { job: name, outcome: outcome ?? 'running' },
    value: runs,
  }))
}

type Channel = Awaited<ReturnType<typeof waitingDeliveries>>[number]

async function byChannel(registry: Registry, value: (channel: Channel) => number): Promise<Sample[]> {
  const waiting = await waitingDeliveries(registry.lists)
  return deliveryChannels.map((channel) => {
    const found = waiting.find((each) => each.channel === channel)
    return { labels: { channel }, value: found ? value(found) : 0 }
  })
}
