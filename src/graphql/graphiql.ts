import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { graphiqlPage, graphiqlScript, graphiqlStyle } from './graphiql-page.ts'

/** Only what the page needs, and only from here; the editor sets styles on its elements. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * GraphiQL at /graphiql, for those who develop: registered outside production only. Its files are of packages that are
 * not there in production, so they are looked for here and now; where they are not there, neither is the page.
 */
export async function graphiqlRoutes(app: FastifyInstance): Promise<void> {
  const files = filesOfPackages()
  if (!files) return app.log.info('no GraphiQL: its packages are not installed')
  await app.register(fastifyStatic, { root: [...new Set(Object.values(files))], serve: false })
  const own = { config: { access: 'public' as const }, schema: { hide: true } }
  const send = (reply: FastifyReply, type: string, text: string) =>
    reply
      .headers({ 'content-security-policy': contentSecurityPolicy, 'content-type': `${type}; charset=utf-8` })
      .send(text)

  app.get('/graphiql', own, (_request, reply) => send(reply, 'text/html', graphiqlPage))
  app.get('/graphiql/page.js', own, (_request, reply) => send(reply, 'text/javascript', graphiqlScript))
  app.get('/graphiql/page.css', own, (_request, reply) => send(reply, 'text/css', graphiqlStyle))
  for (const [name, folder] of Object.entries(files))
    app.get(`/graphiql/${name}`, own, (_request, reply) => reply.sendFile(name, folder))
}

/** The folder of each file that the page loads. */
function filesOfPackages(): Readonly<Record<string, string>> | undefined {
  const { resolve } = createRequire(import.meta.url)
  try {
    const graphiql = dirname(resolve('graphiql/package.json'))
    return {
      'graphiql.min.js': graphiql,
      'graphiql.min.css': graphiql,
      'react.production.min.js': join(dirname(resolve('react/package.json')), 'umd'),
      'react-dom.production.min.js': join(dirname(resolve('react-dom/package.json')), 'umd'),
    }
  } catch {
    return undefined
  }
}
