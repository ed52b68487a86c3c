import { deepStrictEqual } from 'node:assert/strict'
import autocannon from 'autocannon'
import type { Sample } from './sample.ts'
import type { Server } from './servers.ts'
import { type Ask, randomFrom, type Workload } from './workloads.ts'

export const connections = 32
/** So many questions in a round, others in each; every connection begins somewhere else among them. */
const asksPerRound = 200
const comparedAsks = 25

/** Requests per second and milliseconds of one round. */
export type Round = { readonly perSecond: number; readonly p50: number; readonly p99: number }

/** @throws Error where service and bare server do not answer the same. */
export async function compare(
  workload: Workload,
  sample: Sample,
  service: Server,
  bare: Server,
  token: string,
): Promise<void> {
  const random = randomFrom(1)
  const asked = Array.from({ length: comparedAsks }, () => workload.asks(sample, random))
  const different = new Map(asked.map((ask) => [JSON.stringify(ask), ask]))
  for (const ask of different.values()) {
    const [ours, theirs] = await Promise.all([answerOf(service, ask, token), answerOf(bare, ask, token)])
    try {
      deepStrictEqual(ours, theirs)
    } catch (error) {
      throw new Error(`${workload.name}: ${ask.path} is answered differently\n${(error as Error).message}`)
    }
  }
}

export async function answerOf({ address }: Server, ask: Ask, token: string): Promise<unknown> {
  const { path, method = 'GET', body = null } = ask
  const answer = await fetch(`${address}${path}`, { method, body, headers: headersWith(token, ask) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${address}${path}: ${answer.status} ${text.slice(0, 500)}`)
  return JSON.parse(text)
}

function headersWith(token: string, { body, key }: Ask): Record<string, string> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const once = key === undefined ? {} : { 'idempotency-key': key }
  return { authorization: `Bearer ${token}`, ...json, ...once }
}

/**
 * One round of load at concurrency 32, connections kept alive. The same seed asks the same questions.
 * @throws Error where an answer is no success.
 */
export async function load(
  servers: readonly Server[],
  workload: Workload,
  sample: Sample,
  token: string,
  seconds: number,
  seed: number,
): Promise<Round> {
  const random = randomFrom(seed)
  const next = () => requestOf(workload.asks(sample, random), token)
  const requests = workload.isEachNew
    ? [{ setupRequest: (request: autocannon.Request) => Object.assign(request, next()) }]
    : Array.from({ length: asksPerRound }, next)
  const setupClient = startingElsewhere(workload, requests)
  const shares = servers.map(({ address }) =>
    autocannon({ url: address, connections: connections / servers.length, duration: seconds, requests, setupClient }),
  )
  const results = await Promise.all(shares)
  for (const { non2xx, errors } of results)
    if (non2xx + errors > 0) throw new Error(`${workload.name}: ${non2xx} refused, ${errors} failed`)
  return {
    perSecond: sum(results.map(({ requests: { average } }) => average)),
    p50: Math.max(...results.map(({ latency }) => latency.p50)),
    p99: Math.max(...results.map(({ latency }) => latency.p99)),
  }
}

function startingElsewhere(workload: Workload, requests: autocannon.Request[]) {
  let clients = 0
  return (client: autocannon.Client): void => {
    const at = (clients * 61) % requests.length
    clients += 1
    if (!workload.isEachNew) client.setRequests([...requests.slice(at), ...requests.slice(0, at)])
  }
}

function requestOf(ask: Ask, token: string): autocannon.Request {
  const { path, method = 'GET', body = '' } = ask
  return { path, method, headers: headersWith(token, ask), body }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}
