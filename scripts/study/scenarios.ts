/** So many bodies with so many results a year each, judged by one year or by three. */
export type Scenario = { readonly bodies: number; readonly results: number; readonly years: 1 | 3 }

export const studyScenarios: readonly Scenario[] = ([1, 3] as const).flatMap((years) => [
  { bodies: 20, results: 10, years },
  { bodies: 20, results: 40, years },
  { bodies: 20, results: 100, years },
  { bodies: 40, results: 5, years },
])
