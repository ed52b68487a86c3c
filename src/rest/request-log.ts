import type { FastifyInstance } from 'fastify'

/** Whoever complains or answers a survey is not to be found by an address in the log (N6, R8). */
const withoutAddress = /^\/v1\/public\/(complaints|survey-answers)/

/**
 * One line for each request, when it is answered: the framework's own two cost a tenth of a short answer's time. Without
 * the query, in which names and credit codes stand.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request
    const [path = ''] = request.url.split('?')
    const ms = Math.round(reply.elapsedTime * 10) / 10
    const ip = withoutAddress.test(path) ? {} : { ip: request.ip }
    request.log.info({ method, path, status: reply.statusCode, ms, ...ip }, 'request answered')
    done()
  })
}
