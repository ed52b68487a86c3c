import { createHmac } from 'node:crypto'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import { type Carriers, NoAnswer } from '../usecases/notices/deliver-notices.ts'
import { isPublicAddress, publicLookup } from './addresses.ts'

export type WebhookSettings = {
  readonly toPrivateAddresses: boolean
  readonly plainHttp: boolean
  /** For the whole of one post. */
  readonly timeoutMs: number
}

/** What is read of an answer; nobody needs more of it. */
const answerBytesMax = 16_384

/**
 * Posts notices as Standard Webhooks has it: the id, the time and an HMAC over both and the body. Any answer but 2xx is
 * a failure, a redirect too.
 */
export function webhookCarrier(settings: WebhookSettings): Carriers['webhook'] {
  return async (notice, { url, secret }, at) => {
    const target = allowedUrl(url, settings)
    const id = String(notice.id)
    const timestamp = String(Math.floor(at.getTime() / 1_000))
    const body = JSON.stringify(notice)
    const status = await post(target, settings, body, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'alliance-registry',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    })
    if (status < 200 || status > 299) throw new Error(`answered ${status}`)
  }
}

export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** A name is judged where it is resolved; a bare address has to be judged here. */
function allowedUrl(text: string, { plainHttp, toPrivateAddresses }: WebhookSettings): URL {
  const url = new URL(text)
  if (url.protocol !== 'https:' && !plainHttp) throw new Error('the address does not begin with https://')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!toPrivateAddresses && isIP(host) !== 0 && !isPublicAddress(host)) throw new Error('the address is not public')
  return url
}

function post(
  url: URL,
  { toPrivateAddresses, timeoutMs }: WebhookSettings,
  body: string,
  headers: Record<string, string>,
): Promise<number> {
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  return new Promise((resolve, reject) => {
    const request: ClientRequest = send(url, {
      method: 'POST',
      headers,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(toPrivateAddresses ? {} : { lookup: publicLookup }),
    })
    request.on('error', (error) => reject(inWords(error, timeoutMs)))
    request.on('response', (response) => {
      finished(response, request)
      resolve(response.statusCode ?? 0)
    })
    request.end(body)
  })
}

/** The status says it all; what follows is read up to a limit, so that the other side is not cut off in its sentence. */
function finished(response: IncomingMessage, request: ClientRequest): void {
  let bytes = 0
  response.on('error', () => undefined)
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > answerBytesMax) request.destroy()
  })
}

/** Without the address, which may hold a token of its owner. */
function inWords(error: Error & { code?: string }, timeoutMs: number): Error {
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return new NoAnswer(`no answer within ${timeoutMs / 1_000} seconds`)
  return new Error(error.code ?? error.message)
}
