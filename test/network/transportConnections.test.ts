import { expect } from 'chai'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { startHttpsServer, startServer } from '../../testbed/httpsServer.ts'
import { failureOf, until, withTransport } from '../support/transports.ts'
import { record, useTransportScene } from './transportScene.ts'

describe('the transport:', () => {
  const scene = useTransportScene()
  const { withServer } = scene

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
        createTlsServer(scene.certificate, (socket) => {
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
        await withTransport({ ca: scene.authority.certificate }, async (transport) => {
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
      const server = await startHttpsServer(scene.certificate, record([]))
      try {
        const open = await withTransport({ ca: scene.authority.certificate, maxHosts }, async (transport) => {
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
      const server = await startHttpsServer(scene.certificate, record([]))
      // It would end idle connections itself after five seconds.
      server.server.keepAliveTimeout = 60_000
      try {
        await withTransport({ ca: scene.authority.certificate, maxConnections }, async (transport) => {
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
      const server = await startHttpsServer(scene.certificate, record([]))
      try {
        await withTransport({ ca: scene.authority.certificate, maxConnections: 2 }, async (transport) => {
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
