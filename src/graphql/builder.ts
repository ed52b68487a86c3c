import SchemaBuilder from '@pothos/core'
import type { Permission } from '../domain/access.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Asking } from './asking.ts'
import { plainFields } from './plain-fields.ts'
import { requiredPermission } from './required-permission.ts'

export type Types = {
  Context: Asking
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    /** As an argument it is judged by the schema of the use case, like everything that is asked. */
    Day: { Input: string; Output: PlainDate }
    Instant: { Input: string; Output: Date }
  }
}

/** A builder of our schema: code first, nothing null unless it says so, no field without a permission. */
export function newBuilder() {
  return new SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<Types>>({
    plugins: [requiredPermission, plainFields],
    defaultFieldNullability: false,
  })
}

export const builder = newBuilder()

builder.scalarType('Day', {
  description: both('日历日（北京时间），YYYY-MM-DD', 'A calendar day in Asia/Shanghai, YYYY-MM-DD'),
  serialize: (day) => day,
  parseValue: textOf,
})

builder.scalarType('Instant', {
  description: both('时刻，ISO 8601（协调世界时）', 'An instant, ISO 8601 in UTC'),
  serialize: (instant) => instant.toISOString(),
})

/** Only text can be a day; whether there is such a day, the use case says in its own words. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('not a text')
}

/** What every field says of itself: who may ask for it, and what it is, Chinese first. */
export type Said = { readonly permission: Permission; readonly description: string }

/** The two ways of saying so for fields under one permission: there always, or perhaps null. */
export function under(permission: Permission) {
  const said = (zh: string, en: string) => ({ permission, description: both(zh, en) })
  const maybe = (zh: string, en: string) => ({ ...said(zh, en), nullable: true as const })
  return { said, maybe }
}

export function both(zh: string, en: string): string {
  return `${zh} / ${en}`
}
