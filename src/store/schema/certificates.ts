import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { certificateActions } from '../../domain/certificate.ts'
import type { CertificateContent } from '../../domain/certificate-content.ts'
import { changedAt, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { enterprises } from './enterprises.ts'
import { imports } from './imports.ts'
import { members } from './members.ts'
import { schemes } from './schemes.ts'

/**
 * Certificates in their present version (N6, R4). Facts only: no state is stored. Earlier versions stay in
 * `certificate_versions`; names stand on the row so that a list needs no join.
 */
export const certificates = pgTable(
  'certificates',
  {
    id: id(),
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    enterpriseId: uuid('enterprise_id')
      .notNull()
      .references(() => enterprises.id),
    /** Normalised (R4); as printed it stands in `content`. */
    number: text('number').notNull(),
    holderName: text('holder_name').notNull(),
    productName: text('product_name').notNull(),
    family: text('family'),
    industryCode: text('industry_code'),
    cityCode: text('city_code'),
    content: jsonb('content').notNull().$type<CertificateContent>(),
    /** Both null where the opening balance does not know them. */
    decidedOn: day('decided_on'),
    issuedOn: day('issued_on'),
    validFrom: day('valid_from').notNull(),
    validUntil: day('valid_until').notNull(),
    renewsId: uuid('renews_id')
      .unique()
      .references((): AnyPgColumn => certificates.id),
    transferredFromId: uuid('transferred_from_id')
      .unique()
      .references((): AnyPgColumn => certificates.id),
    endedOn: day('ended_on'),
    endedAs: text('ended_as').$type<'withdrawn' | 'cancelled'>(),
    endedReason: text('ended_reason'),
    version: integer('version').notNull(),
    origin: text('origin').notNull().$type<'posted' | 'historical' | 'transferred'>(),
    importId: uuid('import_id').references(() => imports.id),
    recordedAt: recordedAt(),
    changedAt: changedAt(),
    /** When the present version was recorded. */
    versionRecordedAt: instant('version_recorded_at').notNull(),
  },
  (table) => [
    unique('certificates_number').on(table.memberId, table.number, table.validFrom),
    oneOf('certificates_origin', table.origin, ['posted', 'historical', 'transferred']),
    check('certificates_span', sql`${table.validUntil} >= ${table.validFrom}`),
    check('certificates_ending', sql`(${table.endedOn} is null) = (${table.endedAs} is null)`),
    oneOf('certificates_ended_as', table.endedAs, ['withdrawn', 'cancelled']),
    check(
      'certificates_posted_are_dated',
      sql`${table.origin} = 'historical' or (${table.decidedOn} is not null and ${table.issuedOn} is not null)`,
    ),
    index('certificates_by_number').on(table.number),
    index('certificates_by_end').on(table.validUntil, table.id),
    index('certificates_by_member').on(table.memberId, table.validUntil, table.id),
    index('certificates_by_enterprise').on(table.enterpriseId, table.validUntil, table.id),
    // For the code of versions before `certificates_by_period`: a `contract-` migration may take it away.
    index('certificates_by_start').on(table.validFrom),
    // Wide enough to count those that are not yet valid without a look at the table.
    index('certificates_by_period').on(table.validFrom, table.memberId, table.validUntil, table.endedOn),
    index('certificates_latest').on(table.memberId, table.recordedAt, table.id),
    index('certificates_ended').on(table.validUntil, table.id).where(sql`${table.endedOn} is not null`),
    index('certificates_by_city').on(table.cityCode, table.validUntil, table.id),
  ],
)

/** Versions that were superseded, whole: what the certificate said before (R4a). */
export const certificateVersions = pgTable(
  'certificate_versions',
  {
    certificateId: uuid('certificate_id')
      .notNull()
      .references(() => certificates.id),
    version: integer('version').notNull(),
    number: text('number').notNull(),
    content: jsonb('content').notNull().$type<CertificateContent>(),
    decidedOn: day('decided_on'),
    issuedOn: day('issued_on'),
    validFrom: day('valid_from').notNull(),
    validUntil: day('valid_until').notNull(),
    recordedAt: recordedAt(),
    supersededAt: instant('superseded_at').notNull(),
    supersededBy: text('superseded_by').notNull(),
    cause: text('cause').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.certificateId, table.version] }),
    index('certificate_versions_by_number').on(table.number),
  ],
)

/** What happened to a certificate after its issue: dated, with a reason from the list (R4). */
export const certificateEvents = pgTable(
  'certificate_events',
  {
    id: id(),
    certificateId: uuid('certificate_id')
      .notNull()
      .references(() => certificates.id),
    action: text('action').notNull().$type<(typeof certificateActions)[number]>(),
    onDay: day('on_day').notNull(),
    untilOn: day('until_on'),
    reasonCode: text('reason_code').notNull(),
    reasonText: text('reason_text'),
    toCertificateId: uuid('to_certificate_id').references(() => certificates.id),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('certificate_events_action', table.action, certificateActions),
    index('certificate_events_by_certificate').on(table.certificateId, table.onDay),
  ],
)

export const suspensions = pgTable(
  'suspensions',
  {
    id: id(),
    certificateId: uuid('certificate_id')
      .notNull()
      .references(() => certificates.id),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on').notNull(),
    liftedOn: day('lifted_on'),
    /** Null where the opening balance does not know it. */
    reasonCode: text('reason_code'),
    recordedAt: recordedAt(),
    changedAt: changedAt(),
  },
  (table) => [
    uniqueIndex('suspensions_one_open').on(table.certificateId).where(sql`${table.liftedOn} is null`),
    check(
      'suspensions_span',
      sql`${table.untilOn} >= ${table.fromOn} and (${table.liftedOn} is null or ${table.liftedOn} >= ${table.fromOn})`,
    ),
    index('suspensions_by_certificate').on(table.certificateId),
    index('suspensions_open_by_end').on(table.untilOn, table.id).where(sql`${table.liftedOn} is null`),
  ],
)
