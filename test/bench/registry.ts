import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer } from '../../testbed/httpsServer.ts'

const manifestType = 'application/vnd.oci.image.index.v1+json'

export type Answers = (request: IncomingMessage, response: ServerResponse) => void

/** Every manifest is there for everybody. */
export const open: Answers = (_request, response) => {
  response.writeHead(200, { 'content-type': manifestType }).end()
}

/** Nothing is there without a password. */
export const basic: Answers = (_request, response) => {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end()
}

/** Docker Hub's manner: a token for everybody, and 401 with it. */
export const bearer: Answers = (request, response) => {
  if (request.url?.startsWith('/token')) {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"token":"t","expires_in":300}')
    return
  }
  response.writeHead(401, { 'www-authenticate': 'Bearer realm="/token",service="registry"' }).end()
}

/** A registry on a free port, which counts its requests. */
export async function startRegistry(certificate: ServerCertificate, answers: Answers) {
  const requests: string[] = []
  const server = await startHttpsServer(certificate, (request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    answers(request, response)
  })
  server.server.keepAliveTimeout = 60_000
  return { port: server.port, requests, close: () => server.close() }
}
