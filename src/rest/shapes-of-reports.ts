import { z } from 'zod'
import { obligationStates } from '../domain/obligation.ts'
import { reportStates } from '../domain/report/annual-report.ts'
import { changedParts } from '../domain/report/change.ts'
import { regionKinds, textSections } from '../domain/report/content.ts'
import { day, instant, listOf } from './shapes.ts'

/** What the faces answer of the December report (N5, R10). */
const words = z.object({ zh: z.string(), en: z.string() })

export const settingsShape = z.object({
  name: z.string(),
  addressee: z.string(),
  families: listOf(z.string()),
  regions: z.enum(regionKinds),
})

export const freezeShape = z.object({
  number: z.int(),
  frozenOn: day,
  knownAt: instant,
  sha256: z.string(),
  documentSha256: z.string(),
  annexSha256: z.string(),
  recordedAt: instant,
})

export const paragraphShape = z.object({
  section: z.enum(textSections),
  place: z.int(),
  version: z.int(),
  text: z.string().nullable(),
  recordedAt: instant,
  recordedBy: z.string(),
})

const submissionShape = z.object({
  number: z.int(),
  freezeNumber: z.int(),
  documentSha256: z.string(),
  submittedOn: day,
  recordedAt: instant,
  answer: z
    .object({
      verdict: z.enum(['acknowledged', 'returned']),
      words: z.string(),
      answeredOn: day,
      recordedAt: instant,
    })
    .nullable(),
})

export const reportShape = z.object({
  schemeCode: z.string(),
  year: z.int(),
  title: z.string(),
  settings: settingsShape,
  state: z.enum(reportStates),
  stateName: words,
  openedOn: day,
  fromOn: day,
  cutOffOn: day,
  dueOn: day,
  isProvisional: z.boolean().meta({ description: 'The official calendar of the year is not recorded yet.' }),
  metOn: day.nullable(),
  dutyState: z.enum(obligationStates),
  dutyStateName: words,
  freezes: listOf(freezeShape),
  submissions: listOf(submissionShape),
  paragraphs: listOf(paragraphShape),
})

export const reportFigureShape = z.object({
  id: z.string(),
  value: z
    .number()
    .nullable()
    .meta({ description: 'Null where there is nothing to say: nothing reported, too few data.' }),
  unit: z.string(),
  definition: words,
  freeze: z.int().nullable().meta({ description: 'The freeze that it is of; null of the draft as it stands now.' }),
  knownAt: z.string(),
  sha256: z.string().nullable(),
  recovered: z.object({ value: z.number().nullable(), isSame: z.boolean(), words: words.nullable() }).nullable().meta({
    description:
      'What the rows come to, recovered as they were known at the freeze, and whether that is the frozen value; null of an estimate, which is made of all bodies together, of a number of bodies, and of a freeze that an earlier version made.',
  }),
  rows: z.object({
    items: listOf(
      z.object({
        kind: z.string(),
        id: z.uuid(),
        onDay: day,
        memberId: z.uuid().nullable(),
        enterpriseId: z.uuid().nullable(),
        family: z.string().nullable(),
        region: z.string().nullable(),
        detail: z.string().nullable(),
        workingDays: z.int().nullable(),
        subject: z.string().nullable(),
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
})

export const reportFiguresShape = z.object({
  freeze: z.int().nullable(),
  knownAt: z.string(),
  items: listOf(z.object({ id: z.string(), value: z.number(), definition: words })),
})

export const draftShape = z.object({
  content: z.looseObject({ title: z.string(), knownAt: z.string(), isProvisional: z.boolean() }),
  since: z
    .object({
      freeze: z.int(),
      frozenOn: day,
      knownAt: instant,
      isSubmitted: z.boolean(),
      isOutdated: z.boolean().nullable().meta({
        description:
          'Facts recorded since change its counts, pace, decisions or candidates; null of a freeze that an earlier version made.',
      }),
    })
    .nullable()
    .meta({ description: 'The freeze that the draft is compared with, the latest; null where nothing was frozen.' }),
  changes: listOf(
    z.object({
      id: z.string(),
      before: z.number().nullable().meta({ description: 'Null where it was not there.' }),
      now: z.number().nullable().meta({ description: 'Null where it is there no longer.' }),
      words,
    }),
  ).nullable(),
  parts: listOf(z.object({ part: z.enum(changedParts), words }))
    .nullable()
    .meta({ description: 'What else reads otherwise: texts, settings, decisions, annexes.' }),
})

export const reportReckoningShape = z.object({
  sha256: z.string(),
  recomputedSha256: z.string().nullable().meta({
    description: 'Null of a freeze that was made in an earlier format: it is read, and not made again.',
  }),
  isSame: z.boolean().nullable(),
})
