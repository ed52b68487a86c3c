import DataLoader from 'dataloader'
import { readCertificateEvents } from '../usecases/certificates/read-certificate-events.ts'
import type { Context, Registry } from '../usecases/context.ts'
import { readLatestCertificates } from '../usecases/dashboards/read-latest-certificates.ts'
import { readMemberFigures } from '../usecases/dashboards/read-member-figures.ts'
import { readEnterprisesById } from '../usecases/enterprises/read-enterprises-by-id.ts'
import { readMemberDetails, readMemberFates, readMembersById } from '../usecases/members/read-members-by-id.ts'
import type { ObligationView } from '../usecases/obligations/obligation-view.ts'
import { explainObligations, readObligationsOf, readReceipts } from '../usecases/obligations/read-obligation-details.ts'
import { readDecisions, readDisputes } from '../usecases/ranking/read-bulletins.ts'
import { readRevisions } from '../usecases/results/read-revisions.ts'

export type Loaders = ReturnType<typeof newLoaders>

/** What hangs on rows, asked for all rows of a request at once. Each is a use case, so each confines by itself. */
export function newLoaders(registry: Registry, context: Context) {
  const batched = <Value>(read: (registry: Registry, context: Context, ids: readonly string[]) => Answers<Value>) =>
    loaderOf((ids) => read(registry, context, ids))
  return {
    member: batched(readMembersById),
    memberDetails: batched(readMemberDetails),
    memberFates: batched(readMemberFates),
    memberFigures: batched(readMemberFigures),
    latestCertificates: perLimit((limit) => loaderOf((ids) => readLatestCertificates(registry, context, ids, limit))),
    enterprise: batched(readEnterprisesById),
    receipts: batched(readReceipts),
    certificateEvents: batched(readCertificateEvents),
    revisions: batched(readRevisions),
    disputes: batched(readDisputes),
    decisions: batched(readDecisions),
    obligationsOfResult: loaderOf((ids) => readObligationsOf(registry, context, 'resultId', ids)),
    obligationsOfCertificate: loaderOf((ids) => readObligationsOf(registry, context, 'certificateId', ids)),
    obligationsOfAssignment: loaderOf((ids) => readObligationsOf(registry, context, 'assignmentId', ids)),
    explanation: new DataLoader((rows: readonly ObligationView[]) => explainObligations(registry, context, rows)),
  }
}

/** One batch for each limit that is asked for. */
function perLimit<Loader>(make: (limit: number) => Loader): (limit: number) => Loader {
  const made = new Map<number, Loader>()
  return (limit) => {
    const loader = made.get(limit) ?? make(limit)
    made.set(limit, loader)
    return loader
  }
}

type Answers<Value> = Promise<{ get(id: string): Value | undefined }>

/** So many ids go into one statement. */
const batchMax = 1_000

function loaderOf<Value>(read: (ids: readonly string[]) => Answers<Value>) {
  return new DataLoader<string, Value | null>(
    async (ids) => {
      const found = await read(ids)
      return ids.map((id) => found.get(id) ?? null)
    },
    { maxBatchSize: batchMax },
  )
}
