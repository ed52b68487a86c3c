import { addDays } from '../../src/domain/plain-date.ts'
import {
  certificatesQuery,
  readCertificates,
  writeCertificatesPage,
} from '../../src/usecases/certificates/read-certificates.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import { memberDashboardQuery, readMemberDashboard } from '../../src/usecases/dashboards/read-member-dashboard.ts'
import {
  obligationsQuery,
  readObligations,
  writeObligationsPage,
} from '../../src/usecases/obligations/read-obligations.ts'
import { postResult } from '../../src/usecases/results/post-result.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { documents } from './documents.ts'
import { nextPost } from './record-posts.ts'
import type { Sample } from './sample.ts'

/** A question as it is sent, to the service and to the bare server alike. */
export type Ask = { readonly path: string; readonly method?: 'POST'; readonly body?: string; readonly key?: string }

export type Workload = {
  readonly name: string
  /** What `--only` calls it. */
  readonly group: string
  /** Requests per second of the service by those of the bare server; null where it is only reported. */
  readonly wanted: number | null
  /** Time at the larger size by the time at the smaller one, with `--compare-with`. */
  readonly wantedScale: number
  readonly asks: (sample: Sample, random: () => number) => Ask
  /** Each request is made when it is sent, as none may be sent twice. */
  readonly isEachNew?: true
  /** The same by its use case, so that the statements and their plans can be shown. */
  readonly read: (registry: Registry, context: Context, sample: Sample) => Promise<unknown>
}

const scale = 1.5

function operation(operationName: keyof typeof documents, variables: object): Ask {
  const body = JSON.stringify({ query: documents[operationName], operationName, variables })
  return { path: '/graphql', method: 'POST', body }
}

const overdueSince = ({ today }: Sample, random: () => number) => addDays(today, -400 - Math.floor(random() * 300))
const expiringOn = ({ today }: Sample, random: () => number) => addDays(today, -Math.floor(random() * 700))

export const workloads: readonly Workload[] = [
  {
    name: 'overdue, list of 100, REST',
    group: 'lists',
    wanted: 0.9,
    wantedScale: scale,
    asks: (sample, random) => ({
      path: `/v1/obligations?state=overdue&limit=100&dueAfter=${overdueSince(sample, random)}`,
    }),
    read: (registry, context, { today }) => {
      const query = obligationsQuery.parse({ state: 'overdue', limit: 100, dueAfter: addDays(today, -500) })
      return writeObligationsPage(registry, context, query)
    },
  },
  {
    name: 'expiring, list of 100, REST',
    group: 'lists',
    wanted: 0.9,
    wantedScale: scale,
    asks: (sample, random) => ({
      path: `/v1/certificates?expiringWithinDays=90&limit=100&on=${expiringOn(sample, random)}`,
    }),
    read: (registry, context, { today }) => {
      const query = certificatesQuery.parse({ expiringWithinDays: 90, limit: 100, on: today })
      return writeCertificatesPage(registry, context, query)
    },
  },
  {
    name: 'overdue, list of 100, GraphQL',
    group: 'graphql',
    wanted: 0.65,
    wantedScale: scale,
    asks: (sample, random) => operation('Overdue', { first: 100, dueAfter: overdueSince(sample, random) }),
    read: (registry, context, { today }) => {
      const query = obligationsQuery.parse({ state: 'overdue', limit: 100, dueAfter: addDays(today, -500) })
      return readObligations(registry, context, query)
    },
  },
  {
    name: 'expiring, list of 100, GraphQL',
    group: 'graphql',
    wanted: 0.65,
    wantedScale: scale,
    asks: (sample, random) =>
      operation('Expiring', { first: 100, on: expiringOn(sample, random), expiringWithinDays: 90 }),
    read: (registry, context, { today }) => {
      const query = certificatesQuery.parse({ expiringWithinDays: 90, limit: 100, on: today })
      return readCertificates(registry, context, query)
    },
  },
  {
    name: 'verification',
    group: 'verify',
    wanted: 0.9,
    wantedScale: scale,
    asks: ({ numbers }, random) => {
      const number = random() < 0.05 ? `NEVER-${Math.floor(random() * 1e6)}` : pick(numbers, random)
      return { path: `/v1/verify/${number}` }
    },
    read: (registry, _context, { numbers, today }) =>
      verifyCertificate(registry, { number: numbers[0] ?? '', member: undefined, on: today }),
  },
  {
    name: 'members dashboard, GraphQL',
    group: 'dashboard',
    wanted: 0.5,
    wantedScale: scale,
    asks: () => operation('Members', { first: 30, latest: 10 }),
    read: (registry, context) => readMemberDashboard(registry, context, dashboard),
  },
  {
    name: 'members dashboard, REST',
    group: 'dashboard',
    wanted: null,
    wantedScale: scale,
    asks: () => ({ path: '/v1/dashboards/members?limit=30&latestCertificates=10' }),
    read: (registry, context) => readMemberDashboard(registry, context, dashboard),
  },
]

/** Measured on a copy of the database, as it writes. */
export const posting: Workload = {
  name: 'posting a result',
  group: 'posting',
  wanted: 0.7,
  wantedScale: scale,
  isEachNew: true,
  asks: (sample) => {
    const { key, body } = nextPost(sample)
    return { path: '/v1/results', method: 'POST', body: JSON.stringify(body), key }
  },
  read: (registry, context, sample) => {
    const input = resultInput.parse(nextPost(sample).body)
    return postResult(registry, context, input, { validateOnly: true, idempotencyKey: undefined })
  },
}

const dashboard = memberDashboardQuery.parse({ limit: 30, latestCertificates: 10 })

function pick<T>(values: readonly T[], random: () => number): T {
  const found = values[Math.floor(random() * values.length)]
  if (found === undefined) throw new Error('nothing to pick from')
  return found
}

/** The same numbers in each run (mulberry32), so that two runs ask the same. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
