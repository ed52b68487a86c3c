import { groupedBy } from '../../domain/grouped.ts'
import type { Assignment } from '../../store/assignments.ts'
import type { Db } from '../../store/database.ts'
import { type Enterprise, findEnterprise } from '../../store/enterprises.ts'
import type { Entry } from '../../store/events.ts'
import { findMember } from '../../store/members.ts'
import type { Obligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { openObligation } from '../obligations/open-obligation.ts'

type Made = Pick<Assignment, 'id' | 'memberId' | 'mode' | 'enterpriseId' | 'productName' | 'choiceProof' | 'assignedOn'>

/** What the event log says of a new assignment, and where it comes from. */
export function madeEntry(assignment: Made, from: { replacesId: string | null; batchId?: string }): Entry {
  const { id, memberId, mode, enterpriseId, productName, choiceProof, assignedOn } = assignment
  return {
    action: 'assignment.made',
    entity: 'assignment',
    entityId: id,
    memberId,
    onDay: assignedOn,
    changes: { mode, enterpriseId, productName, choiceProof, ...from },
  }
}

/** The body is told of a case, the day by which it answers with it. */
export async function tellOfAssignment(tx: Db, context: Context, owed: Obligation): Promise<void> {
  const { assignmentId, memberId, subject, dueOn } = owed
  if (assignmentId === null) throw new Error('an answer is owed for an assignment')
  const facts = { subject, dueOn }
  await sayNotices(tx, context, [
    {
      kind: 'assignment',
      thing: assignmentId,
      stage: 'given',
      audiences: ['member'],
      memberId,
      facts,
      onDay: context.today,
    },
  ])
}

/** Each body is told once of all that a batch gives it. */
export async function tellOfBatch(
  tx: Db,
  context: Context,
  batch: { readonly id: string; readonly name: string },
  owed: readonly Obligation[],
): Promise<void> {
  const byMember = [...groupedBy(owed, ({ memberId }) => memberId)]
  await sayNotices(
    tx,
    context,
    byMember.flatMap(([memberId, [first, ...others]]) =>
      first === undefined
        ? []
        : [
            {
              kind: 'assignment',
              thing: `${batch.id}:${memberId}`,
              stage: 'issued',
              audiences: ['member'],
              memberId,
              facts: { subject: batch.name, note: String(others.length + 1), dueOn: first.dueOn },
              onDay: context.today,
            } as const,
          ],
    ),
  )
}

/** The desk is told that a case came back, and why (R7). */
export async function tellOfDecline(tx: Db, context: Context, assignment: Assignment): Promise<void> {
  const { id, memberId, enterpriseId, productName, declineReason } = assignment
  const [member, enterprise] = [await findMember(tx, memberId), await findEnterprise(tx, enterpriseId)]
  const subject = [enterprise?.name, productName].filter(Boolean).join(' · ')
  const facts = { subject, member: member?.name ?? memberId, note: declineReason ?? '' }
  await sayNotices(tx, context, [
    {
      kind: 'assignment',
      thing: id,
      stage: 'declined',
      audiences: ['secretariat'],
      memberId,
      facts,
      onDay: context.today,
    },
  ])
}

/**
 * Whoever is given a case answers within five working days (R7). They run from the day on which it was recorded, not
 * from an earlier day of assignment: nobody answers what nobody has told them.
 */
export function answerOwed(
  rulebook: Rulebook,
  context: Context,
  assignment: Pick<Assignment, 'id' | 'memberId' | 'productName' | 'family'>,
  enterprise: Pick<Enterprise, 'id' | 'name' | 'cityCode'>,
): Obligation {
  return openObligation(rulebook, context, {
    duty: 'answer_assignment',
    key: assignment.id,
    eventOn: context.today,
    openedOn: context.today,
    memberId: assignment.memberId,
    subject: `${enterprise.name} · ${assignment.productName}`,
    cityCode: enterprise.cityCode,
    family: assignment.family,
    enterpriseId: enterprise.id,
    assignmentId: assignment.id,
  })
}
