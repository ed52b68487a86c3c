import { z } from 'zod'
import { nearestUnit } from '../../domain/city-distances.ts'
import { assignmentModes, type Ineligibility, ineligibilities } from '../../domain/eligibility.ts'
import { industryContains } from '../../domain/industries.ts'
import { refuse } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { type CandidateRow, candidatesFor } from '../../store/desk.ts'
import { type Enterprise, findEnterprise, isKnownToMember } from '../../store/enterprises.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { cityInput, dayInput, familyInput, idInput, industryInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const eligibilityQuery = z.strictObject({
  ...pageInput,
  enterpriseId: idInput.optional().meta({
    description: 'Whose declared conflicts of interest count; absent for a firm that is not registered yet.',
  }),
  family: familyInput,
  industryCode: industryInput.optional(),
  on: dayInput.optional().meta({ description: 'The day asked for; today where absent.' }),
  mode: z.enum(assignmentModes).default('secretariat_assigned'),
  replacesId: idInput.optional().meta({
    description: 'The assignment that is to be replaced: who had the case before and did not take it is not eligible.',
  }),
  cityCode: cityInput.optional().meta({ description: 'Where the firm is; that of the enterprise where absent.' }),
})

export type EligibilityQuery = z.infer<typeof eligibilityQuery>

export type EligibilityView = {
  readonly memberId: string
  readonly name: string
  readonly eligible: boolean
  /** Every reason why not; none where it is eligible. */
  readonly reasons: readonly Ineligibility[]
  readonly kilometres: number | null
  readonly unitCityCode: string | null
}

/** Who is eligible for one case, and why not the others, by name (N3, R7). A member sees itself. @throws Refusal */
export async function readEligibility(
  { lists }: Registry,
  context: Context,
  query: EligibilityQuery,
): Promise<KeysetPage<EligibilityView>> {
  const memberId = confinedTo(context, 'eligibility.read')
  const { enterpriseId = null, limit } = query
  const enterprise = enterpriseId === null ? null : await requireEnterprise(lists, enterpriseId, memberId)
  const on = query.on ?? context.today
  const after = positionOf('eligibility', 'text', query.cursor)
  const rows = await candidatesFor(lists, {
    on,
    enterpriseId,
    memberId,
    replacesId: query.replacesId ?? null,
    after,
    limit: limit + 1,
  })
  const cityCode = query.cityCode ?? enterprise?.cityCode ?? null
  return pageOf(
    'eligibility',
    rows,
    limit,
    (row) => ({ value: row.name, id: row.memberId }),
    (row) => eligibilityOf(row, { ...query, on }, cityCode),
  )
}

/** A firm that a member has nothing to do with is answered as if it were not registered. @throws Refusal */
export async function requireEnterprise(db: Db, id: string, memberId: string | null): Promise<Enterprise> {
  const enterprise = await findEnterprise(db, id)
  if (enterprise && (memberId === null || (await isKnownToMember(db, id, memberId)))) return enterprise
  throw refuse('not_found', 'enterpriseId', { values: { what: ['企业', 'enterprise'] } })
}

function eligibilityOf(
  row: CandidateRow,
  { family, industryCode, on, mode }: EligibilityQuery & { on: NonNullable<EligibilityQuery['on']> },
  cityCode: string | null,
): EligibilityView {
  const reasons = ineligibilities({ family, industryCode: industryCode ?? null, on, mode }, row, industryContains)
  const nearest = nearestUnit(cityCode, row.unitCities)
  return {
    memberId: row.memberId,
    name: row.name,
    eligible: reasons.length === 0,
    reasons,
    kilometres: nearest?.kilometres ?? null,
    unitCityCode: nearest?.cityCode ?? null,
  }
}
