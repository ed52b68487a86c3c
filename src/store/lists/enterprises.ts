import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../database.ts'
import { knownToMember } from '../enterprises.ts'
import { enterprises } from '../schema/enterprises.ts'
import { type Paged, startsWith } from './paging.ts'
import { countUpTo } from './totals.ts'

export type EnterpriseFilter = Paged & {
  readonly knownToMemberId: string | null
  readonly creditCode: string | undefined
  readonly name: string | undefined
  readonly cityCode: string | undefined
  readonly family: string | undefined
}

export async function listEnterprises(db: Db, filter: EnterpriseFilter) {
  return db
    .select()
    .from(enterprises)
    .where(isAskedEnterprise(filter))
    .orderBy(asc(enterprises.name), asc(enterprises.id))
    .limit(filter.limit + 1)
}

function isAskedEnterprise(filter: EnterpriseFilter): SQL | undefined {
  const { after } = filter
  return and(
    after ? sql`(${enterprises.name}, ${enterprises.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
    filter.knownToMemberId === null ? undefined : knownToMember(filter.knownToMemberId),
    filter.creditCode ? eq(enterprises.creditCode, filter.creditCode) : undefined,
    filter.name ? startsWith(enterprises.name, filter.name) : undefined,
    filter.cityCode ? eq(enterprises.cityCode, filter.cityCode) : undefined,
    filter.family ? eq(enterprises.family, filter.family) : undefined,
  )
}

export const countEnterprises = (db: Db, filter: EnterpriseFilter) =>
  countUpTo(db, enterprises, isAskedEnterprise({ ...filter, after: null }))
