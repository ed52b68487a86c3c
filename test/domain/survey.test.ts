import fc from 'fast-check'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { answersTogether, blockOf, halfYearOf, surveyFigures, surveyQuestions } from '../../src/domain/survey.ts'

const answer = fc.record({
  bundling: fc.boolean(),
  paidConsulting: fc.boolean(),
  pressure: fc.boolean(),
  otherCost: fc.boolean(),
})

t.test('answers are shown five at a time: one more changes nothing until the next five are there (N6)', async (t) => {
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 23 }), (answers) => {
      const kept = answers.map((each, at) => ({ ...each, block: blockOf(at) }))
      const figures = surveyFigures('2026-H2', kept)
      const full = answers.length - (answers.length % answersTogether)
      const shown = answers.slice(0, full)
      if (full === 0) return figures.yes === null && figures.answers === 0
      return (
        figures.answers === full &&
        surveyQuestions.every((question) => figures.yes?.[question] === shown.filter((each) => each[question]).length)
      )
    }),
  )
  t.pass('for any answers')
})

t.test('an answer is counted in its half-year', async (t) => {
  t.equal(halfYearOf(plainDate('2026-06-30')), '2026-H1')
  t.equal(halfYearOf(plainDate('2026-07-01')), '2026-H2')
})
