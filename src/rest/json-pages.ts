import type { FastifyReply } from 'fastify'
import type { Page, WrittenItem } from '../usecases/pages.ts'

/**
 * Sends a page whose rows PostgreSQL wrote: the bytes go on unread, each with what was derived from it. What such a row
 * holds is said by the columns of its list; the tests hold it against the shape of the route.
 */
export function sendPage(reply: FastifyReply, { items, nextCursor }: Page<WrittenItem>): FastifyReply {
  const parts: Buffer[] = [start]
  items.forEach(({ written, derived }, at) => {
    if (at > 0) parts.push(comma)
    // Two objects become one: the first without its end, the second without its beginning.
    parts.push(written.subarray(0, -1), comma, derived.subarray(1))
  })
  parts.push(Buffer.from(`],"nextCursor":${JSON.stringify(nextCursor)}}`))
  return reply.type('application/json; charset=utf-8').send(Buffer.concat(parts))
}

const start = Buffer.from('{"items":[')
const comma = Buffer.from(',')
