import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type AttachmentType, attachmentBytesMax, attachmentTypes } from '../../domain/attachment.ts'
import {
  type CaseOutcome,
  type CaseSource,
  caseOutcomes,
  caseSources,
  type FindingGrade,
  type FindingKind,
  findingGrades,
  findingKinds,
} from '../../domain/conduct.ts'
import { certificates } from './certificates.ts'
import { bytes, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

/** Who complained: the only place where the person stands. Erasing the row touches nothing else (R6, R8). */
export const complainants = pgTable('complainants', {
  id: id(),
  name: text('name').notNull(),
  contact: text('contact'),
})

/** A complaint as it came in, before anybody looked into it (R8). */
export const complaints = pgTable(
  'complaints',
  {
    id: id(),
    /** SHA-256 of the receipt with which the author asks how it stands. */
    receiptSha256: text('receipt_sha256').notNull().unique(),
    /** Null once it was erased: a text may say who wrote it (R6). */
    text: text('text'),
    /** As the author wrote them; null once erased. */
    memberNamed: text('member_named'),
    certificateNumber: text('certificate_number'),
    /** No foreign key: the person may be erased, the reference stays. Null for an anonymous one. */
    complainantId: uuid('complainant_id'),
    mayBeNamed: boolean('may_be_named').notNull(),
    receivedOn: day('received_on').notNull(),
    dismissedOn: day('dismissed_on'),
    dismissedGround: text('dismissed_ground'),
    erasedAt: instant('erased_at'),
    recordedAt: recordedAt(),
  },
  (table) => [
    check('complaints_dismissed_on_a_ground', sql`(${table.dismissedOn} is null) = (${table.dismissedGround} is null)`),
    check('complaints_named_with_a_name', sql`not ${table.mayBeNamed} or ${table.complainantId} is not null`),
    index('complaints_by_day').on(table.receivedOn, table.id),
  ],
)

/** A case of conduct: what is held against a body, until it is concluded (R8). */
export const conductCases = pgTable(
  'conduct_cases',
  {
    id: id(),
    source: text('source').notNull().$type<CaseSource>(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    certificateId: uuid('certificate_id').references(() => certificates.id),
    complaintId: uuid('complaint_id')
      .unique()
      .references(() => complaints.id),
    /** What is held against the body, in words that name no person (R6). */
    words: text('words').notNull(),
    occurredOn: day('occurred_on').notNull(),
    /** Of a spot check: whether what was checked held. */
    passed: boolean('passed'),
    /** Of a penalty: who imposed it, with the number of the document. */
    document: text('document'),
    assignedTo: text('assigned_to'),
    openedOn: day('opened_on').notNull(),
    replyUntilOn: day('reply_until_on').notNull(),
    repliedOn: day('replied_on'),
    reply: text('reply'),
    concludedOn: day('concluded_on'),
    outcome: text('outcome').$type<CaseOutcome>(),
    conclusion: text('conclusion'),
    /** Found to have been wrong: from then on it counts nowhere, and stays (R8). */
    annulledOn: day('annulled_on'),
    annulledGround: text('annulled_ground'),
    changedAt: instant('changed_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('conduct_cases_source', table.source, caseSources),
    oneOf('conduct_cases_outcome', table.outcome, caseOutcomes),
    check('conduct_cases_complaint', sql`(${table.source} = 'complaint') = (${table.complaintId} is not null)`),
    check('conduct_cases_spot_check', sql`(${table.source} = 'spot_check') = (${table.passed} is not null)`),
    check('conduct_cases_penalty', sql`(${table.source} = 'penalty') = (${table.document} is not null)`),
    check('conduct_cases_replied_whole', sql`(${table.repliedOn} is null) = (${table.reply} is null)`),
    check(
      'conduct_cases_concluded_whole',
      sql`(${table.concludedOn} is null) = (${table.outcome} is null) and (${table.outcome} is null) = (${table.conclusion} is null)`,
    ),
    check(
      'conduct_cases_annulled',
      sql`(${table.annulledOn} is null) = (${table.annulledGround} is null) and (${table.annulledOn} is null or ${table.outcome} is not distinct from 'substantiated')`,
    ),
    index('conduct_cases_by_day').on(table.openedOn, table.id),
    index('conduct_cases_by_member').on(table.memberId, table.openedOn, table.id),
  ],
)

/** What was found in a case that was substantiated, with the corrective action that is due (R8, R9). */
export const findings = pgTable(
  'findings',
  {
    id: id(),
    caseId: uuid('case_id')
      .notNull()
      .references(() => conductCases.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    kind: text('kind').notNull().$type<FindingKind>(),
    grade: text('grade').notNull().$type<FindingGrade>(),
    words: text('words').notNull(),
    foundOn: day('found_on').notNull(),
    correctUntilOn: day('correct_until_on'),
    correctedOn: day('corrected_on'),
    correctedNote: text('corrected_note'),
    annulledOn: day('annulled_on'),
    annulledGround: text('annulled_ground'),
    changedAt: instant('changed_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('findings_kind', table.kind, findingKinds),
    oneOf('findings_grade', table.grade, findingGrades),
    unique('findings_once').on(table.caseId, table.kind),
    check('findings_corrected_whole', sql`(${table.correctedOn} is null) = (${table.correctedNote} is null)`),
    check('findings_corrected_when_due', sql`${table.correctedOn} is null or ${table.correctUntilOn} is not null`),
    check('findings_annulled_whole', sql`(${table.annulledOn} is null) = (${table.annulledGround} is null)`),
    index('findings_by_day').on(table.foundOn, table.id),
    index('findings_by_member').on(table.memberId, table.foundOn, table.id),
    uniqueIndex('findings_false_result').on(table.memberId, table.id).where(sql`${table.kind} = 'false_result'`),
  ],
)

/** What is attached to a case: the bytes with their hash; never changed, but that the bytes may be erased (R6). */
export const caseAttachments = pgTable(
  'case_attachments',
  {
    id: id(),
    caseId: uuid('case_id')
      .notNull()
      .references(() => conductCases.id),
    fileName: text('file_name').notNull(),
    type: text('type').notNull().$type<AttachmentType>(),
    bytesTotal: integer('bytes_total').notNull(),
    sha256: text('sha256').notNull(),
    content: bytes('content').notNull(),
    /** Whether the body attached it, and whether it may read it: what an author sent in may say who that is (R8). */
    byMember: boolean('by_member').notNull().default(false),
    sharedWithMember: boolean('shared_with_member').notNull().default(false),
    /** Whether it came from whoever complained: it is erased with the person (R6). */
    fromAuthor: boolean('from_author').notNull().default(false),
    /** Its bytes and its name are gone; size and hash stay. */
    erasedAt: instant('erased_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('case_attachments_type', table.type, Object.keys(attachmentTypes)),
    check('case_attachments_size', sql`${table.bytesTotal} between 1 and ${sql.raw(String(attachmentBytesMax))}`),
    unique('case_attachments_once_each').on(table.caseId, table.byMember, table.sha256),
  ],
)
