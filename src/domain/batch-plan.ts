import { kilometresMax } from './city-distances.ts'
import { rounded } from './fair-share.ts'
import { groupedBy } from './grouped.ts'
import type { LinearProgram, ProgramRow, Solve } from './linear-program.ts'

/**
 * Who gets which case of a batch (N3). In this order: as many cases as possible are placed; the largest deviation from
 * an expected share is as small as possible; the way from the enterprise to the nearest unit is as short as possible;
 * a published seed breaks ties.
 *
 * Cases that the same bodies could have, as far away, are one group, and the plan says how many of a group go to whom.
 * That is a flow through a network, so the vertices of each program are whole numbers, and the optimum of the linear
 * program is the optimum of the whole-number one: nothing is left to a search that has to be cut off.
 */
export type PlanCase = {
  /** The same for the same case, whatever the order of the list. */
  readonly key: string
  readonly family: string
  readonly options: readonly PlanOption[]
}

/** A body that may have the case; kilometres null where a city is not known. */
export type PlanOption = { readonly memberId: string; readonly kilometres: number | null }

export type PlanMember = {
  readonly memberId: string
  /** How many more cases it takes, of a family or (null) of all together. */
  readonly rooms: readonly { readonly family: string | null; readonly room: number }[]
  /** Its expected share less what it has already: below zero where it is ahead. */
  readonly owed: number
}

export type PlanInput = {
  readonly seed: string
  readonly cases: readonly PlanCase[]
  readonly members: readonly PlanMember[]
}

export type Plan = {
  /** By the keys of the cases; null where it could not be placed. */
  readonly memberOf: ReadonlyMap<string, string | null>
  readonly placed: number
  readonly largestDeviation: number
  readonly kilometres: number
  /** How far the plan may be from the best, by the bounds that the solver proved: 0 when it is the best. */
  readonly gap: number
  readonly programs: number
}

type Group = {
  readonly signature: string
  readonly family: string
  readonly options: readonly PlanOption[]
  readonly cases: readonly PlanCase[]
}

/** How many cases a body gets, at least and at most. */
type Span = { readonly least: number; readonly most: number }
type Spans = ReadonlyMap<string, Span>

/** A column of the programs: so many cases of the group to the body. */
type Column = { readonly group: number; readonly size: number; readonly option: PlanOption; readonly family: string }
type Network = {
  readonly groups: readonly Group[]
  readonly columns: readonly Column[]
  readonly members: readonly PlanMember[]
  readonly ofGroup: ReadonlyMap<number, readonly number[]>
  readonly ofMember: ReadonlyMap<string, readonly number[]>
}

const nearly = 1e-7

export function planBatch(input: PlanInput, solveProgram: Solve): Plan {
  let programs = 0
  const solve: Solve = (program) => {
    programs += 1
    return solveProgram(program)
  }
  const members = [...input.members].sort((a, b) => compare(a.memberId, b.memberId))
  const coarse = networkOf(input, members, false)
  const placed = mostPlaced(coarse, solve)
  const spans = fairSpans(coarse, placed, solve)
  const fine = networkOf(input, members, true)
  const shortest = shortestWay(fine, placed, spans, solve)
  const drawn = drawLots(fine, placed, spans, shortest, input.seed, solve)
  return {
    memberOf: dealOut(fine, drawn, input.seed),
    placed,
    largestDeviation: largestDeviation(fine, drawn),
    kilometres: wayOf(fine, drawn),
    gap: rounded(Math.abs(wayOf(fine, drawn) - shortest.bound) / Math.max(1, shortest.bound)),
    programs,
  }
}

/** Groups in an order of their own, so that the order of the list plays no part. */
function networkOf({ cases }: PlanInput, members: readonly PlanMember[], byDistance: boolean): Network {
  const placeable = cases.filter(({ options }) => options.length > 0)
  const bySignature = groupedBy(placeable, (one) => signatureOf(one, byDistance))
  const groups = [...bySignature]
    .sort(([a], [b]) => compare(a, b))
    .map(([signature, of]) => ({ signature, family: of[0]?.family ?? '', options: sorted(of[0]?.options), cases: of }))
  const columns = groups.flatMap(({ options, cases: of, family }, group) =>
    options.map((option) => ({ group, size: of.length, option, family })),
  )
  const ofGroup = placesBy(columns, ({ group }) => group)
  return { groups, columns, members, ofGroup, ofMember: placesBy(columns, ({ option }) => option.memberId) }
}

/** The places of the columns, by what they have in common. */
function placesBy<Key>(columns: readonly Column[], keyOf: (column: Column) => Key): Map<Key, number[]> {
  const places = new Map<Key, number[]>()
  columns.forEach((column, place) => {
    const known = places.get(keyOf(column))
    if (known) known.push(place)
    else places.set(keyOf(column), [place])
  })
  return places
}

function signatureOf({ family, options }: PlanCase, byDistance: boolean): string {
  const named = sorted(options).map(({ memberId, kilometres }) => (byDistance ? `${memberId}:${kilometres}` : memberId))
  return `${family} ${named.join(' ')}`
}

const sorted = (options: readonly PlanOption[] = []) => [...options].sort((a, b) => compare(a.memberId, b.memberId))

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** What holds of every plan: no case twice, no capacity exceeded, so many placed, each body within its span. */
function rowsOf(network: Network, placed: number | null, spans: Spans | null): ProgramRow[] {
  const { groups, columns, members, ofGroup, ofMember } = network
  const rows = groups.map(({ cases }, group) => rowOver(ofGroup.get(group), 0, cases.length))
  for (const { memberId, rooms } of members) {
    const own = ofMember.get(memberId) ?? []
    for (const { family, room } of rooms)
      rows.push(rowOver(family === null ? own : own.filter((place) => columns[place]?.family === family), 0, room))
    const span = spans?.get(memberId)
    if (span) rows.push(rowOver(own, span.least, span.most))
  }
  if (placed !== null) rows.push(rowOver([...columns.keys()], placed, placed))
  return rows
}

function rowOver(places: readonly number[] | undefined, lower: number, upper: number): ProgramRow {
  return { lower, upper, terms: (places ?? []).map((place) => [place, 1] as const) }
}

function programOf(network: Network, costs: readonly number[], rows: readonly ProgramRow[]): LinearProgram {
  return { costs, upper: network.columns.map(({ size }) => size), rows }
}

/** (a) As many cases as possible. */
function mostPlaced(network: Network, solve: Solve): number {
  const solved = solve(
    programOf(
      network,
      network.columns.map(() => -1),
      rowsOf(network, null, null),
    ),
  )
  return solved.isFeasible ? Math.round(-solved.objective) : 0
}

/**
 * (b) The largest deviation from an expected share. Where one body is so far behind or ahead that no plan could mend
 * it, that would hold nobody else to anything; so then the largest of those deviations that a plan can mend.
 */
function fairSpans(network: Network, placed: number, solve: Solve): Spans {
  const owed = new Map(network.members.map((member) => [member.memberId, member.owed]))
  const first = closestSpans(network, placed, owed, null, solve)
  const within = new Map(
    network.members.map((member) => [member.memberId, Math.min(Math.max(member.owed, 0), reachOf(network, member))]),
  )
  return closestSpans(network, placed, within, first, solve)
}

/** How many cases of the batch the body could have at most. */
function reachOf({ groups }: Network, { memberId, rooms }: PlanMember): number {
  const roomFor = (family: string | null) => rooms.find((room) => room.family === family)?.room ?? Number.MAX_VALUE
  const byFamily = new Map<string, number>()
  for (const { family, options, cases } of groups)
    if (options.some((option) => option.memberId === memberId))
      byFamily.set(family, (byFamily.get(family) ?? 0) + cases.length)
  const reach = [...byFamily].reduce((sum, [family, cases]) => sum + Math.min(cases, roomFor(family)), 0)
  return Math.min(reach, roomFor(null))
}

type Targets = ReadonlyMap<string, number>

/**
 * The linear program gives the bound below which no deviation can lie; the true one is less than one case above it, and
 * is one of the few at which a span gains a whole case. Halving finds the first that can be met.
 */
function closestSpans(network: Network, placed: number, targets: Targets, within: Spans | null, solve: Solve): Spans {
  const bound = deviationBound(network, placed, targets, within, solve)
  const candidates = deviationsFrom(bound, targets)
  const nearest = spansAt(candidates[0] ?? bound, targets, within)
  if (isPossible(network, placed, nearest, solve)) return nearest
  let [low, high] = [1, candidates.length - 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const spans = spansAt(candidates[middle] ?? bound, targets, within)
    if (isPossible(network, placed, spans, solve)) high = middle
    else low = middle + 1
  }
  return spansAt(candidates[low] ?? bound, targets, within)
}

function deviationBound(network: Network, placed: number, targets: Targets, within: Spans | null, solve: Solve) {
  const deviation = network.columns.length
  const rows = [...rowsOf(network, placed, within)]
  for (const [memberId, target] of targets) {
    const own = (network.ofMember.get(memberId) ?? []).map((place) => [place, 1] as const)
    rows.push({ lower: target, upper: Number.POSITIVE_INFINITY, terms: [...own, [deviation, 1]] })
    rows.push({ lower: Number.NEGATIVE_INFINITY, upper: target, terms: [...own, [deviation, -1]] })
  }
  const solved = solve({
    costs: [...network.columns.map(() => 0), 1],
    upper: [...network.columns.map(({ size }) => size), Number.POSITIVE_INFINITY],
    rows,
  })
  if (!solved.isFeasible) throw new Error('no plan places as many cases as were just placed')
  return Math.max(0, solved.objective)
}

/** The deviations from the bound up to one more, at which some body may have one case more or less. */
function deviationsFrom(bound: number, targets: Targets): number[] {
  const found = new Set([bound, bound + 1])
  for (const target of targets.values()) {
    const [low, high] = [Math.floor(target - bound + nearly), Math.ceil(target + bound - nearly)]
    for (const cases of [low - 1, low, high, high + 1]) {
      const deviation = rounded(Math.abs(target - cases))
      if (deviation > bound - nearly && deviation <= bound + 1) found.add(deviation)
    }
  }
  return [...found].sort((a, b) => a - b)
}

function spansAt(deviation: number, targets: Targets, within: Spans | null): Spans {
  return new Map(
    [...targets].map(([memberId, target]) => {
      const outer = within?.get(memberId) ?? { least: 0, most: Number.POSITIVE_INFINITY }
      const least = Math.max(outer.least, Math.ceil(target - deviation - nearly), 0)
      return [memberId, { least, most: Math.min(outer.most, Math.floor(target + deviation + nearly)) }]
    }),
  )
}

function isPossible(network: Network, placed: number, spans: Spans, solve: Solve): boolean {
  for (const [memberId, { least, most }] of spans)
    if (least > most || (least > 0 && !network.ofMember.has(memberId))) return false
  return solve(
    programOf(
      network,
      network.columns.map(() => 0),
      rowsOf(network, placed, spans),
    ),
  ).isFeasible
}

type Way = { readonly bound: number; readonly values: readonly number[] }

/** (c) The shortest way, of all plans so fair. */
function shortestWay(network: Network, placed: number, spans: Spans, solve: Solve): Way {
  const solved = solve(programOf(network, network.columns.map(kilometresOf), rowsOf(network, placed, spans)))
  if (!solved.isFeasible) throw new Error('no plan is as fair as was just found')
  return { bound: Math.round(solved.objective * 1e3) / 1e3, values: solved.values.map(Math.round) }
}

const kilometresOf = ({ option }: Column) => option.kilometres ?? kilometresMax

/** (d) Among the shortest, the one that the seed prefers. */
function drawLots(network: Network, placed: number, spans: Spans, shortest: Way, seed: string, solve: Solve) {
  const costs = network.columns.map(({ group, option }) =>
    seededNumber(seed, `${network.groups[group]?.signature} ${option.memberId}`),
  )
  const terms = network.columns.map((column, index) => [index, kilometresOf(column)] as const)
  const rows = [...rowsOf(network, placed, spans), { lower: 0, upper: shortest.bound, terms }]
  const solved = solve(programOf(network, costs, rows))
  const drawn = solved.isFeasible ? solved.values.map(Math.round) : shortest.values
  const holds = wayOf(network, drawn) <= wayOf(network, shortest.values) && isWhole(network, drawn, placed, spans)
  return holds ? drawn : shortest.values
}

/** Whether the rounded values keep every row: a solver works to a tolerance, a plan does not. */
function isWhole(network: Network, values: readonly number[], placed: number, spans: Spans): boolean {
  return rowsOf(network, placed, spans).every(({ lower, upper, terms }) => {
    const sum = terms.reduce((total, [column]) => total + (values[column] ?? 0), 0)
    return sum >= lower && sum <= upper
  })
}

function wayOf({ columns }: Network, values: readonly number[]): number {
  return columns.reduce((sum, column, index) => sum + kilometresOf(column) * (values[index] ?? 0), 0)
}

function largestDeviation({ columns, members }: Network, values: readonly number[]): number {
  const given = new Map<string, number>()
  columns.forEach(({ option }, index) => {
    given.set(option.memberId, (given.get(option.memberId) ?? 0) + (values[index] ?? 0))
  })
  return rounded(Math.max(0, ...members.map(({ memberId, owed }) => Math.abs(owed - (given.get(memberId) ?? 0)))))
}

/** Which case of a group goes to whom is drawn by the seed; the last ones drawn stay unplaced. */
function dealOut(network: Network, values: readonly number[], seed: string): Map<string, string | null> {
  const memberOf = new Map<string, string | null>()
  const taken = network.groups.map(({ options }) => options.map(() => 0))
  let column = 0
  for (const row of taken) for (let at = 0; at < row.length; at += 1) row[at] = values[column++] ?? 0
  network.groups.forEach(({ cases, options }, group) => {
    const drawn = cases
      .map(({ key }) => ({ key, lot: seededNumber(seed, key) }))
      .sort((a, b) => a.lot - b.lot || compare(a.key, b.key))
    const receivers = options.flatMap(({ memberId }, at) => Array<string>(taken[group]?.[at] ?? 0).fill(memberId))
    for (const [index, { key }] of drawn.entries()) memberOf.set(key, receivers[index] ?? null)
  })
  return memberOf
}

/** A whole number from 0 to 999 999 that the seed gives a text: FNV-1a, then the finish of MurmurHash3. */
export function seededNumber(seed: string, text: string): number {
  let hash = 0x811c9dc5
  for (const character of `${seed}\n${text}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % 1_000_000
}
