import { finished } from 'node:stream'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Refusal, refuse } from '../domain/refusals.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered also when nothing else is: whoever watches must see how it stands. */
    neverPutOff?: boolean
  }
}

export type PressureLimits = {
  /** 0 for never. */
  readonly eventLoopDelayMsMax: number
  /** Connections of the pool that the requests share. */
  readonly poolSize: number
}

/** A statement takes some milliseconds, so that whoever comes last waits for a second or two, not for a minute. */
const requestsPerConnection = 50

/**
 * Back-pressure: a process that can't keep up says so at once, so that the caller or the proxy goes elsewhere, instead of
 * letting everybody wait. Nothing has been done for a request that is put off.
 * @returns how many requests are under way
 */
export async function limitPressure(app: FastifyInstance, limits: PressureLimits): Promise<() => number> {
  const requestsMax = limits.poolSize * requestsPerConnection
  let underWay = 0
  // Once its body is here: whoever sends one byte a minute takes nobody's place.
  app.addHook('preHandler', async (request, reply) => {
    if (isExempt(request)) return
    if (underWay >= requestsMax) throw overloaded(reply)
    underWay += 1
    finished(reply.raw, () => {
      underWay -= 1
    })
  })
  await app.register(underPressure, {
    maxEventLoopDelay: limits.eventLoopDelayMsMax,
    pressureHandler: (request, reply) => {
      if (!isExempt(request)) throw overloaded(reply as FastifyReply)
    },
  })
  return () => underWay
}

function isExempt(request: FastifyRequest): boolean {
  return request.routeOptions.config.neverPutOff === true
}

const retryAfterSeconds = 2

/** The connection is closed, so that a proxy's or client's next try may reach another process. */
function overloaded(reply: FastifyReply): Refusal {
  reply.header('connection', 'close')
  return refuse('overloaded', '', { values: { seconds: retryAfterSeconds } })
}
