import { expect } from 'chai'
import type { LookupAddress } from 'node:dns'
import { createServer as createTcpServer } from 'node:net'
import { dial } from '../../src/network/dial.ts'
import { toTransportError, TransportError } from '../../src/network/errors.ts'
import { Exchange } from '../../src/network/exchange.ts'
import { createGuard } from '../../src/network/guard.ts'
import { createHost, type Host, type HostOptions } from '../../src/network/host.ts'
import { secureContextTrusting } from '../../src/network/secureContext.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttp2Server, startHttpsServer, startServer, type RunningServer } from '../../testbed/httpsServer.ts'
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

  it('stay public once one of them was, whatever the name resolves to later', async () => {
    const server = await startHttpsServer(certificate, (_, response) =>
      response.writeHead(200, { connection: 'close' }).end(),
    )
    const networks = ['public', 'allowed'] as const
    const checked: string[] = []
    const guard: HostOptions['guard'] = () => {
      const network = networks[checked.length] ?? 'allowed'
      checked.push(network)
      return network
    }
    const network = await withHost(server, { guard }, async (host) => {
      await ask(host)
      await ask(host)
      return host.network
    })
    expect({ network, checked }).to.deep.equal({ network: 'public', checked: networks })
  })

  for (const outcome of ['open', 'failed'] as const) {
    it(`are being opened from the look-up of the name on until they are ${outcome}`, async () => {
      const server = await startHttpsServer(certificate, (_, response) => response.end())
      const found = Promise.withResolvers<LookupAddress[]>()
      await withHost(server, { lookup: () => found.promise }, async (host) => {
        const answer = ask(host).catch(() => 'failed')
        await until(() => host.opening.size === 1)
        const [opening] = host.opening
        if (outcome === 'open') found.resolve([{ address: '127.0.0.1', family: 4 }])
        else found.reject(new TransportError('dns', 'no such name'))
        await opening
        expect([await answer, host.opening.size]).to.deep.equal([outcome === 'open' ? 200 : 'failed', 0])
      })
    })
  }

  it('are given up in time where nothing takes them', async () => {
    const server = await startHttpsServer(certificate, (_, response) => response.end())
    const dialUntil: HostOptions['dial'] = (_addresses, _port, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new TransportError('timeout', 'no connection in time'))
        })
      })
    const failure = await withHost(server, { dial: dialUntil, timeout: 100 }, (host) => failureOf(ask(host)))
    expect(failure.reason).to.equal('timeout')
  })

  it('are given up in time where the handshake gets no answer', async () => {
    const server = await startServer(createTcpServer())
    const started = performance.now()
    const failure = await withHost(server, { timeout: 100 }, (host) => ask(host).catch(toTransportError))
    expect(failure).to.include({ reason: 'timeout' })
    expect(performance.now() - started, 'milliseconds').to.be.lessThan(8000)
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
