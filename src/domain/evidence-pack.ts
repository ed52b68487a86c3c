import type { Article } from './articles.ts'
import type { CaseSource, FindingGrade, FindingKind } from './conduct.ts'
import type { SkippedDay } from './deadline-rule.ts'
import type { Duty, ObligationState } from './obligation.ts'
import type { PlainDate } from './plain-date.ts'
import type { Standing } from './standing.ts'

/** What a pack may be about: a late report, a finding, or a body and a period (N7). */
export const packSubjects = ['obligation', 'finding', 'period'] as const
export type PackSubject = (typeof packSubjects)[number]

/** So many years back earlier findings are told beside a lapse or a finding. */
export const earlierYears = 3

/** What a regulator is given of a lapse: facts as they are known at an instant, and hashes of what they rest on (N7). */
export type EvidencePack = {
  readonly about: PackSubject
  readonly knownAt: string
  readonly asOf: PlainDate
  readonly period: { readonly from: PlainDate; readonly until: PlainDate } | null
  readonly member: {
    readonly id: string
    readonly name: string
    readonly approvalNumber: string | null
    readonly creditCode: string | null
    readonly standing: Standing | null
  }
  /** The obligations in question, at most {@link lapsesMax}; how many there are in all. */
  readonly obligations: readonly LapseFact[]
  readonly obligationCount: number
  /** Other reports of the body that were overdue or late before, the latest first; how many in all. */
  readonly earlierLapses: readonly LapseSummary[]
  readonly earlierLapseCount: number
  /**
   * Of a finding, that one first. Otherwise those of the period, or of the three years before the lapse; at most
   * {@link findingsToldMax}, the latest first; how many in all. What was annulled is left out.
   */
  readonly findings: readonly FindingTold[]
  readonly findingCount: number
  readonly articles: readonly Article[]
  /** SHA-256 of the canonical JSON of each part, and of the bytes of each file that is attached to a finding's case. */
  readonly restsOn: readonly { readonly what: PackPart; readonly id: string; readonly sha256: string }[]
}

/** Of what the hashes in a pack are. */
export const packParts = ['obligation', 'notice', 'finding', 'attachment'] as const
export type PackPart = (typeof packParts)[number]

/** A notice as it stands in the outbox, which only grows. */
export type NoticeTold = {
  readonly id: number
  readonly stage: string
  readonly onDay: PlainDate
  readonly audiences: readonly string[]
  readonly subjectZh: string
  readonly subjectEn: string
  readonly recordedAt: string
}

export type FindingTold = {
  readonly id: string
  readonly kind: FindingKind
  readonly grade: FindingGrade
  readonly source: CaseSource
  readonly foundOn: PlainDate
  readonly words: string
  /** What the body replied in the case; null where it did not. */
  readonly reply: string | null
  readonly attachments: readonly { readonly id: string; readonly sha256: string }[]
}

export type LapseSummary = {
  readonly id: string
  readonly duty: Duty
  readonly subject: string
  readonly dueOn: PlainDate
  readonly metOn: PlainDate | null
  readonly state: ObligationState
  readonly calendarDaysLate: number | null
  readonly workingDaysLate: number | null
}

/** A lapse with its clock explained, and all that was said and answered about it. */
export type LapseFact = LapseSummary & {
  readonly eventOn: PlainDate
  readonly ruleVersion: number
  readonly calendarVersion: number | null
  readonly clause: string
  readonly counted: readonly PlainDate[]
  readonly skipped: readonly SkippedDay[]
  readonly contested: boolean
  readonly receipts: readonly {
    readonly reportedOn: PlainDate
    readonly receiptNumber: string | null
    readonly isCurrent: boolean
    readonly recordedAt: string
  }[]
  readonly notices: readonly NoticeTold[]
  readonly explanations: readonly {
    readonly text: string
    readonly state: 'waiting' | 'accepted' | 'returned'
    readonly recordedAt: string
  }[]
}

/** So many findings stand in a pack. */
export const findingsToldMax = 200

/** So many lapses stand in a pack with all their details; beyond it their number says that there are more. */
export const lapsesMax = 200
