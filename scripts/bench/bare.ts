import { createServer } from 'node:http'
import postgres from 'postgres'
import { dayInShanghai, systemClock } from '../../src/clock.ts'
import { certificateStateNames, legalMoves, reasonName } from '../../src/domain/certificate.ts'

/**
 * The same questions by the plain driver behind `node:http`: no framework, no sign-in, its own SQL, `JSON.stringify`.
 * What the bench measures the service against. Started as a process of its own: `bare.js DATABASE_URL PORT`.
 */
const [url = '', port = '0'] = process.argv.slice(2)
const sql = postgres(url, { max: 10, onnotice: () => {} })

type Ask = (query: URLSearchParams, path: string) => Promise<unknown>

const questions: readonly (readonly [prefix: string, ask: Ask])[] = [
  ['/v1/obligations', overdue],
  ['/v1/certificates', expiring],
  ['/v1/verify/', verify],
]

const workingDaysUntil = await countWorkingDays()

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bare')
  const ask = questions.find(([prefix]) => pathname.startsWith(prefix))?.[1]
  const answer = ask ? ask(searchParams, decodeURIComponent(pathname)) : Promise.resolve(null)
  answer.then(
    (body) => response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
}).listen(Number(port), '127.0.0.1')

async function overdue(query: URLSearchParams) {
  const today = dayInShanghai(systemClock.now())
  const limit = Number(query.get('limit'))
  const rows = await sql`
    select id, duty, member_id as "memberId", enterprise_id as "enterpriseId", result_id as "resultId",
      certificate_id as "certificateId", assignment_id as "assignmentId", ending_id as "endingId",
      city_code as "cityCode", subject, opened_on::text as "openedOn", event_on::text as "eventOn",
      due_on::text as "dueOn", provisional, rule_version as "ruleVersion", calendar_version as "calendarVersion",
      explains_id as "explainsId", met_on::text as "metOn", contested, waived_on::text as "waivedOn", waived_ground as "waivedGround",
      recorded_at as "recordedAt"
    from obligations
    where met_on is null and waived_on is null and due_on < ${today} and due_on > ${query.get('dueAfter')}
    order by due_on, id limit ${limit + 1}`
  const late = rows.map((row) => ({
    ...row,
    state: 'overdue',
    lateness: {
      calendarDays: (Date.parse(today) - Date.parse(row['dueOn'])) / 864e5,
      workingDays: workingDays(today) - workingDays(row['dueOn']),
    },
  }))
  return page('obligations', late, limit, 'dueOn')
}

async function expiring(query: URLSearchParams) {
  const limit = Number(query.get('limit'))
  const on = query.get('on') ?? ''
  const rows = await sql`
    select id, scheme_code as "schemeCode", member_id as "memberId", enterprise_id as "enterpriseId", number,
      holder_name as "holderName", product_name as "productName", family, industry_code as "industryCode",
      city_code as "cityCode", decided_on::text as "decidedOn", issued_on::text as "issuedOn",
      valid_from::text as "validFrom", valid_until::text as "validUntil", ended_on::text as "endedOn",
      ended_as as "endedAs", ended_reason as "endedReason", renews_id as "renewsId",
      transferred_from_id as "transferredFromId", version, origin, import_id as "importId", content,
      recorded_at as "recordedAt", version_recorded_at as "versionRecordedAt",
      coalesce((select json_agg(json_build_object('fromOn', from_on, 'untilOn', until_on, 'liftedOn', lifted_on)
        order by from_on) from suspensions s where s.certificate_id = c.id), '[]') as suspensions
    from certificates c
    where valid_until >= ${on} and valid_until <= ${on}::date + ${query.get('expiringWithinDays')}::int
      and valid_from <= ${on} and (ended_on is null or ended_on > ${on})
    order by valid_until, id limit ${limit + 1}`
  const certificates = rows.map((row) => {
    const state = isSuspended(row['suspensions'], on) ? 'suspended' : 'valid'
    return { ...row, state, actionsAllowed: legalMoves[state] }
  })
  return page('certificates', certificates, limit, 'validUntil')
}

async function verify(query: URLSearchParams, path: string) {
  const number = path.slice('/v1/verify/'.length).toUpperCase()
  const on = query.get('on') ?? dayInShanghai(systemClock.now())
  const rows = await sql`
    select c.number, content ->> 'numberAsPrinted' as "numberAsPrinted", scheme_code as scheme, m.name,
      m.approval_number as "approvalNumber", holder_name as holder, product_name as product,
      valid_from::text as "validFrom", valid_until::text as "validUntil", ended_on::text as "endedOn",
      ended_as as "endedAs", ended_reason as "endedReason",
      coalesce((select json_agg(json_build_object('fromOn', from_on, 'liftedOn', lifted_on, 'reasonCode', reason_code)
        order by from_on) from suspensions s where s.certificate_id = c.id), '[]') as suspensions
    from certificates c join members m on m.id = c.member_id
    where c.id in (select id from certificates where number = ${number}
      union all select certificate_id from certificate_versions where number = ${number})
    order by valid_until desc, c.id limit 100`
  const certificates = rows.map((row) => verified(row, on))
  const outcome = certificates.some(({ state }) => state === 'valid') ? 'valid' : 'not_valid'
  return { outcome: certificates.length === 0 ? 'never_issued' : outcome, number, on, certificates }
}

function verified(row: postgres.Row, on: string) {
  const { name, approvalNumber, endedOn, endedAs, endedReason, suspensions, ...shown } = row
  const suspension = isSuspended(suspensions, on) ? suspensions.findLast((each: Suspension) => each.fromOn <= on) : null
  const [state, since, reason] =
    endedOn !== null && endedOn <= on
      ? [endedAs as 'withdrawn', endedOn, endedReason]
      : on < row['validFrom']
        ? (['not_yet_valid', row['validFrom'], null] as const)
        : on > row['validUntil']
          ? (['expired', dayAfter(row['validUntil']), null] as const)
          : suspension
            ? (['suspended', suspension.fromOn, suspension.reasonCode] as const)
            : (['valid', null, null] as const)
  const [zh, en] = certificateStateNames[state as 'valid']
  const why = reason === null ? null : reasonName(reason)
  return {
    ...shown,
    member: { name, approvalNumber },
    state,
    stateName: { zh, en },
    since,
    reason: why === null ? null : { code: reason, zh: why[0], en: why[1] },
  }
}

type Suspension = { readonly fromOn: string; readonly liftedOn: string | null; readonly reasonCode: string }

function isSuspended(suspensions: readonly Suspension[], on: string): boolean {
  return suspensions.some(({ fromOn, liftedOn }) => fromOn <= on && (liftedOn === null || on < liftedOn))
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 864e5).toISOString().slice(0, 10)
}

function page(list: string, rows: readonly postgres.Row[], limit: number, day: string) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const cursor = () => Buffer.from(JSON.stringify([list, last?.[day], last?.['id']])).toString('base64url')
  return { items, nextCursor: rows.length > limit ? cursor() : null }
}

function workingDays(day: string): number {
  return workingDaysUntil.get(day) ?? Number.NaN
}

/** Working days from 2010 up to each day, itself included, by the notices. */
async function countWorkingDays(): Promise<Map<string, number>> {
  const years = await sql`select off_days as off, makeup_workdays as makeup from calendar_years`
  const off = new Set(years.flatMap((year) => year['off']))
  const makeup = new Set(years.flatMap((year) => year['makeup']))
  const counted = new Map<string, number>()
  let days = 0
  for (let at = Date.parse('2010-01-01'); at < Date.parse('2030-01-01'); at += 864e5) {
    const day = new Date(at).toISOString().slice(0, 10)
    const isWeekend = [0, 6].includes(new Date(at).getUTCDay())
    if (!off.has(day) && (!isWeekend || makeup.has(day))) days += 1
    counted.set(day, days)
  }
  return counted
}
