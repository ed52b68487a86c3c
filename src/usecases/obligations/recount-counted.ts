import { deadlineFor, ruleInForce } from '../../domain/deadline-rule.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../../store/database.ts'
import { lockCountedOtherwise } from '../../store/escalations.ts'
import { type Entry, record } from '../../store/events.ts'
import { type Obligation, setDueDates } from '../../store/obligations.ts'
import { type Rulebook, shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { batchRows, type Counts, inBatches } from '../jobs/in-batches.ts'
import { type Saying, sayNotices } from '../notices/say-notices.ts'

export type Recount = {
  readonly obligationId: string
  readonly dueOn: { from: PlainDate; to: PlainDate }
  readonly provisional: boolean
}

type Due = { dueOn: PlainDate; provisional: boolean; calendarVersion: number }
type Counted = { readonly obligation: Obligation; readonly due: Due }

/**
 * Counts obligations anew with the calendar of the rulebook (R1): what moved is recorded, answered, and told to the
 * member. The obligations are locked by the caller.
 */
export async function recountCounted(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  obligations: readonly Obligation[],
): Promise<Recount[]> {
  const counted = obligations.map((obligation) => ({ obligation, due: recounted(obligation, rulebook) }))
  await setDueDates(
    tx,
    counted.map(({ obligation, due }) => ({ id: obligation.id, ...due })),
    context.now,
  )
  const changed = counted.filter(
    ({ obligation, due }) => obligation.dueOn !== due.dueOn || obligation.provisional !== due.provisional,
  )
  for (let from = 0; from < changed.length; from += 1_000)
    await record(tx, context, ...changed.slice(from, from + 1_000).map(entryOf))
  const moved = changed.filter(({ obligation, due }) => obligation.dueOn !== due.dueOn)
  await sayNotices(
    tx,
    context,
    moved.map((each) => movedNotice(each, context)),
  )
  return changed.map(({ obligation, due }) => ({
    obligationId: obligation.id,
    dueOn: { from: obligation.dueOn, to: due.dueOn },
    provisional: due.provisional,
  }))
}

function recounted({ duty, ruleVersion, eventOn }: Obligation, { rules, calendar }: Rulebook): Due {
  const rule =
    rules.find((candidate) => candidate.duty === duty && candidate.version === ruleVersion) ??
    ruleInForce(rules, duty, eventOn)
  const { dueOn, provisional } = deadlineFor(rule, eventOn, calendar)
  return { dueOn, provisional, calendarVersion: calendar.version }
}

function entryOf({ obligation, due }: Counted): Entry {
  return {
    action: 'obligation.recounted',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: due.dueOn,
    changes: {
      cause: 'calendar',
      calendarVersion: { from: obligation.calendarVersion, to: due.calendarVersion },
      dueOn: { from: obligation.dueOn, to: due.dueOn },
      provisional: { from: obligation.provisional, to: due.provisional },
    },
  }
}

function movedNotice({ obligation, due }: Counted, { today }: Context): Saying {
  const { id, memberId, duty, subject, dueOn } = obligation
  return {
    kind: 'due_day_moved',
    thing: `${id}@${due.calendarVersion}`,
    stage: 'moved',
    audiences: ['member'],
    memberId,
    obligationId: id,
    facts: { duty, subject, dueOn: due.dueOn, dueWas: dueOn },
    onDay: today,
  }
}

/** The job: open obligations that another version of the calendar counted are counted with the latest (R1). */
export async function recountObligations(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  return inBatches(registry, signal, async (tx) => {
    await shareCalendar(tx)
    const rulebook = await registry.rulebooks.current(tx)
    const stale = await lockCountedOtherwise(tx, rulebook.calendar.version, batchRows)
    const changed = await recountCounted(tx, context, rulebook, stale)
    const next = stale.length < batchRows ? null : {}
    return { next, counts: { seen: stale.length, changed: changed.length } }
  })
}
