import { expect } from 'chai'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Transport } from '../../src/network/transport.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer, startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, until, withTransport } from '../support/transports.ts'

describe('the transport:', () => {
  let authority: Authority
  let certificate: ServerCertificate
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test', '*.hosts.test'] })
  })

  /** Runs a server at registry.test and a transport that trusts it. */
  async function withServer<Result>(
    handler: RequestListener,
    use: (ask: Ask, server: RunningServer, transport: Transport) => Promise<Result>,
  ): Promise<Result> {
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
  }
  type Ask = (
    path: string,
    method?: 'GET' | 'HEAD',
    headers?: Record<string, string>,
  ) => ReturnType<Transport['request']>

  describe('the request', () => {
    async function seenBy(headers: Record<string, string>, path = '/v2/'): Promise<IncomingMessage> {
      const seen: IncomingMessage[] = []
      await withServer(record(seen), (ask) => ask(path, 'HEAD', headers))
      const [request] = seen
      if (request === undefined) throw new Error('the server saw no request')
      return request
    }

    it('is made for the path and the query of the URL', async () => {
      const { url } = await seenBy({}, '/token?service=a%20b&scope=x')
      expect(url).to.equal('/token?service=a%20b&scope=x')
    })

    it('carries the headers that it was given', async () => {
      const { headers } = await seenBy({ accept: 'application/json', authorization: 'Bearer x' })
      expect(headers).to.include({ accept: 'application/json', authorization: 'Bearer x' })
    })

    it('says who asks', async () => {
      const { headers } = await seenBy({})
      expect(headers['user-agent']).to.equal('image-proxy-webhook')
    })

    it('asks for no content coding', async () => {
      const { headers } = await seenBy({})
      expect(headers).not.to.have.property('accept-encoding')
    })

    it('sends no user name and password that the URL holds', async () => {
      const seen: IncomingMessage[] = []
      await withServer(record(seen), (_ask, { port }, transport) => {
        const url = new URL(`https://user:secret@registry.test:${port}/`)
        return transport.request({ method: 'HEAD', url, trust: 'configured' })
      })
      expect(seen.map(({ headers }) => headers.authorization)).to.deep.equal([undefined])
    })
  })

  describe('the response', () => {
    it('has the status, the headers and the body', async () => {
      const response = await withServer(
        (_request, response) => response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"errors":[]}'),
        (ask) => ask('/'),
      )
      expect(response).to.deep.include({ status: 404, body: '{"errors":[]}' })
      expect(response.headers['content-type']).to.equal('application/json')
    })

    it('keeps the lines of a header that was sent several times', async () => {
      const lines = ['Bearer realm="https://auth.test/token"', 'Basic realm="x, y"']
      const { headers } = await withServer(
        (_request, response) => response.writeHead(401, { 'WWW-Authenticate': lines }).end(),
        (ask) => ask('/', 'HEAD'),
      )
      expect(headers['www-authenticate']).to.deep.equal(lines)
    })

    it('is the redirect itself', async () => {
      const response = await withServer(
        (request, response) => response.writeHead(request.url === '/' ? 307 : 200, { Location: '/next' }).end(),
        (ask) => ask('/'),
      )
      expect(response).to.deep.include({ status: 307 })
      expect(response.headers['location']).to.equal('/next')
    })

    it('is the final one after interim ones', async () => {
      const response = await withServer(
        (_request, response) => {
          response.writeEarlyHints({ link: '</style.css>; rel=preload' })
          response.writeHead(200).end('final')
        },
        (ask) => ask('/'),
      )
      expect(response).to.deep.include({ status: 200, body: 'final' })
    })

    it('has an empty body for HEAD', async () => {
      const response = await withServer(
        (_request, response) => response.writeHead(200, { 'Content-Length': 1234 }).end(),
        (ask) => ask('/', 'HEAD'),
      )
      expect(response).to.deep.include({ status: 200, body: '' })
    })
  })

  describe('the body', () => {
    const limit = 64 * 1024
    async function bodyOf(length: number) {
      return withServer(
        (_request, response) => response.end('x'.repeat(length)),
        (ask) => ask('/'),
      )
    }

    it('is read whole up to 64 KiB', async () => {
      const { body } = await bodyOf(limit)
      expect(body).to.have.lengthOf(limit)
    })

    it('is cut off after 64 KiB', async () => {
      const { body } = await bodyOf(limit + 1)
      expect(body).to.have.lengthOf(limit)
    })

    it('that never ends is dropped with its connection', async () => {
      const closed = Promise.withResolvers<unknown>()
      const response = await withServer(
        (_request, response) => {
          closed.resolve(once(response, 'close'))
          pourForever(response)
        },
        async (ask) => {
          const response = await ask('/')
          await closed.promise
          return response
        },
      )
      expect(response.body).to.have.lengthOf(limit)
    })
  })

  describe('the connection', () => {
    it('is kept for the next request, after a HEAD too', async () => {
      await withServer(
        (_request, response) => response.writeHead(200, { 'Content-Length': 2 }).end('{}'),
        async (ask, server) => {
          await ask('/', 'HEAD')
          await ask('/', 'HEAD')
          await ask('/')
          await ask('/', 'HEAD')
          expect(server.accepted).to.equal(1)
        },
      )
    })

    it('is not shared between hosts that were chosen by different people', async () => {
      await withServer(record([]), async (ask, server, transport) => {
        await ask('/')
        const url = new URL(`https://registry.test:${server.port}/`)
        const error = await failureOf(transport.request({ method: 'GET', url, trust: 'image' }))
        expect(error.reason).to.equal('blocked-address')
      })
    })

    it('is opened anew, once, when a kept one dies under the request', async () => {
      let requests = 0
      await withServer(
        (request, response) => {
          requests++
          if (requests === 2) request.socket.destroy()
          else response.end('answered')
        },
        async (ask, server) => {
          await ask('/')
          const { body } = await ask('/', 'HEAD')
          expect({ body, requests, accepted: server.accepted }).to.deep.equal({ body: '', requests: 3, accepted: 2 })
        },
      )
    })

    it('is not opened anew when it was a new one that died', async () => {
      let requests = 0
      await withServer(
        (request) => {
          requests++
          request.socket.destroy()
        },
        async (ask) => {
          const { reason } = await failureOf(ask('/'))
          expect({ reason, requests }).to.deep.equal({ reason: 'connection', requests: 1 })
        },
      )
    })

    it('is not opened a third time when the second one dies too', async () => {
      let requests = 0
      await withServer(
        (request, response) => {
          requests++
          if (requests === 1) response.end()
          else request.socket.destroy()
        },
        async (ask) => {
          await ask('/')
          const { reason } = await failureOf(ask('/'))
          expect({ reason, requests }).to.deep.equal({ reason: 'connection', requests: 3 })
        },
      )
    })

    it('is replaced for every request that a restarted server left without one', async () => {
      await withServer(
        (_request, response) => response.end('answered'),
        async (ask, server) => {
          await Promise.all(Array.from({ length: 10 }, () => ask('/')))
          for (const socket of server.sockets) socket.resetAndDestroy()
          const answers = await Promise.all(Array.from({ length: 10 }, () => ask('/')))
          expect(answers.map(({ body }) => body)).to.deep.equal(Array.from({ length: 10 }, () => 'answered'))
        },
      )
    })

    it('is opened anew, and not another kept one taken, when several have died unseen', async () => {
      const old = new Set<Socket>()
      await withServer(
        (request, response) => {
          if (old.has(request.socket)) request.socket.destroy()
          else response.end('answered')
        },
        async (ask, server) => {
          server.server.on('request', ({ socket }: IncomingMessage) => old.add(socket))
          await Promise.all(Array.from({ length: 5 }, () => ask('/')))
          expect(old).to.have.property('size').that.is.greaterThan(1)
          expect((await ask('/')).body).to.equal('answered')
        },
      )
    })

    it('is opened anew when a kept one dies after an interim response', async () => {
      let requests = 0
      await withServer(
        (request, response) => {
          requests++
          if (requests === 2) response.writeEarlyHints({ link: '</>; rel=x' }, () => request.socket.destroy())
          else response.end('answered')
        },
        async (ask) => {
          await ask('/')
          expect((await ask('/')).body).to.equal('answered')
        },
      )
    })

    it('is opened anew after a HEAD that was answered with a body', async () => {
      const server = await startServer(
        createTlsServer(certificate, (socket) => {
          socket.on('error', () => undefined)
          socket.on('data', (request: Buffer) => {
            const isHead = request.toString().startsWith('HEAD')
            const status = isHead ? '404 Not Found' : '200 OK'
            socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 9\r\n\r\n`)
            setImmediate(() => socket.write(isHead ? 'HTTP/1.1 ' : 'the body '))
          })
        }),
      )
      try {
        await withTransport({ ca: authority.certificate }, async (transport) => {
          const url = new URL(`https://registry.test:${server.port}/`)
          const head = await transport.request({ method: 'HEAD', url, trust: 'configured' })
          const get = await transport.request({ method: 'GET', url, trust: 'configured' })
          expect([head.status, get.status, get.body]).to.deep.equal([404, 200, 'the body '])
        })
      } finally {
        await server.close()
      }
    })

    it('is ended where too many hosts have one', async () => {
      const maxHosts = 8
      const server = await startHttpsServer(certificate, record([]))
      try {
        const open = await withTransport({ ca: authority.certificate, maxHosts }, async (transport) => {
          for (let host = 0; host < 50; host++) {
            const url = new URL(`https://h${host}.hosts.test:${server.port}/`)
            await transport.request({ method: 'GET', url, trust: 'configured' })
          }
          await until(() => server.sockets.size <= maxHosts)
          return server.sockets.size
        })
        expect({ accepted: server.accepted, open }).to.deep.equal({ accepted: 50, open: maxHosts })
      } finally {
        await server.close()
      }
    })

    it('is ended where all hosts together have too many, the one of the host that was asked least recently', async () => {
      const maxConnections = 8
      const server = await startHttpsServer(certificate, record([]))
      // It would end idle connections itself after five seconds.
      server.server.keepAliveTimeout = 60_000
      try {
        await withTransport({ ca: authority.certificate, maxConnections }, async (transport) => {
          const ask = (host: number) => {
            const url = new URL(`https://h${host}.hosts.test:${server.port}/`)
            return transport.request({ method: 'GET', url, trust: 'configured' })
          }
          for (let host = 0; host < 5; host++) await Promise.all([ask(host), ask(host), ask(host), ask(host)])
          await until(() => server.sockets.size <= maxConnections)
          const { accepted } = server
          await ask(4)
          expect({ open: server.sockets.size, new: server.accepted - accepted }).to.deep.equal({ open: 8, new: 0 })
        })
      } finally {
        await server.close()
      }
    })

    it('is kept where its host alone has too many', async () => {
      const server = await startHttpsServer(certificate, record([]))
      try {
        await withTransport({ ca: authority.certificate, maxConnections: 2 }, async (transport) => {
          const url = new URL(`https://registry.test:${server.port}/`)
          const ask = () => transport.request({ method: 'GET', url, trust: 'configured' })
          await Promise.all([ask(), ask(), ask(), ask()])
          await ask()
          expect({ open: server.sockets.size, accepted: server.accepted }).to.deep.equal({ open: 4, accepted: 4 })
        })
      } finally {
        await server.close()
      }
    })

    it('is ended with the transport', async () => {
      await withServer(record([]), async (ask, server, transport) => {
        await ask('/')
        await transport.close()
        await until(() => server.sockets.size === 0)
        expect((await failureOf(ask('/'))).reason).to.equal('connection')
      })
    })
  })
})

function record(seen: IncomingMessage[]): RequestListener {
  return (request, response) => {
    seen.push(request)
    response.end()
  }
}

function pourForever(response: ServerResponse): void {
  const block = Buffer.alloc(16 * 1024)
  const pour = () => {
    while (!response.destroyed && response.write(block));
  }
  response.on('drain', pour)
  pour()
}
