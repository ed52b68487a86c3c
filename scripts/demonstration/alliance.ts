import { shiftWorkingDays } from '../../src/domain/calendar.ts'
import { usualValidUntil } from '../../src/domain/certificate.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { Refusal } from '../../src/domain/refusals.ts'
import { answerAssignment, assign, assignmentInput } from '../../src/usecases/assignments/manage-assignments.ts'
import { readAssignments } from '../../src/usecases/assignments/read-assignments.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import {
  addContact,
  addScope,
  addUnit,
  changeStanding,
  memberInput,
  registerMember,
} from '../../src/usecases/members/manage-members.ts'
import { readMembers } from '../../src/usecases/members/read-members.ts'
import { recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { postResult, type ResultPosted } from '../../src/usecases/results/post-result.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'

/** A small alliance in which every name says that it is an example. Each step may be taken again without harm. */
export type Alliance = { readonly memberIds: readonly [string, string, string] }

const founded = plainDate('2024-01-02')

const bodies = [
  {
    name: '示例甲认证中心',
    nameEn: 'Example Body A',
    approvalNumber: 'CNCA-R-2099-901',
    city: '320100',
    organisation: 'MA0XX101',
  },
  {
    name: '示例乙认证有限公司',
    nameEn: 'Example Body B',
    approvalNumber: 'CNCA-R-2099-902',
    city: '320500',
    organisation: 'MA0XX102',
  },
  {
    name: '示例丙国际认证有限公司',
    nameEn: 'Example Body C',
    approvalNumber: 'CNCA-RF-2099-903',
    city: '320200',
    organisation: 'MA0XX103',
  },
] as const

const firms = [
  {
    name: '示例精密机械有限公司',
    city: '320100',
    organisation: 'MA0XX001',
    family: 'manufacturing',
    industry: '3411',
    product: '示例数控车床',
  },
  {
    name: '示例纺织有限公司',
    city: '320500',
    organisation: 'MA0XX002',
    family: 'manufacturing',
    industry: '1711',
    product: '示例精梳棉纱',
  },
  {
    name: '示例养老服务有限公司',
    city: '320200',
    organisation: 'MA0XX003',
    family: 'services',
    industry: '8514',
    product: '示例社区养老服务',
  },
  {
    name: '示例农业合作社',
    city: '320600',
    organisation: 'MA0XX004',
    family: 'agriculture',
    industry: '0111',
    product: '示例大米',
  },
] as const

export async function prepareAlliance(registry: Registry, context: Context): Promise<Alliance> {
  const [first, second, third] = [
    await body(registry, context, bodies[0]),
    await body(registry, context, bodies[1]),
    await body(registry, context, bodies[2]),
  ]
  const { calendar } = await registry.rulebooks.current(registry.db)
  const daysAgo = (workingDays: number) => shiftWorkingDays(calendar, context.today, -workingDays)

  const onTime = await post(registry, context, first, 'JIA-R-0001', firms[0], 'JIA-2026-0001', daysAgo(15))
  await report(registry, context, onTime, daysAgo(12))
  const late = await post(registry, context, second, 'YI-R-0001', firms[1], 'YI-2026-0001', daysAgo(15))
  await report(registry, context, late, daysAgo(4))
  await post(registry, context, second, 'YI-R-0002', firms[3], 'YI-2026-0002', daysAgo(9))
  await post(registry, context, third, 'BING-R-0001', firms[2], 'BING-2026-0001', daysAgo(6))
  await suspend(registry, context, onTime, daysAgo(1))
  await openAssignment(registry, context, first)
  return { memberIds: [first, second, third] }
}

async function body(registry: Registry, context: Context, example: (typeof bodies)[number]): Promise<string> {
  const { items } = await readMembers(registry, context, { limit: 1, approvalNumber: example.approvalNumber })
  const id = items[0]?.id ?? (await register(registry, context, example))
  if (items[0]?.standing === 'admitted') return id
  await changeStanding(registry, context, id, {
    standing: 'admitted',
    fromOn: founded,
    reason: '示例：入盟',
    decidedBy: '示例秘书处',
  })
  return id
}

async function register(registry: Registry, context: Context, example: (typeof bodies)[number]): Promise<string> {
  const { name, nameEn, approvalNumber, city, organisation } = example
  const creditCode = makeCreditCode('91', city, organisation)
  const { id } = await registerMember(
    registry,
    context,
    memberInput.parse({ name, nameEn, approvalNumber, creditCode }),
  )
  for (const family of ['agriculture', 'manufacturing', 'services', 'construction']) {
    await addScope(registry, context, id, { family, description: '示例范围', fromOn: founded })
  }
  await addUnit(registry, context, id, { name: `${name}示例分中心`, cityCode: city, fromOn: founded })
  await addContact(registry, context, id, {
    name: '示例联系人',
    duty: '报送',
    phone: '000-00000000',
    email: `${approvalNumber.toLowerCase()}@example.invalid`,
    fromOn: founded,
  })
  return id
}

function enterpriseOf({ name, city, organisation, industry }: (typeof firms)[number]) {
  return { creditCode: makeCreditCode('91', city, organisation), name, cityCode: city, industryCode: industry }
}

async function post(
  registry: Registry,
  context: Context,
  memberId: string,
  memberReference: string,
  firm: (typeof firms)[number],
  number: string,
  decidedOn: PlainDate,
): Promise<ResultPosted> {
  const input = resultInput.parse({
    kind: 'issue',
    memberId,
    memberReference,
    enterprise: enterpriseOf(firm),
    family: firm.family,
    industryCode: firm.industry,
    decidedOn,
    certificate: {
      number,
      issuedOn: decidedOn,
      validUntil: usualValidUntil(decidedOn, 36),
      product: { name: firm.product, models: ['示例型号'], trademark: '示例' },
      standards: ['Q/EXAMPLE 001-2025'],
      certificationMode: '示例模式',
    },
  })
  const { answer } = await postResult(registry, context, input, {
    validateOnly: false,
    idempotencyKey: `demo-${memberReference}`,
  })
  return answer
}

async function report(
  registry: Registry,
  context: Context,
  { obligations }: ResultPosted,
  reportedOn: PlainDate,
): Promise<void> {
  const duty = obligations.find((obligation) => obligation.duty === 'report_to_cnca')
  if (duty)
    await unlessDone(
      recordReceipt(
        registry,
        context,
        duty.id,
        { reportedOn, receiptNumber: '示例回执', evidence: '示例：上报截图' },
        undefined,
      ),
    )
}

async function suspend(
  registry: Registry,
  context: Context,
  { certificate }: ResultPosted,
  on: PlainDate,
): Promise<void> {
  if (!certificate) return
  const input = {
    action: 'suspend' as const,
    on,
    untilOn: addDays(on, 90),
    reasonCode: 'holder_request',
    reasonText: '示例：持证人申请暂停',
  }
  await unlessDone(takeAction(registry, context, certificate.id, input, `demo-suspend-${certificate.number}`))
}

/** An assignment that is accepted and whose outcome is still owed. */
async function openAssignment(registry: Registry, context: Context, memberId: string): Promise<void> {
  const known = await readAssignments(registry, context, { limit: 1, memberId })
  if (known.items.length > 0) return
  const [firm] = firms
  const input = {
    memberId,
    enterprise: enterpriseOf(firm),
    kind: 'product',
    productName: '示例加工中心',
    family: firm.family,
    standards: ['Q/EXAMPLE 002-2026'],
  }
  const made = await assign(
    registry,
    context,
    assignmentInput.parse({ ...input, mode: 'secretariat_assigned', assignedOn: addDays(context.today, -20) }),
  )
  const asMember = { ...context, actor: { ...context.actor, role: 'member' as const, memberId } }
  await answerAssignment(registry, asMember, made.id, {
    answer: 'accept',
    expectedDecisionOn: addDays(context.today, 10),
  })
}

/** A step that was taken before a restart is not taken twice. */
async function unlessDone(step: Promise<unknown>): Promise<void> {
  await step.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
  })
}
