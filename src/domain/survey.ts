import { monthOf, type PlainDate, yearOf } from './plain-date.ts'

/** What a firm is asked after its certification, each yes or no (N6). */
export const surveyQuestions = ['bundling', 'paidConsulting', 'pressure', 'otherCost'] as const
export type SurveyQuestion = (typeof surveyQuestions)[number]

export const surveyQuestionNames: Readonly<Record<SurveyQuestion, readonly [zh: string, en: string]>> = {
  bundling: ['是否被要求同时购买其他业务？', 'Were you asked to buy other business with it?'],
  paidConsulting: ['是否被要求接受有偿咨询？', 'Were you asked to take paid consulting?'],
  pressure: ['是否受到不当压力？', 'Was undue pressure put on you?'],
  otherCost: ['是否有其他增加负担的要求？', 'Was anything else asked that raised your cost?'],
}

export type SurveyAnswer = Readonly<Record<SurveyQuestion, boolean>>

/** So many answers stand together before any of them is shown: nobody can tell one firm by what one answer changes. */
export const answersTogether = 5

/** The half-year that an answer is counted in: no finer, as a day would tell who answered. @returns `2026-H2` */
export function halfYearOf(day: PlainDate): string {
  return `${yearOf(day)}-H${monthOf(day) <= 6 ? 1 : 2}`
}

/** In which block the next answer of a body and half-year stands; only full blocks are shown. @param answers so far */
export function blockOf(answers: number): number {
  return Math.floor(answers / answersTogether)
}

export type SurveyFigures = {
  readonly period: string
  /** Answers that are shown; those beyond the last full block wait. */
  readonly answers: number
  readonly yes: Readonly<Record<SurveyQuestion, number>> | null
}

/** What is shown of the answers of a half-year: full blocks together, and nothing below five. */
export function surveyFigures(period: string, answers: readonly (SurveyAnswer & { block: number })[]): SurveyFigures {
  const sizes = new Map<number, number>()
  for (const { block } of answers) sizes.set(block, (sizes.get(block) ?? 0) + 1)
  const shown = answers.filter(({ block }) => sizes.get(block) === answersTogether)
  if (shown.length === 0) return { period, answers: 0, yes: null }
  const count = (question: SurveyQuestion) => shown.filter((answer) => answer[question]).length
  const yes = Object.fromEntries(surveyQuestions.map((question) => [question, count(question)]))
  return { period, answers: shown.length, yes: yes as Record<SurveyQuestion, number> }
}
