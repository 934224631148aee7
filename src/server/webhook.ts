import express, { type Express, type Request, type Response } from 'express'
import { readBody, bodyLimit } from './body.ts'

/** What an answer to `POST /mutate` consists of. */
export interface Reply {
  readonly status: number
  /** JSON. */
  readonly body: string
}

export interface WebhookOptions {
  /** @param timeout the API server's own patience as it says it in the query, for instance `5s` */
  readonly mutate: (body: string, timeout: string | undefined, received: number) => Reply | Promise<Reply>
  /** While it says true, every answer asks the client to open its next connection elsewhere. */
  readonly draining: () => boolean
}

/** The Express application behind the webhook's TLS port: `POST /mutate` and a clear answer to everything else. */
export function createWebhook({ mutate, draining }: WebhookOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')

  app.post('/mutate', (request, response) => {
    const received = performance.now()
    const type = request.headers['content-type']
    if (type === undefined || !/^application\/json *(;|$)/i.test(type)) {
      reply(response, error(415, `content-type is ${type ?? 'missing'}: expected application/json`))
      return
    }
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      reply(response, error(415, `content-encoding is ${encoding}: expected none`))
      return
    }
    void answer(request, response, received)
  })
  app.all('/mutate', (request, response) => {
    response.setHeader('Allow', 'POST')
    reply(response, error(405, `method is ${request.method}: expected POST`))
  })
  app.use((request, response) => {
    reply(response, error(404, `no ${request.path} here: expected /mutate`))
  })

  async function answer(request: Request, response: Response, received: number): Promise<void> {
    const body = await readBody(request)
    if (body === undefined) response.destroy()
    else if ('tooLarge' in body) reply(response, error(413, `the body is larger than ${bodyLimit} bytes`))
    else reply(response, await mutate(body.text, timeoutOf(request.url), received))
  }

  function reply(response: Response, { status, body }: Reply): void {
    if (draining()) response.shouldKeepAlive = false
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    response.end(body)
  }

  return app
}

function error(status: number, sentence: string): Reply {
  return { status, body: JSON.stringify({ error: sentence }) }
}

function timeoutOf(url: string): string | undefined {
  const query = url.indexOf('?')
  return query < 0 ? undefined : (new URLSearchParams(url.slice(query)).get('timeout') ?? undefined)
}
