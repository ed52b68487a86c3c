import { dayInShanghai } from '../../clock.ts'
import {
  audiencesOfStage,
  type EscalationFacts,
  type EscalationRule,
  type EscalationStage,
  escalationInForce,
  stagesReached,
} from '../../domain/escalation.ts'
import { dueSoonUntil } from '../../domain/obligation.ts'
import { addDays, type PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../../store/database.ts'
import {
  type After,
  type Candidate,
  explainDutiesOf,
  lockMootExplainDuties,
  metLateSince,
  openDueUntil,
} from '../../store/escalations.ts'
import { currentExplanationsOf, type ExplanationSoFar } from '../../store/explanations.ts'
import { lockObligations, type NewObligation, type Obligation } from '../../store/obligations.ts'
import { type Rulebook, readEscalationRules, shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { addCounts, batchRows, type Counts, inBatches, positionAfter } from '../jobs/in-batches.ts'
import { waiveMoot } from '../obligations/close-obligation.ts'
import { deadlineOf, openObligation } from '../obligations/open-obligation.ts'
import { openObligations } from '../obligations/open-obligations.ts'
import { noticeKeyOf, type Saying, sayNotices, unsaid } from './say-notices.ts'

/** What was met late is looked for by when that was recorded: nights missed for longer are not made up for what is closed. */
const lookBackDays = 60

/**
 * The job: everything of R2's escalation that is due as of today and not yet said. What is overdue opens the duty to
 * explain it; a duty to explain that lost its object is waived. A missed night changes nothing.
 */
export async function notifyObligations(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const escalations = await readEscalationRules(registry.db)
  const { calendar } = await registry.rulebooks.current(registry.db)
  const { today } = context
  const remindUntil = dueSoonUntil(calendar, today, earliestReminder(escalations))
  const walk = (read: Read) =>
    inBatches<NonNullable<After>>(registry, signal, (tx, after) =>
      escalate(tx, registry, context, escalations, read, after),
    )
  const open = await walk((tx, after) => openDueUntil(tx, remindUntil, after, batchRows))
  const late = await walk((tx, after) => metLateSince(tx, addDays(today, -lookBackDays), after, batchRows))
  return addCounts(addCounts(open, late), await waiveMootDuties(registry, context, signal))
}

type Read = (tx: Db, after: After) => Promise<Candidate[]>

function earliestReminder(escalations: readonly EscalationRule[]): number {
  return Math.max(0, ...escalations.map(({ workingDays }) => -workingDays.reminder))
}

async function escalate(
  tx: Db,
  registry: Registry,
  context: Context,
  escalations: readonly EscalationRule[],
  read: Read,
  after: After,
) {
  await shareCalendar(tx)
  const rulebook = await registry.rulebooks.current(tx)
  const candidates = await read(tx, after)
  const stepsFor = async (each: readonly Candidate[]) => {
    const around = await readAround(tx, each)
    return unsaid(
      tx,
      each.flatMap((candidate) => stepsOf(candidate, around, rulebook, escalations, context)),
    )
  }
  const opening = (await stepsFor(candidates)).flatMap(({ opens }) => opens?.explainsId ?? [])
  const fresh = await stepsFor(await lockedAnew(tx, candidates, opening))
  const said = await sayNotices(tx, context, fresh)
  const saidKeys = new Set(said.map(({ noticeKey }) => noticeKey))
  const opened = fresh.flatMap((step) => (step.opens && saidKeys.has(noticeKeyOf(step)) ? [step.opens] : []))
  await openObligations(tx, context, opened)
  return {
    next: positionAfter(candidates, ({ at }) => at),
    counts: { seen: candidates.length, said: said.length, opened: opened.length },
  }
}

/** Whoever explains or meets one of these meanwhile holds its lock: as it stands after that, it may open no duty. */
async function lockedAnew(
  tx: Db,
  candidates: readonly Candidate[],
  ids: readonly string[],
): Promise<readonly Candidate[]> {
  if (ids.length === 0) return candidates
  const locked = new Map((await lockObligations(tx, ids)).map((obligation) => [obligation.id, obligation]))
  return candidates.map((each) => ({ ...each, obligation: locked.get(each.obligation.id) ?? each.obligation }))
}

async function readAround(tx: Db, candidates: readonly Candidate[]): Promise<Around> {
  const ids = candidates.map(({ obligation }) => obligation.id)
  return { explanations: await currentExplanationsOf(tx, ids), duties: await explainDutiesOf(tx, ids) }
}

type Around = {
  readonly explanations: ReadonlyMap<string, ExplanationSoFar>
  readonly duties: ReadonlyMap<string, Obligation>
}
/** A notice, with the duty that it opens. */
type Step = Saying & { readonly opens: NewObligation | null }

function stepsOf(
  candidate: Candidate,
  around: Around,
  rulebook: Rulebook,
  escalations: readonly EscalationRule[],
  context: Context,
): Step[] {
  const { obligation } = candidate
  const reply = replyOf(around.explanations.get(obligation.id), rulebook)
  const explainDuty = around.duties.get(obligation.id)
  const replyUntil = explainDuty?.dueOn ?? null
  const facts = { ...obligation, ...reply, replyUntil }
  const { workingDays } = escalationInForce(escalations, obligation.eventOn)
  const reached = stagesReached(facts, workingDays, rulebook.calendar, context.today)
  // Run for an earlier day, it still knows what was met since: that is late, not open.
  const stages = obligation.metOn === null ? reached : reached.filter((stage) => stage === 'overdue')
  return stages.map((stage) => {
    const isExplained = reply.explanation === 'waiting' || reply.explanation === 'accepted'
    const opensDuty = stage === 'overdue' && obligation.duty !== 'explain_overdue' && !explainDuty && !isExplained
    const opens = opensDuty ? explainDutyOf(obligation, rulebook, context) : null
    return { ...stepOf(candidate, stage, context.today, opens?.dueOn ?? replyUntil), opens }
  })
}

/** What was overdue, and is so again after its due day moved, is spoken of again and explained again. */
function roundOf({ id, dueOn }: Obligation): string {
  return `${id}@${dueOn}`
}

/** How the reply stands; once it was returned there is one further window, as long as the first (R2). */
function replyOf(
  known: ExplanationSoFar | undefined,
  rulebook: Rulebook,
): Pick<EscalationFacts, 'explanation' | 'explainedOn' | 'replyAgainUntil'> {
  if (!known) return { explanation: null, explainedOn: null, replyAgainUntil: null }
  const { explanation, waitingSince, firstReturnedAt } = known
  return {
    explanation: explanation.verdict ?? 'waiting',
    explainedOn: waitingSince && dayInShanghai(waitingSince),
    replyAgainUntil: firstReturnedAt && deadlineOf(rulebook, 'explain_overdue', dayInShanghai(firstReturnedAt)).dueOn,
  }
}

/** The window to reply begins on the day on which it is really said, also where nights were missed. */
function explainDutyOf(obligation: Obligation, rulebook: Rulebook, context: Context): NewObligation {
  const { id, memberId, subject, enterpriseId, cityCode, family } = obligation
  const saidOn = dayInShanghai(context.now)
  return openObligation(rulebook, context, {
    duty: 'explain_overdue',
    key: roundOf(obligation),
    eventOn: saidOn,
    openedOn: saidOn,
    memberId,
    subject,
    enterpriseId,
    cityCode,
    family,
    explainsId: id,
  })
}

function stepOf(
  { obligation, memberName }: Candidate,
  stage: EscalationStage,
  onDay: PlainDate,
  explainUntil: PlainDate | null,
): Saying {
  const { id, memberId, certificateId, duty, subject, dueOn, metOn } = obligation
  return {
    kind: 'obligation',
    thing: roundOf(obligation),
    // Overdue and late are two things; what was overdue and is met now is late, and is told once as either.
    stage: stage === 'overdue' && metOn !== null ? 'late' : stage,
    keyStage: stage,
    audiences: audiencesOfStage(stage, duty),
    memberId,
    obligationId: id,
    ...(certificateId === null ? {} : { certificateId }),
    facts: {
      member: memberName,
      duty,
      subject,
      dueOn,
      ...(metOn === null ? {} : { metOn }),
      ...(explainUntil === null ? {} : { explainUntil }),
    },
    onDay,
  }
}

/** A correction, a recount or a waiver may have made what was to be explained neither late nor overdue. */
async function waiveMootDuties(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  // Also where it runs for an earlier day, they are waived on the day on which they really are.
  const really = { ...context, today: dayInShanghai(context.now) }
  return inBatches(registry, signal, async (tx) => {
    const moot = await lockMootExplainDuties(tx, really.today, batchRows)
    for (const duty of moot) await waiveMoot(tx, really, duty, '原义务未逾期 / what it explains is not overdue')
    return { next: moot.length < batchRows ? null : {}, counts: { moot: moot.length } }
  })
}
