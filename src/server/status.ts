import express, { type Express } from 'express'
import { report, type Check } from './health.ts'

export interface StatusOptions {
  readonly live: readonly Check[]
  readonly ready: readonly Check[]
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
}

/** The Express application behind the plain port: `/livez`, `/readyz` and `/metrics`. */
export function createStatus({ live, ready, metrics }: StatusOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  for (const [endpoint, checks] of Object.entries({ livez: live, readyz: ready })) {
    app.get(`/${endpoint}`, (request, response) => {
      const { healthy, text } = report(endpoint, checks, 'verbose' in request.query)
      response
        .status(healthy ? 200 : 503)
        .type('text/plain')
        .send(text)
    })
  }
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType)
    response.send(await metrics.text())
  })
  app.use((_request, response) => {
    response.status(404).json({ error: 'expected /livez, /readyz or /metrics' })
  })
  return app
}
