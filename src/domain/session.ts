/** Sessions of people: how they end, when they are over, and what a refresh token is worth (RFC 9700 4.14.2). */
export const sessionEndings = [
  'signed_out',
  'ended_by_owner',
  'ended_by_administrator',
  'password_set',
  'account_disabled',
  'role_changed',
  'token_reused',
] as const
export type SessionEnding = (typeof sessionEndings)[number]

/** `lapsesAt`: from then on it is over unless it is used before; each use moves it. */
export type SessionFacts = { readonly endedAt: Date | null; readonly lapsesAt: Date }

const dayMilliseconds = 86_400_000

/** How long the same token may come once more without being taken for a theft. */
export const refreshGraceSeconds = 10

export function lapseAfter(usedAt: Date, sessionDays: number): Date {
  return new Date(usedAt.getTime() + sessionDays * dayMilliseconds)
}

export function isSessionOver({ endedAt, lapsesAt }: SessionFacts, now: Date): boolean {
  return endedAt !== null || now >= lapsesAt
}

export type RefreshJudgement = 'rotate' | 'over' | 'just_used' | 'reused'

/**
 * What becomes of a refresh token that is shown, `usedAt` being its first use. Two tabs that refresh at the same moment
 * are honest: the second gets nothing, and the session goes on. Later than that a used token is in two hands.
 */
export function judgeRefresh(session: SessionFacts, usedAt: Date | null, now: Date): RefreshJudgement {
  if (isSessionOver(session, now)) return 'over'
  if (usedAt === null) return 'rotate'
  return Math.abs(now.getTime() - usedAt.getTime()) <= refreshGraceSeconds * 1_000 ? 'just_used' : 'reused'
}
