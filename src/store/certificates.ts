import { and, asc, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { keptSelect } from './kept-queries.ts'
import type { Change } from './known-at.ts'
import { certificateEvents, certificates, certificateVersions, suspensions } from './schema/certificates.ts'

export type Certificate = typeof certificates.$inferSelect
export type NewCertificate = typeof certificates.$inferInsert
type SuspensionRow = typeof suspensions.$inferSelect
export type SuspensionFact = Pick<SuspensionRow, 'fromOn' | 'untilOn' | 'liftedOn' | 'reasonCode'>
export type CertificateWithSuspensions = {
  readonly certificate: Certificate
  readonly suspensions: readonly SuspensionFact[]
}
/** Without the instant of its last change, which is the store's own business. */
export type ListedCertificate = {
  readonly certificate: Omit<Certificate, 'changedAt'>
  readonly suspensions: readonly SuspensionFact[]
}

export async function findCertificate(db: Db, id: string): Promise<CertificateWithSuspensions | undefined> {
  const [certificate] = await db.select().from(certificates).where(eq(certificates.id, id)).limit(1)
  return certificate && { certificate, suspensions: await suspensionsOf(db, id) }
}

/** Locks the certificate, so that two actions on it follow one another. */
export async function lockCertificate(tx: Db, id: string): Promise<CertificateWithSuspensions | undefined> {
  const [certificate] = await tx
    .select()
    .from(certificates)
    .where(eq(certificates.id, id))
    .for('no key update')
    .limit(1)
  return certificate && { certificate, suspensions: await suspensionsOf(tx, id) }
}

/** A member's certificates of one number, the one that ends last first. */
export async function certificatesOfNumber(db: Db, memberId: string, number: string): Promise<Certificate[]> {
  return selectOfNumber(db, { memberId, number })
}

const selectOfNumber = keptSelect<Certificate, { memberId: string; number: string }>(
  getTableColumns(certificates),
  [],
  (db, { memberId, number }, fields) =>
    db
      .select(fields)
      .from(certificates)
      .where(and(eq(certificates.memberId, memberId), eq(certificates.number, number)))
      .orderBy(desc(certificates.validUntil), desc(certificates.id))
      .limit(100),
)

export async function findRenewalOf(db: Db, certificateId: string): Promise<{ id: string } | undefined> {
  const [renewal] = await db
    .select({ id: certificates.id })
    .from(certificates)
    .where(eq(certificates.renewsId, certificateId))
    .limit(1)
  return renewal
}

export async function suspensionsOf(db: Db, certificateId: string): Promise<SuspensionRow[]> {
  return db
    .select()
    .from(suspensions)
    .where(eq(suspensions.certificateId, certificateId))
    .orderBy(asc(suspensions.fromOn))
}

/** A new row was never changed, whatever row its facts come from (R4a). */
export async function insertCertificate(tx: Db, certificate: NewCertificate): Promise<Certificate> {
  const [inserted] = await tx
    .insert(certificates)
    .values({ ...certificate, changedAt: null })
    .returning()
  if (!inserted) throw new Error('a certificate was not written')
  return inserted
}

/** Puts the present version aside whole, then writes the next one in its place (R4a). */
export async function reviseCertificate(
  tx: Db,
  present: Certificate,
  next: Partial<NewCertificate>,
  by: { now: Date; actorId: string; cause: string },
): Promise<Certificate> {
  await tx.insert(certificateVersions).values({
    certificateId: present.id,
    version: present.version,
    number: present.number,
    content: present.content,
    decidedOn: present.decidedOn,
    issuedOn: present.issuedOn,
    validFrom: present.validFrom,
    validUntil: present.validUntil,
    recordedAt: present.versionRecordedAt,
    supersededAt: by.now,
    supersededBy: by.actorId,
    cause: by.cause,
  })
  return setCertificate(tx, present.id, {
    ...next,
    version: present.version + 1,
    versionRecordedAt: by.now,
    changedAt: by.now,
  })
}

export async function setCertificate(tx: Db, id: string, changes: Change<NewCertificate>): Promise<Certificate> {
  const [updated] = await tx.update(certificates).set(changes).where(eq(certificates.id, id)).returning()
  if (!updated) throw new Error(`certificate ${id} vanished`)
  return updated
}

export async function insertCertificateEvent(tx: Db, event: typeof certificateEvents.$inferInsert): Promise<void> {
  await tx.insert(certificateEvents).values(event)
}

export async function insertSuspension(tx: Db, suspension: typeof suspensions.$inferInsert): Promise<void> {
  await tx.insert(suspensions).values(suspension)
}

/** Ends a certificate for good, and with it the suspension it is under. */
export async function endCertificate(
  tx: Db,
  id: string,
  ending: {
    endedOn: NonNullable<Certificate['endedOn']>
    endedAs: 'withdrawn' | 'cancelled'
    endedReason: string
    changedAt: Date
  },
): Promise<void> {
  await liftSuspension(tx, id, ending.endedOn, ending.changedAt)
  await tx.update(certificates).set(ending).where(eq(certificates.id, id))
}

export async function liftSuspension(
  tx: Db,
  certificateId: string,
  liftedOn: NonNullable<SuspensionRow['liftedOn']>,
  changedAt: Date,
): Promise<void> {
  await tx
    .update(suspensions)
    .set({ liftedOn, changedAt })
    .where(and(eq(suspensions.certificateId, certificateId), isNull(suspensions.liftedOn)))
}

export async function eventsOfCertificate(db: Db, certificateId: string) {
  return db
    .select()
    .from(certificateEvents)
    .where(eq(certificateEvents.certificateId, certificateId))
    .orderBy(asc(certificateEvents.onDay), asc(certificateEvents.id))
    .limit(500)
}

export async function versionsOfCertificate(db: Db, certificateId: string) {
  return db
    .select()
    .from(certificateVersions)
    .where(eq(certificateVersions.certificateId, certificateId))
    .orderBy(asc(certificateVersions.version))
    .limit(500)
}

/** The bodies that held a certificate before it was transferred, back to the one that issued it. */
export async function holdersBefore(db: Db, id: string): Promise<string[]> {
  const rows = await db.execute<{ memberId: string }>(sql`
    with recursive chain as (
      select c.transferred_from_id as id from ${certificates} c where c.id = ${id}
      union all
      select c.transferred_from_id from chain join ${certificates} c on c.id = chain.id)
    select c.member_id as "memberId" from chain join ${certificates} c on c.id = chain.id`)
  return rows.map(({ memberId }) => memberId)
}
