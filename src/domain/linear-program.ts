/** A linear program as data, and what a solver says of it: the rules make it, a solver outside knows how to solve it. */
export type LinearProgram = {
  /** What a unit of each column costs; the sum is to be as small as possible. */
  readonly costs: readonly number[]
  /** Each column lies between 0 and this. */
  readonly upper: readonly number[]
  readonly rows: readonly ProgramRow[]
}

/** A sum of columns that lies between two bounds. */
export type ProgramRow = {
  readonly lower: number
  readonly upper: number
  readonly terms: readonly (readonly [column: number, coefficient: number])[]
}

export type Solved =
  | { readonly isFeasible: true; readonly objective: number; readonly values: readonly number[] }
  | { readonly isFeasible: false }

/** Solves to the optimum, or says that there is none. @throws where it can say neither */
export type Solve = (program: LinearProgram) => Solved
