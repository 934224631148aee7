import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import express from 'express'
import { bodyLimit, createBodyReader } from './body.ts'

/** What an answer to `POST /mutate` consists of. */
export interface Reply {
  readonly status: number
  /** JSON. */
  readonly body: string
}

/**
 * Node.js stops reading a connection on which 64 KiB wait to be sent, and takes it for a broken one when the next request
 * arrives in several TLS records before it reads on ("Parse Error: Paused"). After a long answer a new one is opened.
 */
const longestKept = 32 * 1024

export interface WebhookOptions {
  /** @param timeout the API server's own patience as it says it in the query, for instance `5s` */
  readonly mutate: (body: string, timeout: string | undefined, received: number) => Reply | Promise<Reply>
  /** While it says true, every answer asks the client to open its next connection elsewhere. */
  readonly draining: () => boolean
}

/**
 * What answers on the webhook's TLS port: `POST /mutate`, and Express with a clear answer to everything else. The one
 * route that is hot goes past Express, which takes as long for a request as all that is decided about a Pod.
 */
export function createWebhook({ mutate, draining }: WebhookOptions): RequestListener {
  const readBody = createBodyReader()
  const app = express()
  app.enable('strict routing')
  app.enable('case sensitive routing')
  app.disable('x-powered-by')
  app.disable('etag')
  app.all('/mutate', (request, response) => {
    response.setHeader('Allow', 'POST')
    reply(response, error(405, `method is ${request.method}: expected POST`))
  })
  app.use((request, response) => {
    reply(response, error(404, `no ${request.path} here: expected /mutate`))
  })

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const received = performance.now()
    const fault = unsupported(request)
    if (fault !== undefined) {
      request.resume()
      reply(response, error(415, fault))
      return
    }
    readBody(request, (body) => {
      if (body === undefined) {
        response.destroy()
        return
      }
      const answered = 'refusal' in body ? refusals[body.refusal] : mutate(body.text, timeoutOf(request.url), received)
      if (answered instanceof Promise)
        void answered.then((later) => {
          reply(response, later)
        })
      else reply(response, answered)
    })
  }

  function reply(response: ServerResponse, { status, body }: Reply): void {
    if (draining() || body.length > longestKept) response.shouldKeepAlive = false
    const length = Buffer.byteLength(body)
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length })
    // ASCII, as nearly every answer is, need not be looked at again.
    response.end(body, length === body.length ? 'latin1' : 'utf8')
  }

  return (request, response) => {
    if (request.method === 'POST' && /^\/mutate(\?|$)/.test(request.url ?? '')) answer(request, response)
    else app(request, response)
  }
}

const refusals = {
  'too large': error(413, `the body is larger than ${bodyLimit} bytes`),
  'too many values': error(413, 'the body holds more values than any Pod'),
  overloaded: error(503, 'too many bodies are being read: expected one after the other'),
}

/** Why a body cannot be read, if so. */
function unsupported({ headers }: IncomingMessage): string | undefined {
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = headers
  if (type === undefined || !/^application\/json *(;|$)/i.test(type)) {
    return `content-type is ${type ?? 'missing'}: expected application/json`
  }
  return encoding === 'identity' ? undefined : `content-encoding is ${encoding}: expected none`
}

function error(status: number, sentence: string): Reply {
  return { status, body: JSON.stringify({ error: sentence }) }
}

function timeoutOf(url = ''): string | undefined {
  return /[?&]timeout=([^&]*)/.exec(url)?.[1]
}
