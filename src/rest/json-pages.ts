import type { FastifyReply } from 'fastify'
import { type Page, type WrittenItem, writtenList } from '../usecases/pages.ts'

/**
 * Sends a page whose rows PostgreSQL wrote: the bytes go on unread, each with what was derived from it. What such a row
 * holds is said by the columns of its list; the tests hold it against the shape of the route.
 */
export function sendPage(reply: FastifyReply, { items, nextCursor }: Page<WrittenItem>): FastifyReply {
  const end = Buffer.from(`,"nextCursor":${JSON.stringify(nextCursor)}}`)
  const body = Buffer.concat([start, ...writtenList(items), end])
  return reply.type('application/json; charset=utf-8').send(body)
}

const start = Buffer.from('{"items":')
