import type { FastifyReply } from 'fastify'
import type { Page, WrittenItem } from '../usecases/pages.ts'

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
const [open, between, close] = [Buffer.from('[{'), Buffer.from('},{'), Buffer.from('}]')]
const comma = Buffer.from(',')
const none = Buffer.from('[]')

/** The rows as a list in JSON, in pieces. */
export function writtenList(items: readonly WrittenItem[]): Buffer[] {
  if (items.length === 0) return [none]
  const pieces: Buffer[] = []
  items.forEach((parts, row) => {
    pieces.push(row === 0 ? open : between)
    parts.forEach((part, at) => {
      if (at > 0) pieces.push(comma)
      pieces.push(part)
    })
  })
  pieces.push(close)
  return pieces
}
