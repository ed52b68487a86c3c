import { type Refusal, refuse } from '../domain/refusals.ts'
import { failedStatement, postgresFault } from '../store/database.ts'

const unavailableCodes = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** What a failure of the database means to a caller; undefined for one that is a fault of ours. */
export function refusalOfDatabase(error: unknown): Refusal | undefined {
  const state = postgresFault(error)?.code ?? ''
  if (state === '40001' || state === '40P01') return refuse('concurrent_change')
  // A character that PostgreSQL can't hold, such as NUL, that no schema met.
  if (state === '22021' || state === '22P05')
    return refuse('text_control_character', '', { values: { field: ['请求', 'the request'] } })
  // A value that no column of its kind can hold, such as half of a character pair.
  if (state === '22P02') return refuse('request_refused')
  // Too many connections, shutting down, starting up, a statement that took too long, a database or role that is gone.
  if (/^(53|57P|57014|55P03|25P0[34]|08|3D|28)/.test(state) || unavailableCodes.has(connectionCode(error)))
    return refuse('unavailable')
  return undefined
}

function connectionCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return typeof code === 'string' && unavailableCodes.has(code) ? code : connectionCode(cause)
}

/** An error for the log. The words of a failed statement hold its values, so the log gets the cause and the bare SQL. */
export function faultForLog(error: unknown): { err: unknown; statement?: string } {
  const failed = failedStatement(error)
  return failed ? { err: failed.cause, statement: failed.statement } : { err: error }
}
