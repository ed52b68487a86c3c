import t from 'tap'
import { obligationsOf } from '../../src/store/obligations.ts'
import { registerEnterprise } from '../../src/usecases/enterprises/manage-enterprises.ts'
import { enterpriseInput } from '../../src/usecases/enterprises/resolve-enterprise.ts'
import { readResults, resultsQuery } from '../../src/usecases/results/read-results.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { actionsOf, bodyOf, codesOf, post, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { acceptedAssignment, correct, dues, end, newcomer, otherFirm, remarks } from '../support/results.ts'

const unknownId = '01958d5e-0000-7000-8000-000000000000'

/** Friday 2026-11-20, ten o'clock in Shanghai. What was decided on 2026-11-16 is due on 2026-11-25. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

// ---- Endings that others recorded (R2)

story('secretariat and regulator record that a certification ended, and the clocks run', async (test, t) => {
  for (const [role, certificateNumber] of [
    ['secretariat', 'SL-1'],
    ['regulator', 'SL-2'],
  ] as const) {
    const { ending, obligations } = await end(test, { certificateNumber }, test.as(role))
    t.same(dues({ obligations }), { report_to_cnca: '2026-11-25 open', feed_back: '2026-11-25 open' }, role)
    t.same(await actionsOf(test.registry, 'ending', ending.id), ['ending.recorded'])
  }
  t.same(await codesOf(end(test, {}, test.as('member'))), ['forbidden'])
  t.same(await codesOf(end(test, {}, test.as('administrator'))), ['forbidden'])
})

story('the member’s later post takes over the two obligations of an ending', async (test, t) => {
  const { ending, obligations } = await end(test, { certificateNumber: 'SL-1' })
  const answer = await posted(test, bodyOf('1'))
  t.same(dues(answer), {
    report_to_cnca: '2026-11-25 open',
    feed_back: '2026-11-25 met_on_time',
    surveillance: '2027-11-16 open',
  })
  const adopted = answer.obligations.filter(({ duty }) => duty !== 'surveillance')
  t.same(adopted.map(({ id }) => id).sort(), obligations.map(({ id }) => id).sort(), 'the very same two')
  t.ok(
    adopted.every(
      ({ resultId, certificateId }) => resultId === answer.result.id && certificateId === answer.certificate?.id,
    ),
  )
  t.same(remarks(answer), ['no_assignment'])
  t.same(await actionsOf(test.registry, 'ending', ending.id), ['ending.recorded', 'ending.settled'])
})

story('an ending is met by its id, by its assignment or by the number', async (test, t) => {
  const { ending } = await end(test, { certificateNumber: 'SL-OTHER' })
  t.equal(
    (await posted(test, bodyOf('1', { endingId: ending.id }))).obligations.filter(
      ({ endingId }) => endingId === ending.id,
    ).length,
    2,
  )
  t.same(await refusalsOf(post(test, bodyOf('2', { endingId: ending.id }))), ['ending_settled@endingId'])
  const assignmentId = await acceptedAssignment(test)
  const second = await end(test, { assignmentId })
  const answer = await posted(test, bodyOf('2', { assignmentId }))
  t.equal(answer.obligations.filter(({ endingId }) => endingId === second.ending.id).length, 2)
})

story('an ending that is settled doesn’t hide one that waits', async (test, t) => {
  await end(test, { certificateNumber: 'SL-1' })
  await posted(test, bodyOf('1'))
  const assignmentId = await acceptedAssignment(test)
  const { ending } = await end(test, { assignmentId, decidedOn: '2026-11-18' })
  const renewal = await posted(
    test,
    bodyOf(
      '1',
      { memberReference: 'R-2', kind: 'renew', assignmentId, decidedOn: '2026-11-18' },
      { issuedOn: '2026-11-18' },
    ),
  )
  t.equal(renewal.obligations.filter(({ endingId }) => endingId === ending.id).length, 2)
})

story('of two decision days the earlier counts, and the answer says that they disagree', async (test, t) => {
  const table: [name: string, ending: string, result: string, dueOn: string][] = [
    ['1', '2026-11-12', '2026-11-16', '2026-11-23'],
    ['2', '2026-11-17', '2026-11-16', '2026-11-25'],
  ]
  for (const [name, endedOn, decidedOn, dueOn] of table) {
    await end(test, { certificateNumber: `SL-${name}`, decidedOn: endedOn })
    const answer = await posted(test, bodyOf(name, { decidedOn }))
    t.equal(dues(answer).report_to_cnca?.slice(0, 10), dueOn, `${endedOn} and ${decidedOn}: due ${dueOn}`)
    t.same(remarks(answer), ['ending_disagrees', 'no_assignment'])
    t.match(answer.warnings[0], { value: decidedOn, values: { recorded: endedOn } })
    t.equal(answer.result.decidedOn, decidedOn, 'what the member states stays visible')
  }
})

story('a correction of something else leaves the earlier day of an ending in force', async (test, t) => {
  await end(test, { certificateNumber: 'SL-1', decidedOn: '2026-11-12' })
  const first = await posted(test, bodyOf('1'))
  const text = await correct(test, first.result.id, { reasonText: '补充说明' })
  t.equal(dues(text).report_to_cnca?.slice(0, 10), '2026-11-23')
  t.match(text.result, { decidedOn: '2026-11-16', approval: 'not_needed' })
  const moved = await correct(test, text.result.id, { decidedOn: '2026-11-17' })
  t.equal(dues(moved).report_to_cnca?.slice(0, 10), '2026-11-23', 'and so does a later day that the member names')
})

story('an ending is refused for each of these reasons', async (test, t) => {
  const { memberIds } = test
  const candidate = await newcomer(test)
  const answered = await acceptedAssignment(test)
  await posted(test, bodyOf('1', { assignmentId: answered }))
  const assignmentId = await acceptedAssignment(test)
  await end(test, { assignmentId })
  await end(test, { certificateNumber: 'SL-7' })
  const table: [story: string, changes: Record<string, unknown>, problems: string[]][] = [
    ['a second one for the assignment', { assignmentId, decidedOn: '2026-11-17' }, ['already_registered@']],
    ['a second one for the number, written otherwise', { certificateNumber: 'sl 7' }, []],
    ['a second one for the number', { certificateNumber: 'ｓｌ－７' }, ['already_registered@']],
    ['a day in the future', { certificateNumber: 'SL-8', decidedOn: '2026-11-21' }, ['day_in_future@decidedOn']],
    ['no such member', { certificateNumber: 'SL-8', memberId: unknownId }, ['not_found@memberId']],
    ['no link to anything', {}, ['ending_unlinked@']],
    [
      'a day before the admission',
      { certificateNumber: 'SL-8', decidedOn: '2024-01-01' },
      ['decided_before_admission@decidedOn'],
    ],
    [
      'a member never admitted',
      { certificateNumber: 'SL-8', memberId: candidate.id },
      ['member_not_admitted@decidedOn'],
    ],
    ['no such assignment', { assignmentId: unknownId }, ['not_found@assignmentId']],
    ['an assignment of another member', { memberId: memberIds.b, assignmentId }, ['not_found@assignmentId']],
    ['no such enterprise', { enterpriseId: unknownId }, ['not_found@enterpriseId']],
    ['a certificate that was posted', { certificateNumber: 'SL-1' }, ['certificate_number_used@certificateNumber']],
    ['an assignment whose outcome was posted', { assignmentId: answered }, ['assignment_has_outcome@assignmentId']],
  ]
  for (const [story, changes, problems] of table) t.same(await refusalsOf(end(test, changes)), problems, story)
})

story(
  'an ending of another enterprise is refused where it is named, and left alone where it is not',
  async (test, t) => {
    const { id: enterpriseId } = await registerEnterprise(
      test.registry,
      test.as('secretariat'),
      enterpriseInput.parse(otherFirm),
    )
    const { ending } = await end(test, { enterpriseId, certificateNumber: 'SL-1' })
    t.same(await refusalsOf(post(test, bodyOf('1', { endingId: ending.id }))), ['ending_differs@endingId'])
    const { answer } = await post(test, bodyOf('1'))
    t.equal((await obligationsOf(test.registry.db, { resultId: answer.result.rootId })).length, 3)
    t.ok((await obligationsOf(test.registry.db, { endingId: ending.id })).every(({ resultId }) => resultId === null))
  },
)

story(
  'an ending known only by enterprise, product and day is answered by the post of that product',
  async (test, t) => {
    const { id: enterpriseId } = await registerEnterprise(
      test.registry,
      test.as('secretariat'),
      enterpriseInput.parse(bodyOf('1').enterprise),
    )
    const { certificate, decidedOn } = resultInput.parse(bodyOf('1'))
    const productName = certificate?.product.name
    const { ending, obligations } = await end(test, { enterpriseId, productName, decidedOn })
    const { answer } = await post(test, bodyOf('1'))
    const owed = await obligationsOf(test.registry.db, { resultId: answer.result.rootId })
    t.equal(owed.filter(({ endingId }) => endingId === ending.id).length, obligations.length)
    t.equal(owed.filter(({ duty }) => duty === 'report_to_cnca').length, 1)
  },
)

story('an ending and an outcome of one assignment at once never open the same duty twice', async (test, t) => {
  for (let round = 1; round <= 6; round += 1) {
    const assignmentId = await acceptedAssignment(test)
    const { refused } = await race<unknown>([
      post(test, bodyOf(`${round}`, { assignmentId })),
      end(test, { assignmentId }),
    ])
    t.ok(
      refused.every((codes) => codes.join() === 'assignment_has_outcome'),
      JSON.stringify(refused),
    )
    const result = await readResults(
      test.registry,
      test.as('member'),
      resultsQuery.parse({ memberReference: `R-${round}` }),
    )
    const owed = await obligationsOf(test.registry.db, { assignmentId })
    const ofResult = await obligationsOf(test.registry.db, { resultId: result.items[0]?.id ?? '' })
    const reports = new Set([...owed, ...ofResult].filter(({ duty }) => duty === 'report_to_cnca').map(({ id }) => id))
    t.equal(reports.size, 1)
  }
})
