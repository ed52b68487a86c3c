import { z } from 'zod'
import { caseSources, findingKinds } from '../../domain/conduct.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  type CaseFilter,
  countCases,
  countFindings,
  type FindingFilter,
  findCase,
  findFinding,
  findingsOfCase,
  listCases,
  listFindings,
} from '../../store/conduct.ts'
import { historyOf } from '../../store/events.ts'
import type { Total } from '../../store/lists/totals.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { type CaseView, caseView, type FindingView, findingView } from './case-view.ts'

export const casesQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  source: z.enum(caseSources).optional(),
})
type CasesQuery = z.infer<typeof casesQuery>

export const findingsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  kind: z.enum(findingKinds).optional(),
})
type FindingsQuery = z.infer<typeof findingsQuery>

/** Cases by the day on which they were opened (R8). A member sees its own. @throws Refusal */
export async function readCases(
  registry: Registry,
  context: Context,
  query: CasesQuery,
): Promise<KeysetPage<CaseView>> {
  const rows = await listCases(registry.lists, caseFilter(context, query))
  const placeOf = ({ openedOn, id }: (typeof rows)[number]) => ({ value: openedOn, id })
  return pageOf('conduct-cases', rows, query.limit, placeOf, (row) => caseView(row, context.today))
}

/** @throws Refusal */
export async function countAskedCases(registry: Registry, context: Context, query: CasesQuery): Promise<Total> {
  return countCases(registry.lists, caseFilter(context, query))
}

function caseFilter(context: Context, { cursor, limit, memberId, source }: CasesQuery): CaseFilter {
  const own = ownOr(confinedTo(context, 'conduct.read'), memberId)
  return { after: positionOf('conduct-cases', 'day', cursor), limit, memberId: own, source }
}

/** One case with its findings and history. @throws Refusal */
export async function readCase(registry: Registry, context: Context, id: string) {
  const own = confinedTo(context, 'conduct.read')
  const found = await findCase(registry.db, id)
  if (!found || (own !== null && found.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['案件', 'case'] } })
  const [rows, history] = await Promise.all([
    findingsOfCase(registry.db, id),
    historyOf(registry.db, 'conduct_case', id),
  ])
  return {
    ...caseView(found, context.today),
    findings: rows.map((row) => findingView(row, context.today)),
    history,
  }
}

/** One finding. @throws Refusal */
export async function readFinding(registry: Registry, context: Context, id: string): Promise<FindingView> {
  const own = confinedTo(context, 'conduct.read')
  const found = await findFinding(registry.db, id)
  if (!found || (own !== null && found.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['问题', 'finding'] } })
  return findingView(found, context.today)
}

/** Findings by the day on which they were made (R8). A member sees its own. @throws Refusal */
export async function readFindings(
  registry: Registry,
  context: Context,
  query: FindingsQuery,
): Promise<KeysetPage<FindingView>> {
  const rows = await listFindings(registry.lists, findingFilter(context, query))
  const placeOf = ({ foundOn, id }: (typeof rows)[number]) => ({ value: foundOn, id })
  return pageOf('findings', rows, query.limit, placeOf, (row) => findingView(row, context.today))
}

/** @throws Refusal */
export async function countAskedFindings(registry: Registry, context: Context, query: FindingsQuery): Promise<Total> {
  return countFindings(registry.lists, findingFilter(context, query))
}

function findingFilter(context: Context, { cursor, limit, memberId, kind }: FindingsQuery): FindingFilter {
  const own = ownOr(confinedTo(context, 'conduct.read'), memberId)
  return { after: positionOf('findings', 'day', cursor), limit, memberId: own, kind }
}
