import { type Deadline, deadlineFor, ruleInForce } from '../../domain/deadline-rule.ts'
import type { Duty } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { newId } from '../../ids.ts'
import type { Obligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'

/** The event that opens a duty, and what the obligation hangs on. */
export type Cause = {
  readonly duty: Duty
  /** Identifies the event: the same key never opens the duty twice. */
  readonly key: string
  readonly eventOn: PlainDate
  readonly openedOn: PlainDate
  readonly memberId: string
  readonly subject: string
  /** Of the product; null where it is not known yet. */
  readonly family: string | null
  readonly enterpriseId?: string | null
  readonly cityCode?: string | null
  readonly resultId?: string | null
  readonly certificateId?: string | null
  readonly assignmentId?: string | null
  readonly endingId?: string | null
  readonly explainsId?: string | null
}

/** The row of a new obligation, its due date computed with the rulebook in force (R2, R3). */
export function openObligation(rulebook: Rulebook, context: Context, cause: Cause): Obligation {
  const { dueOn, ruleVersion, calendarVersion, provisional } = deadlineOf(rulebook, cause.duty, cause.eventOn)
  // Field by field: an object of this size put together from others takes ten times as long.
  return {
    id: newId(context.now),
    duty: cause.duty,
    causeKey: `${cause.duty}:${cause.key}`,
    memberId: cause.memberId,
    subject: cause.subject,
    family: cause.family,
    eventOn: cause.eventOn,
    openedOn: cause.openedOn,
    dueOn,
    ruleVersion,
    calendarVersion,
    provisional,
    explainsId: cause.explainsId ?? null,
    enterpriseId: cause.enterpriseId ?? null,
    cityCode: cause.cityCode ?? null,
    resultId: cause.resultId ?? null,
    certificateId: cause.certificateId ?? null,
    assignmentId: cause.assignmentId ?? null,
    endingId: cause.endingId ?? null,
    metOn: null,
    contested: false,
    waivedOn: null,
    waivedGround: null,
    changedAt: null,
    recordedAt: context.now,
  }
}

export function deadlineOf(rulebook: Rulebook, duty: Duty, eventOn: PlainDate): Deadline {
  return deadlineFor(ruleInForce(rulebook.rules, duty, eventOn), eventOn, rulebook.calendar)
}
