import type { Assignment } from '../../store/assignments.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import type { Entry } from '../../store/events.ts'
import type { Obligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'
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
