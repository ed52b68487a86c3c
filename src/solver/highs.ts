import type { LinearProgram, ProgramRow, Solve } from '../domain/linear-program.ts'

type HighsModule = {
  solve(
    problem: string,
    options: Readonly<Record<string, string | number | boolean>>,
  ): { Status: string; ObjectiveValue: number; Columns: Record<string, { Primal?: number }> }
}

/** Named in every proposal: another version may find another plan among equals. */
export const solverName = 'HiGHS 1.15.3'

/** The solver neither found the optimum nor proved that there is no plan. */
export class Unsolved extends Error {
  readonly status: string

  constructor(status: string) {
    super(`HiGHS: ${status}`)
    this.status = status
  }
}

/** Limits by iterations, never by time: the same program has the same answer on a slow machine. */
const options = {
  output_flag: false,
  log_to_console: false,
  solver: 'simplex',
  threads: 1,
  random_seed: 0,
  simplex_iteration_limit: 5_000_000,
}

/** Loads HiGHS (WebAssembly, synchronous). */
export async function loadHighs(): Promise<Solve> {
  const { default: load } = (await import('highs')) as unknown as { default: () => Promise<HighsModule> }
  const highs = await load()
  return (program) => {
    if (program.costs.length === 0) return { isFeasible: program.rows.every(holdsAtNothing), objective: 0, values: [] }
    const { Status, ObjectiveValue, Columns } = highs.solve(textOf(program), options)
    if (Status === 'Infeasible') return { isFeasible: false }
    if (Status !== 'Optimal') throw new Unsolved(Status)
    return {
      isFeasible: true,
      objective: ObjectiveValue,
      values: program.costs.map((_, index) => Columns[`x${index}`]?.Primal ?? 0),
    }
  }
}

function holdsAtNothing({ lower, upper }: ProgramRow): boolean {
  return lower <= 0 && upper >= 0
}

/** The program in CPLEX's LP format, which is what this build of HiGHS reads. */
function textOf({ costs, upper, rows }: LinearProgram): string {
  const lines = ['Minimize', ` obj: ${sumOf(costs.map((cost, column) => [column, cost] as const))}`, 'Subject To']
  rows.forEach((row, index) => {
    lines.push(...linesOf(row, index))
  })
  const bounds = upper.map((most, column) =>
    most === Number.POSITIVE_INFINITY ? ` x${column} >= 0` : ` 0 <= x${column} <= ${most}`,
  )
  return [...lines, 'Bounds', ...bounds, 'End'].join('\n')
}

function linesOf({ lower, upper, terms }: ProgramRow, index: number): string[] {
  if (terms.length === 0) return []
  const sum = sumOf(terms)
  if (lower === upper) return [` r${index}: ${sum} = ${lower}`]
  const lines: string[] = []
  if (upper !== Number.POSITIVE_INFINITY) lines.push(` u${index}: ${sum} <= ${upper}`)
  if (lower > 0) lines.push(` l${index}: ${sum} >= ${lower}`)
  return lines
}

function sumOf(terms: ProgramRow['terms']): string {
  const parts = terms.map(
    ([column, coefficient]) => `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} x${column}`,
  )
  // A line of the format may not grow without end.
  return parts.map((part, index) => (index % 50 === 49 ? `${part}\n` : part)).join(' ')
}
