import type { Row, Sql } from 'postgres'
import { dayInShanghai, systemClock } from '../../../src/clock.ts'
import { reasonName } from '../../../src/domain/certificate.ts'
import { verifiedStateNames } from '../../../src/domain/verification.ts'
import { isSuspended, type Suspension } from './suspensions.ts'

export async function verify(sql: Sql, query: URLSearchParams, path: string) {
  const number = path.slice('/v1/verify/'.length).toUpperCase()
  const on = query.get('on') ?? dayInShanghai(systemClock.now())
  const rows = await sql`
    select c.number, content ->> 'numberAsPrinted' as "numberAsPrinted", scheme_code as scheme, m.name,
      m.approval_number as "approvalNumber", holder_name as holder, product_name as product,
      valid_from::text as "validFrom", valid_until::text as "validUntil", ended_on::text as "endedOn",
      ended_as as "endedAs", ended_reason as "endedReason",
      coalesce((select json_agg(json_build_object('fromOn', from_on, 'liftedOn', lifted_on, 'reasonCode', reason_code)
        order by from_on) from suspensions s where s.certificate_id = c.id), '[]') as suspensions,
      coalesce((select json_agg(json_build_object('id', a.id, 'number', a.number, 'announcedOn', a.announced_on, 'effect', l.effect)
          order by a.announced_on, p.recorded_at)
        from announcement_lines l join announcement_publications p on p.announcement_id = l.announcement_id
        join announcements a on a.id = l.announcement_id
        where l.certificate_id in (c.id, c.transferred_from_id)), '[]') as listings,
      (select revoked_on::text from approval_revocations r where r.member_id = m.id and lifted_at is null) as "revokedOn",
      (select json_build_object('name', i.name, 'approvalNumber', i.approval_number, 'mergedOn', g.merged_on)
        from member_mergers g join members i on i.id = g.into_member_id where g.member_id = m.id) as successor,
      coalesce((select json_agg(json_build_object('standing', standing, 'fromOn', from_on) order by from_on)
        from member_standings s where s.member_id = m.id and superseded_at is null), '[]') as standings
    from certificates c join members m on m.id = c.member_id
    where c.id in (select id from certificates where number = ${number}
      union all select certificate_id from certificate_versions where number = ${number})
    order by valid_until desc, c.id limit 100`
  const certificates = rows.map((row) => verified(row, on))
  const outcome = certificates.some(({ state }) => state === 'valid') ? 'valid' : 'not_valid'
  return { outcome: certificates.length === 0 ? 'never_issued' : outcome, number, on, certificates }
}

function verified(row: Row, on: string) {
  const {
    name,
    approvalNumber,
    revokedOn,
    successor,
    standings,
    endedOn,
    endedAs,
    endedReason,
    suspensions,
    listings,
    ...shown
  } = row
  const standing = standings.findLast((each: { fromOn: string }) => each.fromOn <= on)
  const suspension = isSuspended(suspensions, on) ? suspensions.findLast((each: Suspension) => each.fromOn <= on) : null
  const [state, since, reason] =
    endedOn !== null && endedOn <= on
      ? [endedAs as 'withdrawn', endedOn, endedReason]
      : on < row.validFrom
        ? (['not_yet_valid', row.validFrom, null] as const)
        : on > row.validUntil
          ? (['expired', dayAfter(row.validUntil), null] as const)
          : suspension
            ? (['suspended', suspension.fromOn, suspension.reasonCode] as const)
            : revokedOn !== null && revokedOn <= on
              ? (['approval_revoked', revokedOn, null] as const)
              : (['valid', null, null] as const)
  const [zh, en] = verifiedStateNames[state as 'valid']
  const why = reason === null ? null : reasonName(reason)
  return {
    ...shown,
    member: {
      name,
      approvalNumber,
      leftOn: standing?.standing === 'removed' ? standing.fromOn : null,
      mergedInto: mergedBy(successor, on),
    },
    state,
    stateName: { zh, en },
    since,
    ...announced(listings, on),
    reason: why === null ? null : { code: reason, zh: why[0], en: why[1] },
  }
}

type Listing = { id: string; number: string; announcedOn: string; effect: string }

function announced(listings: readonly Listing[], on: string) {
  const latest = listings.findLast(({ announcedOn }) => announcedOn <= on)
  if (!latest || latest.effect === 'struck')
    return { announcement: null, announcementName: { zh: '尚未列入公告', en: 'not yet announced' } }
  const { id, number, announcedOn } = latest
  const announcementName = { zh: `${announcedOn} ${number}公告`, en: `announced on ${announcedOn}, ${number}` }
  return { announcement: { id, number, announcedOn }, announcementName }
}

type Successor = { name: string; approvalNumber: string | null; mergedOn: string } | null

function mergedBy(successor: Successor, on: string) {
  if (successor === null || successor.mergedOn > on) return null
  return { name: successor.name, approvalNumber: successor.approvalNumber }
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 864e5).toISOString().slice(0, 10)
}
