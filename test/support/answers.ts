import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/**
 * Holds every answer that a service under test sends against the shape of its route, value by value: the service itself
 * only writes by the shape. An answer of another kind becomes a 500, and so a failed test.
 */
export async function checkingAnswers<T>(build: () => Promise<T>): Promise<T> {
  const check = (message: unknown) => addCheck((message as { fastify: FastifyInstance }).fastify)
  subscribe('fastify.initialization', check)
  try {
    return await build()
  } finally {
    unsubscribe('fastify.initialization', check)
  }
}

function addCheck(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const shape = shapeOf(request.routeOptions.schema?.response, reply.statusCode)
    const isJson = String(reply.getHeader('content-type')).startsWith('application/json')
    const text = Buffer.isBuffer(payload) ? payload.toString() : payload
    if (shape && isJson && typeof text === 'string' && text !== '') strictly(shape).parse(JSON.parse(text))
    return payload
  })
}

function shapeOf(response: unknown, status: number): z.ZodType | undefined {
  const found = (response as Record<string, unknown> | undefined)?.[status]
  return found instanceof z.ZodType ? found : undefined
}

/** The outermost object also names all that there is. */
function strictly(shape: z.ZodType): z.ZodType {
  return shape instanceof z.ZodObject && shape.def.catchall === undefined ? shape.strict() : shape
}
