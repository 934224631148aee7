import { expect } from 'chai'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer as createTcpServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TransportOptions, TransportRequest, TransportResponse } from '../../src/network/transport.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttp2Server, startHttpsServer, startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, until, withTransport } from '../support/transports.ts'

describe('a tunnel through an HTTP proxy', () => {
  let authority: Authority
  let certificate: ServerCertificate
  let registry: RunningServer
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test', '127.0.0.1'] })
    registry = await startHttpsServer(certificate, (_request, response) => response.end('answered'))
  })
  after(() => registry.close())

  let proxy: RunningServer
  let asked: IncomingMessage[]
  beforeEach(async () => {
    asked = []
    proxy = await startServer(createHttpServer().on('connect', tunnelTo(registry)))
  })
  afterEach(() => proxy.close())

  /** A proxy that brings every CONNECT to the server, as one whose own DNS knows registry.test would. */
  function tunnelTo(server: RunningServer) {
    return (request: IncomingMessage, client: Duplex) => {
      asked.push(request)
      const upstream = connect(server.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.pipe(client).pipe(upstream)
      })
      upstream.on('error', () => client.destroy())
      client.on('error', () => upstream.destroy())
    }
  }

  async function ask(
    request: Partial<TransportRequest> = {},
    options: Partial<TransportOptions> = {},
  ): Promise<TransportResponse> {
    const defaults: Partial<TransportOptions> = {
      ca: authority.certificate,
      proxyFor: () => `http://127.0.0.1:${proxy.port}`,
      lookup: (name) => Promise.reject(new Error(`${name} was looked up`)),
    }
    return withTransport({ ...defaults, ...options }, (transport) =>
      transport.request({ method: 'GET', url: new URL('https://registry.test/v2/'), trust: 'image', ...request }),
    )
  }

  it('is asked for with the host, and no name is looked up for it', async () => {
    expect((await ask()).body).to.equal('answered')
    expect(asked.map(({ url, headers }) => [url, headers.host])).to.deep.equal([
      ['registry.test:443', 'registry.test:443'],
    ])
  })

  it('is asked for with the port of the URL', async () => {
    await ask({ url: new URL('https://registry.test:5000/') })
    expect(asked.map(({ url }) => url)).to.deep.equal(['registry.test:5000'])
  })

  it('is asked for with port 0 where the URL names that, and not with the port of https', async () => {
    await ask({ url: new URL('https://registry.test:0/') })
    expect(asked.map(({ url }) => url)).to.deep.equal(['registry.test:0'])
  })

  it('is asked for without any header of the request', async () => {
    await ask({ headers: { authorization: 'Bearer secret' } })
    expect(asked[0]?.rawHeaders.join()).not.to.include('secret')
  })

  const credentials: readonly (readonly [written: string, sent: Buffer])[] = [
    ['user:p%40ss', Buffer.from('user:p@ss')],
    ['user', Buffer.from('user:')],
    [':password', Buffer.from(':password')],
    ['us%3Aer:p%c3%a4ss', Buffer.from('us:er:päss')],
    ['user:päss', Buffer.from('user:päss')],
    ['user:p%FFss', Buffer.from('user:p\xffss', 'latin1')],
  ]
  for (const [written, sent] of credentials) {
    it(`is asked for with the credentials of the URL of the proxy where they are written ${written}`, async () => {
      await ask({}, { proxyFor: () => `http://${written}@127.0.0.1:${proxy.port}` })
      expect(asked.map(({ headers }) => headers['proxy-authorization'])).to.deep.equal([
        `Basic ${sent.toString('base64')}`,
      ])
    })
  }

  it('is not asked for where a host needs no proxy', async () => {
    const url = new URL(`https://127.0.0.1:${registry.port}/`)
    await ask({ url, trust: 'configured' }, { proxyFor: () => undefined })
    expect(asked).to.have.lengthOf(0)
  })

  it('leads to a public host where that is a name, whatever is allowed', async () => {
    const { network } = await ask({}, { allowedNetworks: ['0.0.0.0/0', '::/0'] })
    expect(network).to.equal('public')
  })

  it('is kept for the next request', async () => {
    await withTransport(
      { ca: authority.certificate, proxyFor: () => `http://127.0.0.1:${proxy.port}` },
      async (transport) => {
        const request = { method: 'HEAD', url: new URL('https://registry.test/'), trust: 'image' } as const
        await transport.request(request)
        await transport.request(request)
        expect(asked).to.have.lengthOf(1)
      },
    )
  })

  it('carries HTTP/2', async () => {
    const modern = await startHttp2Server(certificate, (_request, response) => {
      response.end('over h2')
    })
    proxy.server.removeAllListeners('connect').on('connect', tunnelTo(modern))
    try {
      expect((await ask()).body).to.equal('over h2')
    } finally {
      await modern.close()
    }
  })

  it('is asked for over https, with the further CA', async () => {
    const secure = await startServer(createHttpsServer({ ...certificate }).on('connect', tunnelTo(registry)))
    try {
      const { body } = await ask({}, { proxyFor: () => `https://127.0.0.1:${secure.port}` })
      expect(body).to.equal('answered')
    } finally {
      await secure.close()
    }
  })

  it('is found by the name of the proxy, with the resolver of the transport', async () => {
    const names: string[] = []
    const lookup = (name: string) => {
      names.push(name)
      return Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    }
    await ask({}, { lookup, proxyFor: () => `http://proxy.test:${proxy.port}` })
    expect(names).to.deep.equal(['proxy.test'])
  })

  for (const host of ['127.0.0.1', '10.0.0.1', '2852039166', '[::1]', '[::ffff:a9fe:a9fe]']) {
    it(`is never asked for with a forbidden address: ${host}`, async () => {
      const { reason } = await failureOf(ask({ url: new URL(`https://${host}/`) }))
      expect({ reason, asked }).to.deep.equal({ reason: 'blocked-address', asked: [] })
    })
  }

  it('is asked for with an address in an allowed network', async () => {
    const { network } = await ask({ url: new URL('https://127.0.0.1/') }, { allowedNetworks: ['127.0.0.0/8'] })
    expect(network).to.equal('allowed')
  })

  it('is asked for with an IPv6 address in brackets', async () => {
    await failureOf(ask({ url: new URL('https://[fd00::1]:5000/'), trust: 'configured' }))
    expect(asked.map(({ url }) => url)).to.deep.equal(['[fd00::1]:5000'])
  })

  it("leads to the reason tls where the certificate is not the host's", async () => {
    const { reason } = await failureOf(ask({ url: new URL('https://other.test/') }))
    expect(reason).to.equal('tls')
  })

  it('leads to the reason connection where the proxy cannot be used, and nobody is asked', async () => {
    const error = await failureOf(ask({}, { proxyFor: () => ({ fault: 'HTTPS_PROXY is no URL' }) }))
    expect(error).to.include({ reason: 'connection', message: 'HTTPS_PROXY is no URL' })
  })

  it('leads to the reason connection where the proxy refuses, whose credentials are not told', async () => {
    proxy.server.removeAllListeners('connect').on('connect', (_request: IncomingMessage, client: Duplex) => {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    })
    const error = await failureOf(ask({}, { proxyFor: () => `http://user:hunter2@127.0.0.1:${proxy.port}` }))
    expect(error).to.include({ reason: 'connection', message: 'the proxy answered 407' })
  })

  it('leads to the reason connection where the proxy cannot be reached', async () => {
    await proxy.close()
    expect((await failureOf(ask())).reason).to.equal('connection')
    proxy = await startServer(createTcpServer())
  })

  it('leads to the reason timeout where the proxy does not answer, and is ended', async () => {
    proxy.server.removeAllListeners('connect').on('connect', (_request: IncomingMessage, client: Duplex) => {
      client.resume().on('end', () => client.end())
    })
    expect((await failureOf(ask({}, { timeout: 100 }))).reason).to.equal('timeout')
    await until(() => proxy.sockets.size === 0)
  })
})
