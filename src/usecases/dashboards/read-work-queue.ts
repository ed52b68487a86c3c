import { reachOf } from '../../domain/access.ts'
import { countFigure, type Figure } from '../../domain/figure.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { allianceScheme } from '../../domain/report/annual-report.ts'
import { type WorkKind, workKinds, workKindsOf } from '../../domain/work-queue.ts'
import { countWork, workCountMax } from '../../store/work-queue.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { owedReports } from '../reports/owed-reports.ts'
import { figureQuestion } from './read-member-figures.ts'

export type WorkItem = {
  readonly kind: WorkKind
  /** At most 1000: counting ends there, and `atLeast` says that there is more. */
  readonly count: Figure
  readonly atLeast: boolean
  /** The earliest due day, or the earliest day since which it waits; null where nothing does. */
  readonly oldestOn: PlainDate | null
}

/** What waits for the one who is signed in, by role, nought included; a role without work has none. @throws Refusal */
export async function readWorkQueue(registry: Registry, context: Context): Promise<{ items: readonly WorkItem[] }> {
  authorise(context, 'session.read')
  const { actor, today } = context
  const kinds = workKindsOf(actor.role).filter((kind) => reachOf(actor, workKinds[kind].permission) !== 'none')
  const { dueSoon } = await figureQuestion(registry, context)
  const { calendar } = await registry.rulebooks.recent(registry.lists)
  const reports = await owedReports(registry.lists, calendar, allianceScheme, today)
  const waiting = await countWork(registry.lists, kinds, { memberId: actor.memberId, today, dueSoon, reports })
  return { items: waiting.map((row) => itemOf(row, today)) }
}

function itemOf({ kind, count, oldestOn }: Awaited<ReturnType<typeof countWork>>[number], today: PlainDate): WorkItem {
  return {
    kind,
    count: countFigure(Math.min(count, workCountMax), today),
    atLeast: count > workCountMax,
    oldestOn,
  }
}
