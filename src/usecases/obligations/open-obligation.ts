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
  const { key, ...facts } = cause
  const deadline = deadlineOf(rulebook, cause.duty, cause.eventOn)
  return {
    ...nothingKnown,
    ...facts,
    id: newId(context.now),
    causeKey: `${cause.duty}:${key}`,
    dueOn: deadline.dueOn,
    ruleVersion: deadline.ruleVersion,
    calendarVersion: deadline.calendarVersion,
    provisional: deadline.provisional,
    recordedAt: context.now,
  }
}

/** What most obligations do not hang on, and what has not happened to a new one. */
const nothingKnown = {
  explainsId: null,
  enterpriseId: null,
  cityCode: null,
  resultId: null,
  certificateId: null,
  assignmentId: null,
  endingId: null,
  metOn: null,
  contested: false,
  waivedOn: null,
  waivedGround: null,
  changedAt: null,
}

export function deadlineOf(rulebook: Rulebook, duty: Duty, eventOn: PlainDate): Deadline {
  return deadlineFor(ruleInForce(rulebook.rules, duty, eventOn), eventOn, rulebook.calendar)
}
