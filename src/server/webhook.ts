import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import { createApplication, listenerOf, type Handler } from './application.ts'
import { bodyLimit, createBodyReader, type BodyRefusal } from './body.ts'
import { errorReply, refuse, send, type Reply } from './reply.ts'
import { hasBody } from './requestFaults.ts'
import { boundUnreadAnswers } from './unreadAnswers.ts'

/**
 * Node.js stops reading a connection on which 64 KiB wait to be sent, and takes it for a broken one when the next request
 * arrives in several TLS records before it reads on ("Parse Error: Paused"). After a long answer a new one is opened.
 */
const longestKept = 32 * 1024

/** Characters of a timeout; V8 keeps all of a text alive for a longer part of it. */
const timeoutPattern = /[?&]timeout=([^&]{1,12})(?:&|$)/

export interface WebhookOptions {
  /**
   * @param timeout the API server's own patience as it says it in the query, for instance `5s`
   * @param received the `performance.now()` at which the request's headers were there
   */
  readonly mutate: (body: string, timeout: string | undefined, received: number) => Reply | Promise<Reply>
  /** While it says true, every answer asks the client to open its next connection elsewhere. */
  readonly draining: () => boolean
}

/** What the middleware of `POST /mutate` leaves for its handler. */
interface Locals extends Record<string, unknown> {
  received: number
  body: string
}

/** What answers on the webhook's TLS port: `POST /mutate`, and a clear answer to everything else. */
export function createWebhook({ mutate, draining }: WebhookOptions): Handler {
  const app = createApplication()
  const sending = boundUnreadAnswers()

  function reply(response: ServerResponse, answer: Reply): void {
    if (answer.body.length > longestKept) {
      response.shouldKeepAlive = false
      sending(response, Buffer.byteLength(answer.body))
    }
    if (draining()) response.shouldKeepAlive = false
    send(response, answer)
  }

  /** Closes the connection where a body comes along: Node.js would otherwise read it to its end, even an endless one. */
  function unexpected(request: IncomingMessage, response: ServerResponse, answer: Reply): void {
    if (hasBody(request)) refuse(request, response, answer)
    else reply(response, answer)
  }

  app.post<'/mutate', object, string, unknown, object, Locals>(
    '/mutate',
    requireJson,
    readBody(),
    ({ url }, response) => {
      const { body, received } = response.locals
      // The response outlives a slow answer, and must not keep the text of megabytes until then.
      response.locals.body = ''
      const answered = mutate(body, timeoutPattern.exec(url)?.[1], received)
      if (!(answered instanceof Promise)) {
        reply(response, answered)
        return
      }
      void answered.then((later) => {
        reply(response, later)
      })
    },
  )
  app.all('/mutate', (request, response) => {
    response.setHeader('Allow', 'POST')
    unexpected(request, response, errorReply(405, `method is ${request.method}: expected POST`))
  })
  app.use((request, response) => {
    unexpected(request, response, errorReply(404, `no ${request.path} here: expected /mutate`))
  })
  return listenerOf(app)
}

type Middleware = RequestHandler<object, string, unknown, object, Locals>

const requireJson: Middleware = (request, response, next) => {
  response.locals.received = performance.now()
  const fault = unsupported(request)
  if (fault === undefined) next()
  else refuse(request, response, errorReply(415, fault))
}

function readBody(): Middleware {
  const read = createBodyReader()
  return (request, response, next) => {
    read(request, (body) => {
      if (body === undefined) response.destroy()
      else if ('refusal' in body) refuse(request, response, refusals[body.refusal])
      else {
        response.locals.body = body.text
        next()
      }
    })
  }
}

const refusals: Readonly<Record<BodyRefusal, Reply>> = {
  'too large': errorReply(413, `the body is larger than ${bodyLimit} bytes`),
  'too many values': errorReply(413, 'the body holds more values than any Pod'),
  'too scattered': errorReply(400, 'the body comes in tiny chunks: expected 64 bytes in each on the average'),
  slow: errorReply(408, 'the body came too slowly beside others: expected 64 KiB a second'),
  overloaded: errorReply(503, 'too many bodies are being read: expected one after the other'),
}

/** Why a body cannot be read, if so. */
function unsupported({ headers }: IncomingMessage): string | undefined {
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = headers
  if (type === undefined || !/^application\/json *(;|$)/i.test(type)) {
    return `content-type is ${type ?? 'missing'}: expected application/json`
  }
  return encoding === 'identity' ? undefined : `content-encoding is ${encoding}: expected none`
}
