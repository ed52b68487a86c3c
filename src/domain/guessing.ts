/** How guessing of passwords is slowed: never locked for good, and nobody holds up another cheaply. */
export const guessesFree = {
  /** In a row, for one login from one address. */
  fromOneAddress: 5,
  /** For one login from anywhere. No network counts for more than an address has free, so that it takes ten to get there. */
  fromAnywhere: 50,
  /** For all logins from one address. No login counts for more than it has free, so that it takes six to get there. */
  atManyLogins: 30,
} as const

const waitSecondsMax = 900

/** A failure plays no part any more after so long, and may be deleted. */
export const guessEffectHours = 24

export type Failures = { readonly count: number; readonly lastAt: Date | null }
export type GuessFacts = {
  readonly fromHere: Failures
  readonly fromAnywhere: Failures
  readonly atManyLogins: Failures
  /** The account was in use from this address of late: what others guess does not keep its owner out. */
  readonly isAcquainted: boolean
}

/** An account and an address are acquainted for so long after a session was used there. */
export const acquaintanceDays = 90

/** Whole seconds until the next guess is looked at; 0 for now. */
export function secondsToWait(facts: GuessFacts, now: Date): number {
  const fromHere = secondsLeft(facts.fromHere, guessesFree.fromOneAddress, now)
  if (facts.isAcquainted) return fromHere
  return Math.max(
    fromHere,
    secondsLeft(facts.fromAnywhere, guessesFree.fromAnywhere, now),
    secondsLeft(facts.atManyLogins, guessesFree.atManyLogins, now),
  )
}

/** The wait after so many failures: one second at the limit, twice as long with each further one, at most 15 minutes. */
export function waitAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(2 ** (failures - free), waitSecondsMax)
}

/** A clock that was set back makes nobody wait longer than the rule says. */
function secondsLeft({ count, lastAt }: Failures, free: number, now: Date): number {
  const wait = waitAfter(count, free)
  if (lastAt === null || wait === 0) return 0
  const passed = Math.max(0, (now.getTime() - lastAt.getTime()) / 1_000)
  return Math.max(0, Math.ceil(wait - passed))
}

/**
 * The part of an address that one caller has to himself: an IPv4 address, also one written inside IPv6, or the /64 of
 * an IPv6 address, out of which any household takes as many as it likes.
 */
export function addressBlock(address: string): string {
  return blockOf(address, 4)
}

/** The network that a block is part of: the /48 of an IPv6 address, which many a site has to itself; IPv4 as it is. */
export function addressNetwork(address: string): string {
  return blockOf(address, 3)
}

function blockOf(address: string, groups: number): string {
  const [plain = ''] = address.toLowerCase().split('%')
  const inside = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (inside) return inside[1] ?? plain
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  const middle = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return `${[...left, ...middle, ...right].slice(0, groups).map(withoutZeros).join(':')}::/${16 * groups}`
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}

function withoutZeros(group: string): string {
  return group.replace(/^0+(?=.)/, '')
}
