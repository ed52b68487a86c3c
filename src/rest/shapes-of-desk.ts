import { z } from 'zod'
import { conflictKinds, ineligibilityCodes } from '../domain/eligibility.ts'
import { lineGroundNames } from '../domain/proposal-line.ts'
import { day, instant, listOf } from './shapes.ts'

/** What the assignment desk answers. */
const id = z.string().meta({ format: 'uuid' })
const text = z.string()
const number = z.number()

const reason = z.object({ code: z.enum(ineligibilityCodes), zh: text, en: text })

export const eligibility = z.object({
  memberId: id,
  name: text,
  eligible: z.boolean(),
  reasons: listOf(reason).meta({ description: 'Every reason why not; none where it is eligible.' }),
  kilometres: number.nullable().meta({ description: 'To its nearest executing unit, in a straight line.' }),
  unitCityCode: text.nullable(),
})

export const conflict = z.object({
  id,
  memberId: id,
  enterpriseId: id,
  kind: z.enum(conflictKinds),
  note: text.nullable(),
  declaredBy: text,
  fromOn: day,
  untilOn: day.nullable(),
  recordedAt: instant,
})

export const capacity = z.object({
  id,
  memberId: id,
  year: number,
  family: text.nullable().meta({ description: 'Null: of all families together.' }),
  cases: number,
  statedBy: text,
  recordedAt: instant,
})

const batchFacts = { id, name: text, schemeCode: text, recordedOn: day, recordedAt: instant }
export const batchRecorded = z.object({ ...batchFacts, cases: number })

export const batchIssue = z.object({ batchId: id, proposalId: id, issuedOn: day, assignments: number })
export const batch = z.object({ ...batchFacts, issue: batchIssue.nullable() })

export const proposal = z.object({
  id,
  batchId: id,
  number,
  onDay: day,
  seed: text,
  inputHash: text,
  solver: text,
  status: text,
  gap: number.meta({ description: 'How far from the best it may be, by the bounds that were proved.' }),
  cases: number,
  placed: number,
  largestDeviation: number,
  kilometres: number,
  distanceUnknown: number,
  recordedAt: instant,
})

export const batchDetail = batch.extend({ cases: number, proposals: listOf(proposal) })

const share = z.object({
  memberId: id,
  assigned: number.meta({ description: 'By the secretariat in the three years before.' }),
  proposed: number,
  expected: number.meta({ description: 'By capacity within scope, over the three years and this batch.' }),
  deviationBefore: number,
  deviationAfter: number,
})

const groundCode = z.enum(Object.keys(lineGroundNames) as [string, ...string[]])

export const proposalDetail = proposal.extend({
  shares: listOf(share),
  scarce: listOf(
    z.object({ family: text, industryCode: text.nullable(), code: groundCode, zh: text, en: text, cases: number }),
  ).meta({ description: 'What could not be placed, by scope: where new bodies are needed (N2).' }),
})

export const planInput = z.object({
  seed: text,
  cases: listOf(
    z.object({
      key: text,
      family: text,
      options: listOf(z.object({ memberId: id, kilometres: number.nullable() })),
    }),
  ).meta({
    description:
      'By their keys, each with the bodies that are eligible. Its canonical JSON has the hash of the proposal.',
  }),
  members: listOf(
    z.object({ memberId: id, rooms: listOf(z.object({ family: text.nullable(), room: number })), owed: number }),
  ).meta({ description: 'Capacity that is left, and the expected share less what each has already.' }),
})

export const line = z.object({
  caseId: id,
  place: number,
  enterpriseId: id,
  enterpriseName: text,
  productName: text,
  family: text,
  industryCode: text.nullable(),
  cityCode: text.nullable(),
  proposedMemberId: id.nullable(),
  memberId: id.nullable(),
  ground: z.object({
    code: groundCode,
    zh: text,
    en: text,
    eligible: number,
    kilometres: number.nullable(),
    unitCityCode: text.nullable(),
    alternatives: listOf(z.object({ memberId: id, kilometres: number.nullable() })),
    reasons: listOf(reason),
  }),
  share: share.nullable(),
  changes: listOf(z.object({ memberId: id.nullable(), reason: text, recordedAt: instant })),
})

export const ledgerRow = z.object({
  memberId: id,
  name: text,
  fromOn: day,
  untilOn: day,
  assigned: number,
  selfSelected: number,
  declined: number,
  expected: number,
  deviation: number,
})
