import { addDays, type PlainDate } from './plain-date.ts'

/** Standing of a member in the alliance (N2, R8), and what follows from it: one table. */
export const standings = ['candidate', 'admitted', 'rectifying', 'suspended', 'removed'] as const
export type Standing = (typeof standings)[number]

export const casesUnderWay = ['go_on', 'back_to_desk'] as const
type CasesUnderWay = (typeof casesUnderWay)[number]

/** What follows from a standing. */
export type StandingEffects = {
  readonly mayBeAssigned: boolean
  readonly mayIssue: boolean
  /** Whether it may decide at all: a refusal is a decision, too. */
  readonly mayDecide: boolean
  /** What becomes of the cases that it has: they go on, or the desk may give them to another. */
  readonly casesUnderWay: CasesUnderWay
  /** Whether its live certificates are to be visited; also by a body that left, for those that it keeps (R4, R8). */
  readonly surveillanceGoesOn: boolean
}

export const standingEffects = {
  candidate: {
    zh: '候选',
    mayBeAssigned: false,
    mayIssue: false,
    mayDecide: false,
    casesUnderWay: 'go_on',
    surveillanceGoesOn: true,
  },
  admitted: {
    zh: '正常',
    mayBeAssigned: true,
    mayIssue: true,
    mayDecide: true,
    casesUnderWay: 'go_on',
    surveillanceGoesOn: true,
  },
  rectifying: {
    zh: '限期整改',
    mayBeAssigned: false,
    mayIssue: true,
    mayDecide: true,
    casesUnderWay: 'go_on',
    surveillanceGoesOn: true,
  },
  suspended: {
    zh: '暂停',
    mayBeAssigned: false,
    mayIssue: false,
    mayDecide: true,
    casesUnderWay: 'back_to_desk',
    surveillanceGoesOn: true,
  },
  removed: {
    zh: '退出',
    mayBeAssigned: false,
    mayIssue: false,
    mayDecide: false,
    casesUnderWay: 'back_to_desk',
    surveillanceGoesOn: true,
  },
} as const satisfies Record<Standing, StandingEffects & { readonly zh: string }>

/** What follows from a standing; null where it is unknown (R4). */
export function effectsOf(standing: Standing | null): StandingEffects | null {
  if (standing === null) return null
  const { zh: _, ...effects } = standingEffects[standing]
  return effects
}

/** The standings in which the desk may give a body's cases to another. */
export const strandingStandings: readonly Standing[] = standings.filter(
  (standing) => standingEffects[standing].casesUnderWay === 'back_to_desk',
)

/** Where a standing may move next (R8). A removed body comes back only by a new admission, as a candidate. */
export const standingMoves: Readonly<Record<Standing, readonly Standing[]>> = {
  candidate: ['admitted', 'removed'],
  admitted: ['rectifying', 'suspended', 'removed'],
  rectifying: ['admitted', 'suspended', 'removed'],
  suspended: ['admitted', 'rectifying', 'removed'],
  removed: ['candidate'],
}

/** Inside the alliance: rectifying or suspended is inside, too; a candidate and one that left are not. */
export const insideStandings: readonly Standing[] = ['admitted', 'rectifying', 'suspended']

export function isInside(standing: Standing | null): boolean {
  return standing !== null && insideStandings.includes(standing)
}

/** A standing in both languages; null is that of a body which never joined. */
export function standingWord(standing: Standing | null): readonly [zh: string, en: string] {
  return standing === null ? ['尚未加入联盟', 'not admitted'] : [standingEffects[standing].zh, standing]
}

export type StandingFact = { readonly standing: Standing; readonly fromOn: PlainDate }

/** The standing on a day, or null where the history does not reach back so far (it is unknown, R4). */
export function standingOn(history: readonly StandingFact[], on: PlainDate): Standing | null {
  let found: StandingFact | null = null
  for (const fact of history) {
    if (fact.fromOn <= on && (found === null || fact.fromOn >= found.fromOn)) found = fact
  }
  return found?.standing ?? null
}

/** The first day inside the alliance that is known, or null: rectifying or suspended is inside too. */
export function admittedOn(history: readonly StandingFact[]): PlainDate | null {
  const days = history.filter(({ standing }) => isInside(standing)).map((fact) => fact.fromOn)
  return days.sort()[0] ?? null
}

/** So many days after a body was registered, what was so before may still be written down (opening balance, R4). */
export const openingDays = 30

/**
 * Whether a standing is history from before there was this registry, and not a decision of today: it began before the day
 * on which the first body was registered here, and its own registration is not long ago. Whoever comes later is admitted
 * by the checks, and every other standing comes from a measure (R8).
 */
export function isOpeningBalance(
  { registeredOn, openedOn }: { readonly registeredOn: PlainDate; readonly openedOn: PlainDate },
  fromOn: PlainDate,
  today: PlainDate,
): boolean {
  return fromOn < openedOn && today <= addDays(registeredOn, openingDays)
}

/** The first standing of a member is candidate or admitted; afterwards only the moves of the table. */
export function mayMoveTo(from: Standing | null, to: Standing): boolean {
  return from === null ? to === 'candidate' || to === 'admitted' : standingMoves[from].includes(to)
}
