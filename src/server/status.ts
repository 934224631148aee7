import { createApplication, listenerOf, type Handler } from './application.ts'
import { report, type Check } from './health.ts'
import { errorReply, refuse, send } from './reply.ts'
import { hasBody } from './requestFaults.ts'

export interface StatusOptions {
  readonly live: readonly Check[]
  readonly ready: readonly Check[]
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
}

/** What answers on the plain port: `/livez`, `/readyz` and `/metrics`. */
export function createStatus({ live, ready, metrics }: StatusOptions): Handler {
  const app = createApplication()
  let underWay: Promise<string> | undefined
  /** Whoever asks at the same time gets the same: to write the metrics out takes a millisecond. */
  const metricsText = () =>
    (underWay ??= metrics.text().finally(() => {
      underWay = undefined
    }))
  app.use((request, response, next) => {
    if (hasBody(request)) refuse(request, response, errorReply(413, 'expected no body'))
    else next()
  })
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
    response.send(await metricsText())
  })
  app.use((_request, response) => {
    send(response, errorReply(404, 'expected /livez, /readyz or /metrics'))
  })
  return listenerOf(app)
}
