import { expect } from 'chai'
import { dial } from '../../src/network/dial.ts'
import { TransportError } from '../../src/network/errors.ts'
import { Exchange } from '../../src/network/exchange.ts'
import { createGuard } from '../../src/network/guard.ts'
import { createHost, type Host, type HostOptions } from '../../src/network/host.ts'
import { secureContextTrusting } from '../../src/network/secureContext.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttp2Server, startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, resolvesTo, until } from '../support/transports.ts'

describe('the connections of a host', () => {
  let authority: Authority
  let certificate: ServerCertificate
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test'] })
  })

  async function withHost<Result>(
    server: RunningServer,
    options: Partial<HostOptions>,
    use: (host: Host) => Promise<Result>,
  ): Promise<Result> {
    const host = createHost({
      url: new URL(`https://registry.test:${server.port}`),
      trust: 'configured',
      count: () => undefined,
      guard: createGuard(['127.0.0.0/8']),
      lookup: resolvesTo('127.0.0.1'),
      dial,
      timeout: 5000,
      secureContext: secureContextTrusting(authority.certificate)(),
      proxy: undefined,
      closing: new AbortController().signal,
      ...options,
    })
    try {
      return await use(host)
    } finally {
      await host.pool.destroy()
      await server.close()
    }
  }

  async function ask(host: Host): Promise<number> {
    const exchange = new Exchange()
    host.pool.dispatch({ method: 'HEAD', path: '/' }, exchange)
    return (await exchange.answer).status
  }

  for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
    it(`are counted once each, and their ends once each, over ${protocol}`, async () => {
      const server =
        protocol === 'HTTP/2'
          ? await startHttp2Server(certificate, (_, response) => {
              response.end()
            })
          : await startHttpsServer(certificate, (_, response) => response.end())
      const told: number[] = []
      await withHost(server, { count: (opened) => told.push(opened) }, async (host) => {
        for (let round = 0; round < 2; round++) {
          await ask(host)
          for (const socket of server.sockets) socket.destroy()
          await until(() => told.length === 2 * (round + 1))
        }
      })
      expect(told).to.deep.equal([1, -1, 1, -1])
    })
  }

  it('are in an allowed network where every address is', async () => {
    const server = await startHttpsServer(certificate, (_, response) => response.end())
    const network = await withHost(server, {}, async (host) => {
      await ask(host)
      return host.network
    })
    expect(network).to.equal('allowed')
  })

  it('are public where the network of an address is not allowed', async () => {
    const server = await startHttpsServer(certificate, (_, response) => response.end())
    const network = await withHost(server, { guard: createGuard([]) }, async (host) => {
      await ask(host)
      return host.network
    })
    expect(network).to.equal('public')
  })

  it('are not opened once the transport closes', async () => {
    const server = await startHttpsServer(certificate, (_, response) => response.end())
    const failure = await withHost(server, { closing: AbortSignal.abort() }, (host) =>
      ask(host).catch((error: unknown) => error),
    )
    expect(failure).to.include({ reason: 'timeout' })
    expect(server.accepted).to.equal(0)
  })

  for (const [port, dialled] of [
    ['', 443],
    [':443', 443],
    [':5000', 5000],
    [':0', 0],
  ] as const) {
    it(`are opened to port ${dialled} of https://registry.test${port}`, async () => {
      const ports: number[] = []
      const server = await startHttpsServer(certificate, (_, response) => response.end())
      const options: Partial<HostOptions> = {
        url: new URL(`https://registry.test${port}`),
        dial: (_, wanted) => {
          ports.push(wanted)
          return Promise.reject(new TransportError('connection', 'refused'))
        },
      }
      await withHost(server, options, (host) => failureOf(ask(host)))
      expect(ports).to.deep.equal([dialled])
    })
  }
})
