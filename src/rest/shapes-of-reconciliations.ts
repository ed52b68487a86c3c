import { z } from 'zod'
import { certificateStates } from '../domain/certificate.ts'
import { conclusions, entryKinds, listedStates } from '../domain/reconciliation.ts'
import { day, instant, listOf, shownProblem } from './shapes.ts'

/** What answers about reconciliations look like. */
const id = z.string().meta({ format: 'uuid' })
const text = z.string()
const count = z.number()

export const reconciliationShape = z.object({
  id,
  source: text,
  memberId: id.nullable(),
  madeOn: day,
  covers: text,
  fileName: text,
  fileSha256: text,
  status: z.enum(['running', 'finished', 'failed', 'interrupted']),
  progress: count.meta({ description: '0 to 1' }),
  counts: z
    .object({
      rows: count,
      matched: count,
      agreeing: count,
      ofOtherBodies: count,
      entries: z.partialRecord(z.enum(entryKinds), count),
    })
    .nullable()
    .meta({ description: 'Null until finished, and for a member where the list is of all members.' }),
  otherBodies: listOf(text).nullable().meta({ description: 'Some names of bodies that the registry does not know.' }),
  startedAt: instant,
  finishedAt: instant,
  failure: shownProblem.nullable(),
})

export const reconciliationDetailShape = reconciliationShape.extend({
  kinds: listOf(z.object({ kind: z.enum(entryKinds), entries: count, open: count })),
})

const certificateFacts = {
  number: text,
  memberId: id.nullable(),
  holderName: text.nullable(),
  creditCode: text.nullable(),
  issuedOn: day.nullable(),
  validFrom: day.nullable(),
  validUntil: day.nullable(),
}

export const entryShape = z.object({
  id,
  reconciliationId: id,
  memberId: id.nullable(),
  kind: z.enum(entryKinds),
  number: text,
  rowNumber: count.nullable(),
  certificateId: id.nullable(),
  ours: z.object({ ...certificateFacts, state: z.enum(certificateStates) }).nullable(),
  theirs: z.object({ ...certificateFacts, state: z.enum(listedStates).nullable() }).nullable(),
  oursSays: text.nullable(),
  theirsSays: text.nullable(),
  announcedSays: text.nullable().meta({ description: 'What the announcement says, where it says otherwise (N8).' }),
  problems: listOf(shownProblem),
  state: z.enum(['open', 'concluded']),
  owner: text.nullable(),
  conclusion: z
    .object({
      conclusion: z.enum(conclusions),
      note: text.nullable(),
      concludedBy: text,
      carriedFromId: id.nullable(),
      recordedAt: instant,
    })
    .nullable(),
})
