import type { IncomingMessage, RequestListener } from 'node:http'
import type { Transport } from '../../src/network/transport.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { withTransport } from '../support/transports.ts'

export type Ask = (
  path: string,
  method?: 'GET' | 'HEAD',
  headers?: Record<string, string>,
) => ReturnType<Transport['request']>

export interface TransportScene {
  readonly authority: Authority
  /** For registry.test and for each name below hosts.test. */
  readonly certificate: ServerCertificate
  /** Runs a server at registry.test and a transport that trusts it, for the time that `use` takes. */
  withServer<Result>(
    handler: RequestListener,
    use: (ask: Ask, server: RunningServer, transport: Transport) => Promise<Result>,
  ): Promise<Result>
}

/** Call it in a `describe`: its tests then share one authority and one certificate. */
export function useTransportScene(): TransportScene {
  let made: { readonly authority: Authority; readonly certificate: ServerCertificate } | undefined
  before(async () => {
    const authority = await createAuthority()
    made = { authority, certificate: await authority.issue({ names: ['registry.test', '*.hosts.test'] }) }
  })
  function scene() {
    if (made === undefined) throw new Error('the scene is not set up before the tests run')
    return made
  }
  return {
    get authority() {
      return scene().authority
    },
    get certificate() {
      return scene().certificate
    },
    async withServer(handler, use) {
      const { authority, certificate } = scene()
      const server = await startHttpsServer(certificate, handler)
      try {
        return await withTransport({ ca: authority.certificate }, (transport) => {
          const ask: Ask = (path, method = 'GET', headers = {}) => {
            const url = new URL(path, `https://registry.test:${server.port}`)
            return transport.request({ method, url, headers, trust: 'configured' })
          }
          return use(ask, server, transport)
        })
      } finally {
        await server.close()
      }
    },
  }
}

/** Answers each request with nothing, and keeps it. */
export function record(seen: IncomingMessage[]): RequestListener {
  return (request, response) => {
    seen.push(request)
    response.end()
  }
}
