import { z } from 'zod'
import { certificateActions, certificateStates } from '../domain/certificate.ts'
import { duties, obligationStates } from '../domain/obligation.ts'
import { resultKinds } from '../domain/result.ts'
import { casesUnderWay, standings } from '../domain/standing.ts'
import { verifiedStates } from '../domain/verification.ts'

/** What answers look like: they check and describe what goes out, and what they do not name does not go out. */
export const day = z.string().meta({ format: 'date' })
export const instant = z.any().meta({ type: 'string', format: 'date-time' })
const id = z.string().meta({ format: 'uuid' })
const text = z.string()
const nullable = <T extends z.ZodType>(shape: T) => shape.nullable()
export const listOf = <T extends z.ZodType>(shape: T) => z.array(shape).readonly()

export const pageOfShape = <T extends z.ZodType>(item: T) =>
  z.object({
    items: listOf(item),
    nextCursor: nullable(text).meta({ description: 'For the next page; null on the last.' }),
  })

export const created = z.object({ id })

export const shownProblem = z.object({ code: text, path: text, value: z.any().optional(), detail: text })

export const problemShape = z
  .object({
    type: text,
    title: text,
    status: z.number(),
    detail: text,
    code: text,
    requestId: text,
    errors: listOf(shownProblem),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. 语言随 Accept-Language / in the language of Accept-Language.' })

const countedDay = z.object({ on: day, kind: text })

export const dueDate = z.object({
  from: day,
  workingDays: z.number(),
  dueOn: day,
  counted: listOf(countedDay),
  skipped: listOf(countedDay),
  provisional: z.boolean(),
  calendarVersion: z.number(),
})

export const historyEntry = z.object({
  at: instant,
  action: text,
  actorName: text,
  actorRole: text,
  onDay: nullable(day),
  changes: z.record(z.string(), z.any()),
  requestId: text,
})

export const obligation = z.object({
  id,
  duty: z.enum(duties),
  memberId: id,
  enterpriseId: nullable(id),
  resultId: nullable(id),
  certificateId: nullable(id),
  assignmentId: nullable(id),
  endingId: nullable(id),
  explainsId: nullable(id).meta({ description: 'Of a duty to explain: the obligation that is overdue or late.' }),
  cityCode: nullable(text),
  subject: text,
  openedOn: day,
  eventOn: day,
  dueOn: day,
  provisional: z.boolean(),
  ruleVersion: z.number(),
  calendarVersion: nullable(z.number()),
  state: z.enum(obligationStates),
  lateness: nullable(z.object({ calendarDays: z.number(), workingDays: z.number() })),
  metOn: nullable(day),
  contested: z.boolean(),
  waivedOn: nullable(day),
  waivedGround: nullable(text),
  recordedAt: instant,
})

const limit = z.object({ unit: text, count: z.number().optional(), day: z.number().optional() })

export const deadlineRule = z.object({
  duty: z.enum(duties),
  version: z.number(),
  effectiveOn: day,
  startEvent: text,
  limit,
  dueSoonWorkingDays: z.number(),
  clause: text,
})

export const ladderRule = z.object({
  version: z.number(),
  effectiveOn: day,
  replyWorkingDays: z.number(),
  appealWorkingDays: z.number(),
  clause: text,
})

export const explainedObligation = obligation.extend({
  explanation: z.object({
    counted: listOf(countedDay),
    skipped: listOf(countedDay),
    limit,
    clause: text,
    ruleVersion: z.number(),
    calendarVersion: nullable(z.number()),
    provisional: z.boolean(),
  }),
})

const review = z.object({
  id,
  verdict: text,
  reportedOn: nullable(day),
  note: nullable(text),
  recordedAt: instant,
  recordedBy: text,
})

export const receipt = z.object({
  id,
  obligationId: id,
  reportedOn: day,
  receiptNumber: nullable(text),
  evidence: nullable(text),
  backReported: z.boolean(),
  supersedesId: nullable(id),
  supersededAt: nullable(instant),
  recordedAt: instant,
  recordedBy: text,
})

export const reviewedReceipt = receipt.extend({ reviews: listOf(review) })

export const explanation = z.object({
  id,
  obligationId: id,
  memberId: id,
  text,
  state: z.enum(['waiting', 'accepted', 'returned']),
  note: nullable(text),
  decidedAt: nullable(instant),
  decidedBy: nullable(text),
  supersededAt: nullable(instant),
  recordedAt: instant,
  recordedBy: text,
})

export const obligationDetail = explainedObligation.extend({
  receipts: listOf(reviewedReceipt),
  sourcesDisagree: z.boolean(),
  waiver: nullable(
    z.object({
      ground: text,
      recordedAt: instant,
      recordedBy: text,
      verdict: nullable(text),
      decidedAt: nullable(instant),
      decidedBy: nullable(text),
    }),
  ),
  explanations: listOf(explanation),
  history: listOf(historyEntry),
})

const certificateContent = z.object({
  numberAsPrinted: text,
  issuingBody: text,
  client: z.object({ name: text, address: nullable(text) }),
  product: z.object({
    name: text,
    models: listOf(text),
    trademark: nullable(text),
    maker: nullable(text),
    makerAddress: nullable(text),
  }),
  factory: z.object({ name: nullable(text), address: nullable(text) }),
  standards: listOf(text),
  requirements: nullable(text),
  certificationMode: nullable(text),
  further: z.record(z.string(), z.string()),
})

export const certificate = z.object({
  id,
  schemeCode: text,
  memberId: id,
  enterpriseId: id,
  number: text,
  holderName: text,
  productName: text,
  family: nullable(text),
  industryCode: nullable(text),
  cityCode: nullable(text),
  state: z.enum(certificateStates),
  decidedOn: nullable(day),
  issuedOn: nullable(day),
  validFrom: day,
  validUntil: day,
  endedOn: nullable(day),
  endedAs: nullable(text),
  endedReason: nullable(text),
  suspensions: listOf(z.object({ fromOn: day, untilOn: day, liftedOn: nullable(day) })),
  renewsId: nullable(id),
  transferredFromId: nullable(id),
  version: z.number(),
  origin: text,
  importId: nullable(id),
  actionsAllowed: listOf(z.enum(certificateActions)),
  content: certificateContent,
  recordedAt: instant,
  versionRecordedAt: instant,
})

export const certificateDetail = certificate.extend({
  renewedById: nullable(id),
  events: listOf(
    z.object({
      id,
      action: text,
      onDay: day,
      untilOn: nullable(day),
      reasonCode: text,
      reasonText: nullable(text),
      toCertificateId: nullable(id),
      recordedAt: instant,
      recordedBy: text,
    }),
  ),
  earlierVersions: listOf(
    z.object({
      version: z.number(),
      number: text,
      content: certificateContent,
      decidedOn: nullable(day),
      issuedOn: nullable(day),
      validFrom: day,
      validUntil: day,
      cause: text,
      recordedAt: instant,
      supersededAt: instant,
      supersededBy: text,
    }),
  ),
  obligations: listOf(obligation),
  history: listOf(historyEntry),
})

export const result = z.object({
  id,
  rootId: id,
  revision: z.number(),
  supersedesId: nullable(id),
  supersededAt: nullable(instant),
  memberId: id,
  enterpriseId: id,
  schemeCode: text,
  assignmentId: nullable(id),
  certificateId: nullable(id),
  kind: z.enum(resultKinds),
  family: text,
  productName: text,
  decidedOn: day,
  effectiveDecidedOn: day,
  reasonCode: nullable(text),
  reasonText: nullable(text),
  memberReference: text,
  approval: text,
  approvalNote: nullable(text),
  explanation: nullable(text),
  recordedAt: instant,
  recordedBy: text,
})

export const resultDetail = result.extend({
  revisions: listOf(result),
  obligations: listOf(obligation),
  history: listOf(historyEntry),
})

export const resultPosted = z.object({
  outcome: z.enum(['recorded', 'already_recorded', 'would_be_recorded']),
  receiptId: nullable(id),
  result,
  certificate: nullable(certificate),
  obligations: listOf(explainedObligation),
  warnings: listOf(shownProblem),
})

export const resultCorrected = z.object({
  result,
  supersedes: result,
  certificate: nullable(certificate),
  obligations: listOf(explainedObligation),
})

export const actionTaken = z.object({
  certificate,
  successor: nullable(certificate),
  obligations: listOf(explainedObligation),
})

export const ending = z.object({
  id,
  memberId: id,
  enterpriseId: nullable(id),
  assignmentId: nullable(id),
  certificateNumber: nullable(text),
  productName: text,
  decidedOn: day,
  source: text,
  evidence: text,
  resultId: nullable(id),
  isService: z.boolean(),
  recordedAt: instant,
  recordedBy: text,
})

export const attempt = z.object({
  id,
  memberId: nullable(id),
  at: instant,
  operation: text,
  codes: listOf(text),
  memberReference: nullable(text),
  idempotencyKey: nullable(text),
  requestId: text,
})

export const member = z.object({
  id,
  name: text,
  nameEn: nullable(text),
  approvalNumber: nullable(text),
  approvalUntilOn: nullable(day),
  creditCode: nullable(text),
  origin: text,
  standing: nullable(z.enum(standings)),
  recordedAt: instant,
})

const span = { fromOn: day, untilOn: nullable(day), recordedAt: instant }

export const memberDetail = member.extend({
  approvalNumbers: listOf(z.object({ approvalNumber: text, fromOn: nullable(day), recordedAt: instant })),
  merger: nullable(z.object({ intoMemberId: id, intoName: text, mergedOn: day, document: text })),
  approvalRevocation: nullable(z.object({ revokedOn: day, ground: text, recordedAt: instant })),
  /** What follows from the standing on the day asked for; null where that is unknown. */
  effects: nullable(
    z.object({
      mayBeAssigned: z.boolean(),
      mayIssue: z.boolean(),
      mayDecide: z.boolean(),
      casesUnderWay: z.enum(casesUnderWay),
      surveillanceGoesOn: z.boolean(),
    }),
  ),
  standings: listOf(
    z.object({
      standing: z.enum(standings),
      fromOn: day,
      reason: text,
      decidedBy: text,
      measureId: nullable(id),
      recordedAt: instant,
      recordedBy: text,
    }),
  ),
  scopes: listOf(
    z.object({ id, family: text, industryCode: nullable(text), description: text, holds: z.boolean(), ...span }),
  ),
  units: listOf(
    z.object({
      id,
      name: text,
      creditCode: nullable(text),
      cityCode: nullable(text),
      address: nullable(text),
      ...span,
    }),
  ),
  contacts: listOf(
    z.object({ id, name: text, duty: nullable(text), phone: nullable(text), email: nullable(text), ...span }),
  ),
  names: listOf(z.object({ name: text, fromOn: nullable(day), recordedAt: instant })),
  history: listOf(historyEntry),
})

export const enterprise = z.object({
  id,
  creditCode: nullable(text),
  creditCodeInDoubt: z.boolean(),
  name: text,
  country: text,
  cityCode: nullable(text),
  family: nullable(text),
  industryCode: nullable(text),
  address: nullable(text),
  origin: text,
  recordedAt: instant,
})

export const enterpriseDetail = enterprise.extend({
  names: listOf(z.object({ name: text, fromOn: nullable(day), recordedAt: instant })),
  history: listOf(historyEntry),
})

export const assignment = z.object({
  id,
  schemeCode: text,
  memberId: id,
  enterpriseId: id,
  executingUnitId: nullable(id),
  kind: text,
  productName: text,
  family: text,
  industryCode: nullable(text),
  standards: listOf(text),
  mode: text,
  choiceProof: nullable(text),
  feeQuotedYuan: nullable(text),
  feePaidYuan: nullable(text),
  assignedOn: day,
  acceptedOn: nullable(day),
  declinedOn: nullable(day),
  declineReason: nullable(text),
  expectedDecisionOn: nullable(day),
  recordedAt: instant,
})

export const assignmentDetail = assignment.extend({
  batchId: nullable(id).meta({ description: 'The batch that it was made with.' }),
  replacesId: nullable(id).meta({ description: 'The assignment that it replaces.' }),
  obligations: listOf(obligation),
  history: listOf(historyEntry),
})

export const scheme = z.object({
  code: text,
  nameZh: text,
  nameEn: text,
  versions: listOf(
    z.object({
      version: z.number(),
      effectiveOn: day,
      validityMonths: z.number(),
      requiredFields: listOf(text),
      recordedAt: instant,
    }),
  ),
})

export const event = z.object({
  id: z.number(),
  at: instant,
  actorKind: text,
  actorId: text,
  actorName: text,
  actorRole: text,
  action: text,
  entity: text,
  entityId: text,
  memberId: nullable(id),
  onDay: nullable(day),
  changes: z.record(z.string(), z.any()),
  requestId: text,
})

export const figure = z
  .object({ value: nullable(z.number()), numerator: z.number(), denominator: nullable(z.number()), asOf: day })
  .meta({ description: 'A share has a denominator, and no value where that is 0; a plain count has none.' })

export const memberFigures = z.object({
  liveCertificates: figure,
  suspendedCertificates: figure,
  expiring30: figure,
  expiring90: figure,
  expiring180: figure,
  results12Months: figure,
  open: figure,
  dueSoon: figure,
  overdue: figure,
  onTimeToCnca: figure,
  onTimeToSecretariat: figure,
  lateToCnca: figure,
  contestedToCnca: figure,
})

export const memberOnDashboard = z.object({
  member,
  figures: memberFigures,
  latestCertificates: listOf(certificate),
})

export const allianceFigures = memberFigures.extend({
  membersByStanding: listOf(z.object({ standing: nullable(z.enum(standings)), members: figure })),
})

export const expiries = z.object({
  items: listOf(z.object({ month: text.meta({ examples: ['2026-11'] }), certificates: figure })),
})

export const workQueue = z.object({
  items: listOf(
    z.object({
      kind: text,
      name: z.object({ zh: text, en: text }),
      count: figure,
      atLeast: z.boolean().meta({ description: 'True where there is more than was counted.' }),
      oldestOn: nullable(day),
    }),
  ),
})

export const latestChange = z.object({ tag: text, at: nullable(instant) })

export const verification = z.object({
  outcome: z.enum(['valid', 'not_valid', 'never_issued', 'malformed']),
  number: text,
  on: day,
  certificates: listOf(
    z.object({
      number: text,
      numberAsPrinted: text,
      scheme: text,
      member: z.object({
        name: text,
        approvalNumber: nullable(text),
        leftOn: nullable(day).meta({ description: 'Since when the body is no member any more.' }),
        mergedInto: nullable(z.object({ name: text, approvalNumber: nullable(text) })),
      }),
      holder: text,
      product: text,
      validFrom: day,
      validUntil: day,
      state: z.enum(verifiedStates),
      stateName: z.object({ zh: text, en: text }),
      since: nullable(day),
      announcement: nullable(z.object({ id: text, number: text, announcedOn: day })).meta({
        description: 'The announcement that lists it; null while none does.',
      }),
      announcementName: z.object({ zh: text, en: text }),
      reason: nullable(z.object({ code: text, zh: text, en: text })),
    }),
  ),
})
