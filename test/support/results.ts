import { makeCreditCode } from '../../src/domain/credit-code.ts'
import {
  answerAssignment,
  answerInput,
  assign,
  assignmentInput,
} from '../../src/usecases/assignments/manage-assignments.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import type { Context } from '../../src/usecases/context.ts'
import { memberInput, registerMember } from '../../src/usecases/members/manage-members.ts'
import { correctionInput, correctResult } from '../../src/usecases/results/correct-result.ts'
import type { ResultPosted } from '../../src/usecases/results/post-result.ts'
import { endingInput, recordEnding } from '../../src/usecases/results/record-ending.ts'
import { bodyOf } from './asking.ts'
import { resultBody, type TestRegistry } from './services.ts'

/** Another enterprise than that of the usual body. */
export const otherFirm = {
  creditCode: makeCreditCode('91', '320500', 'MA0XX002'),
  name: '示例苏州电子有限公司',
  cityCode: '320500',
}

/** Each duty with its due day and state. */
export const dues = (answer: { obligations: ResultPosted['obligations'] }) =>
  Object.fromEntries(answer.obligations.map(({ duty, dueOn, state }) => [duty, `${dueOn} ${state}`]))
export const remarks = (answer: ResultPosted) => answer.warnings.map(({ code }) => code)
/** A refusal to post. */
export const refusedBody = (name: string, changes: Record<string, unknown> = {}) =>
  bodyOf(name, {
    kind: 'refuse',
    certificate: undefined,
    reasonCode: 'test_failed',
    productName: '示例数控车床',
    ...changes,
  })

/** Corrects a result as member a, unless asked otherwise. */
export const correct = (
  test: TestRegistry,
  id: string,
  input: Record<string, unknown>,
  as: Context = test.as('member'),
  key?: string,
) =>
  correctResult(test.registry, as, id, correctionInput.parse({ explanation: '笔误', ...input }), key).then(
    ({ answer }) => answer,
  )
/** Records that a certification ended. */
export const end = (test: TestRegistry, changes: Record<string, unknown> = {}, as: Context = test.as('secretariat')) =>
  recordEnding(
    test.registry,
    as,
    endingInput.parse({
      memberId: test.memberIds.a,
      productName: '示例数控车床',
      decidedOn: '2026-11-16',
      source: 'cnca_list',
      evidence: '认监委名录 2026-11-19',
      ...changes,
    }),
  )
/** Takes an action as member a. */
export const act = (test: TestRegistry, id: string, input: Record<string, unknown>) =>
  takeAction(test.registry, test.as('member'), id, actionInput.parse(input), undefined)

export async function acceptedAssignment(
  test: TestRegistry,
  changes: Record<string, unknown> = {},
  expectedDecisionOn = '2026-11-16',
): Promise<string> {
  const { id } = await assign(
    test.registry,
    test.as('secretariat'),
    assignmentInput.parse(assignmentBody(test, changes)),
  )
  const answer = answerInput.parse({ answer: 'accept', expectedDecisionOn })
  await answerAssignment(test.registry, test.as('member'), id, answer)
  return id
}

export function assignmentBody(test: TestRegistry, changes: Record<string, unknown> = {}) {
  const { enterprise, family } = resultBody()
  return {
    memberId: test.memberIds.a,
    enterprise,
    kind: 'product',
    productName: '示例数控车床',
    family,
    standards: ['Q/EXAMPLE 001-2025'],
    mode: 'secretariat_assigned',
    assignedOn: '2026-11-02',
    ...changes,
  }
}

/** A member that is registered, and no more. */
export function newcomer(test: TestRegistry): Promise<{ id: string }> {
  const creditCode = makeCreditCode('91', '320100', 'MA0XX103')
  const input = { name: '示例丙认证中心', approvalNumber: 'CNCA-R-2099-903', creditCode }
  return registerMember(test.registry, test.as('secretariat'), memberInput.parse(input))
}
