import type { Role } from '../access.ts'
import type { Family } from '../families.ts'
import type { MeasureGround, MeasureKind } from '../measure.ts'
import type { PlainDate } from '../plain-date.ts'
import type { Indicator } from '../ranking/indicator.ts'
import type { Ranking } from '../ranking/ranking.ts'
import type { Recommendation } from '../ranking/recommendation.ts'
import type { ReportSpans } from './annual-report.ts'
import type { Figures, ReportSet } from './figure.ts'

/** By what a report divides the land: the 13 cities, or countries where a scheme reaches beyond (R10). */
export const regionKinds = ['cities', 'countries'] as const
export type RegionKind = (typeof regionKinds)[number]

/** What a scheme's report is called and how it is divided: data with a version, kept with each freeze (R10). */
export type ReportSettings = {
  /** The mark, as the title has it between quotation marks. */
  readonly name: string
  /** To whom the report goes. */
  readonly addressee: string
  /** None where the scheme knows no families. */
  readonly families: readonly Family[]
  readonly regions: RegionKind
}

/** The parts of the report that people write (R10). */
export const textSections = ['main_work', 'problems', 'next_steps'] as const
export type TextSection = (typeof textSections)[number]

export const textSectionNames: Readonly<Record<TextSection, readonly [zh: string, en: string]>> = {
  main_work: ['二、主要工作', 'main work'],
  problems: ['七、存在问题', 'problems'],
  next_steps: ['八、下一步打算', 'next steps'],
}

/** So many working days from the decision to the report: half of the reports made, nine in ten, and the slowest. */
export type ReportPace = { readonly median: number; readonly p90: number; readonly slowest: number }

/** What was decided on a body in the period, on which ground and by whom: under a bulletin, or as a measure (R8, R9). */
export type DecisionLine = {
  readonly id: string
  readonly memberId: string
  readonly member: string
  readonly onDay: PlainDate
  readonly by: Role
} & (
  | {
      readonly kind: 'decision'
      /** The period of the bulletin, and what its policy recommended. */
      readonly from: PlainDate
      readonly until: PlainDate
      readonly recommendation: Recommendation
      readonly decided: Recommendation
    }
  | { readonly kind: 'measure'; readonly ground: MeasureGround; readonly decided: MeasureKind }
)

/** A body that applies, at the cut-off. */
export type CandidateLine = {
  readonly id: string
  readonly memberId: string
  readonly member: string
  readonly sinceOn: PlainDate
}

export type ReportBody = { readonly memberId: string; readonly name: string }

/** What an annex lists, with the hash of its rows: the rows are recovered as they were known, not copied (R4a). */
export type AnnexMark = { readonly rows: number; readonly sha256: string }

export const annexNames = ['certified', 'lapses', 'changes', 'expiring'] as const
export type AnnexName = (typeof annexNames)[number]

/** Grows whenever the same facts make another content. */
export const reportFormat = 2

/** Whether the same facts would make this content again: what was frozen in an earlier format is read, and not counted again. */
export function isMadeAgain({ format }: Pick<ReportContent, 'format'>): boolean {
  return format === reportFormat
}

/** All that a report says and what it was made of: what is hashed when it is frozen (N5, R4a, R10). */
export type ReportContent = {
  readonly schemeCode: string
  readonly year: number
  readonly settings: ReportSettings
  readonly title: string
  readonly spans: ReportSpans
  readonly knownAt: string
  readonly calendarVersion: number
  readonly isProvisional: boolean
  readonly secretariat: string
  /** The day that the document bears. */
  readonly datedOn: PlainDate
  readonly documentNumber: string | null
  readonly signer: string | null
  /** How a report was made when it was: what was frozen in an earlier format is read, and not made again. */
  readonly format: number
  /** What was counted: a set that is added later is in no earlier report. */
  readonly sets: readonly ReportSet[]
  readonly figures: Figures
  /** Null where nothing was reported in the period. */
  readonly pace: ReportPace | null
  /** Regions with rows, in the order of the tables. */
  readonly regions: readonly { readonly key: string; readonly name: string }[]
  readonly bodies: readonly ReportBody[]
  readonly decisions: readonly DecisionLine[]
  readonly candidates: readonly CandidateLine[]
  /** Of last year, as it was frozen then; null where nothing was. */
  readonly previous: {
    readonly year: number
    /** The freeze that they are of. */
    readonly freeze: number
    readonly sha256: string
    readonly knownAt: string
    /** What was counted then; absent in what was frozen before that was said. */
    readonly sets?: readonly ReportSet[]
    /** As they were named then; absent where that was not kept. */
    readonly bodies?: readonly ReportBody[]
    readonly figures: Figures
  } | null
  /** Both tables of the period; null where no body did anything in it. */
  readonly ranking: {
    readonly policyVersion: number
    /** How sure the intervals are. */
    readonly intervalChance: number
    readonly definitions: readonly Indicator[]
    readonly tables: Ranking
  } | null
  readonly texts: Readonly<Record<TextSection, readonly string[]>>
  readonly annexes: Readonly<Record<AnnexName, AnnexMark>>
}

/** A row behind a figure of the report. */
export type ReportRow = {
  readonly kind: string
  readonly id: string
  readonly onDay: PlainDate
  /** Null of an announced product that the register does not hold. */
  readonly memberId: string | null
  readonly enterpriseId: string | null
  readonly family: string | null
  readonly region: string | null
  readonly detail: string | null
  readonly workingDays: number | null
  readonly subject: string | null
}

/** One line of an annex, as the document prints it. */
export type CertificateLine = {
  readonly id: string
  readonly enterprise: string
  readonly product: string
  readonly number: string
  readonly member: string
  readonly family: string | null
  readonly region: string | null
  readonly onDay: PlainDate
  readonly validUntil: PlainDate
}
export type LapseLine = {
  readonly id: string
  readonly member: string
  readonly duty: string
  readonly subject: string
  readonly eventOn: PlainDate
  readonly dueOn: PlainDate
  readonly metOn: PlainDate | null
  readonly calendarDaysLate: number
  readonly workingDaysLate: number
}
export type ChangeLine = {
  readonly id: string
  readonly enterprise: string
  readonly product: string
  readonly number: string
  readonly member: string
  readonly change: string
  readonly reason: string | null
  readonly onDay: PlainDate
}

export type ReportAnnexes = {
  readonly certified: readonly CertificateLine[]
  readonly lapses: readonly LapseLine[]
  readonly changes: readonly ChangeLine[]
  readonly expiring: readonly CertificateLine[]
}

/** 关于2026年度“江苏精品”认证工作情况的报告 (R10). */
export function reportTitle(year: number, { name }: ReportSettings): string {
  return `关于${year}年度“${name}”认证工作情况的报告`
}
