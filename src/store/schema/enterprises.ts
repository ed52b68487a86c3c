import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { families } from '../../domain/families.ts'
import { day, id, oneOf, recordedAt, recordedBy } from './columns.ts'

/** Firms that apply for or hold certificates. The same credit code is the same enterprise (R5). */
export const enterprises = pgTable(
  'enterprises',
  {
    id: id(),
    /** `code:<credit code>`, or `name:<country>:<folded name>` where a scheme knows no codes (R4, opening balance). */
    identityKey: text('identity_key').notNull().unique(),
    creditCode: text('credit_code').unique(),
    creditCodeEvidence: text('credit_code_evidence'),
    name: text('name').notNull(),
    country: text('country').notNull().default('CN'),
    cityCode: text('city_code'),
    family: text('family'),
    industryCode: text('industry_code'),
    address: text('address'),
    origin: text('origin').notNull().$type<'registered' | 'imported'>(),
    recordedAt: recordedAt(),
  },
  (table) => [
    oneOf('enterprises_origin', table.origin, ['registered', 'imported']),
    check(
      'enterprises_family',
      sql`${table.family} in (${sql.raw(families.map((family) => `'${family.code}'`).join(', '))})`,
    ),
    check('enterprises_credit_code_shape', sql`${table.creditCode} ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'`),
    check('enterprises_registered_have_a_code', sql`${table.origin} = 'imported' or ${table.creditCode} is not null`),
    index('enterprises_by_name').on(table.name, table.id),
    index('enterprises_by_name_prefix').on(table.name.op('text_pattern_ops')),
    index('enterprises_by_city').on(table.cityCode, table.name, table.id),
  ],
)

export const enterpriseNames = pgTable(
  'enterprise_names',
  {
    id: id(),
    enterpriseId: uuid('enterprise_id')
      .notNull()
      .references(() => enterprises.id),
    name: text('name').notNull(),
    /** Null where the day is not known (opening balance). */
    fromOn: day('from_on'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [unique('enterprise_names_once').on(table.enterpriseId, table.name, table.fromOn).nullsNotDistinct()],
)
