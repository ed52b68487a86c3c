import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { type ParsedMail, simpleParser } from './mail-parts.ts'

export type Post = { readonly headers: IncomingMessage['headers']; readonly body: string }

/** A real server that notices are posted to; each post is answered as the test says. */
export async function webhookReceiver() {
  const posts: Post[] = []
  const state = { answer: (_post: Post, response: ServerResponse): void => void response.writeHead(200).end('ok') }
  const server = createServer(async (request, response) => {
    const post = { headers: request.headers, body: await text(request) }
    posts.push(post)
    state.answer(post, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/notices?token=example-token`,
    port,
    posts,
    answer: (how: (post: Post, response: ServerResponse) => void) => {
      state.answer = how
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A real mail server. Recipients in `refused` are turned away. */
export async function mailReceiver() {
  const mails: (ParsedMail & { readonly to: string })[] = []
  const refused = new Set<string>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, done) => {
      done(refused.has(address) ? Object.assign(new Error('no such mailbox here'), { responseCode: 550 }) : null)
    },
    onData: (stream, session, done) => {
      text(stream).then((raw) => {
        mails.push({ ...simpleParser(raw), to: session.envelope.rcptTo.map(({ address }) => address).join() })
        done()
      }, done)
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuse: (address: string) => void refused.add(address),
    accept: (address: string) => void refused.delete(address),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
