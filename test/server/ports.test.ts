import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { expect } from 'chai'
import type { Handler } from '../../src/server/application.ts'
import {
  createListener,
  createSecureListener,
  type Listener,
  type SecureListenerOptions,
} from '../../src/server/listener.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { issueFor } from '../support/servingCertificate.ts'

describe('a port of the webhook', () => {
  let authority: Authority
  let listener: Listener
  let opened: Socket[]

  before(async () => {
    authority = await createAuthority()
  })
  beforeEach(() => {
    opened = []
  })
  afterEach(async () => {
    for (const socket of opened) socket.destroy()
    await listener.close(0)
  })

  function opening<Kind extends Socket>(socket: Kind): Kind {
    opened.push(socket)
    return socket.on('error', () => undefined)
  }
  const plainSocket = (port: number) => opening(connectTcp(port, 'localhost'))

  async function startSecure(handler: Handler, options: SecureListenerOptions = {}): Promise<number> {
    const secure = createSecureListener(handler, options)
    listener = secure
    secure.use(await issueFor(authority))
    return secure.listen(0)
  }
  function startPlain(handler: Handler): Promise<number> {
    listener = createListener(handler)
    return listener.listen(0)
  }

  const ports = {
    'that speaks TLS': async (handler: Handler) => {
      const port = await startSecure(handler)
      return () => opening(connect({ port, host: 'localhost', ca: authority.certificate }))
    },
    'without TLS': async (handler: Handler) => {
      const port = await startPlain(handler)
      return () => plainSocket(port)
    },
  }

  for (const [which, start] of Object.entries(ports)) {
    describe(which, () => {
      it('reads headers of 7 KiB, and refuses more than 8', async () => {
        const dial = await start((_request, response) => response.end())
        const answers = [7, 9].map((size) => {
          const socket = dial()
          socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ${'x'.repeat(size * 1024)}\r\n\r\n`)
          return text(socket)
        })
        const statuses = (await Promise.all(answers)).map((answer) => answer.split(' ', 2)[1])
        expect(statuses).to.deep.equal(['200', '431'])
      })

      it('gives a request 40 seconds to come to its end, and its headers 10', async () => {
        const asked = Promise.withResolvers<Server>()
        const listen = (message: unknown): void => {
          asked.resolve((message as { readonly server: Server }).server)
        }
        subscribe('http.server.request.start', listen)
        const dial = await start((_request, response) => response.end())
        dial().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        const { requestTimeout, headersTimeout } = await asked.promise
        unsubscribe('http.server.request.start', listen)
        expect({ requestTimeout, headersTimeout }).to.deep.equal({ requestTimeout: 40_000, headersTimeout: 10_000 })
      })

      it('lets a request under way end when it closes, and then is closed', async () => {
        const asked = Promise.withResolvers<ServerResponse>()
        const dial = await start((_request, response) => {
          asked.resolve(response)
        })
        const socket = dial()
        socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        const answer = text(socket)
        const response = await asked.promise
        const closed = listener.close(3_600_000)
        // Timers go off in their order: one that cuts the request off at once has done so by then.
        await new Promise((resolve) => setTimeout(resolve, 1))
        response.end('the answer')
        await closed
        expect(await answer).to.match(/the answer$/)
      })

      it('cuts off a request that outlasts its grace when it closes', async () => {
        const asked = Promise.withResolvers<undefined>()
        const dial = await start(() => {
          asked.resolve(undefined)
        })
        const socket = dial().resume()
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        await asked.promise
        await listener.close(10)
        if (!socket.destroyed) await once(socket, 'close')
      })
    })
  }

  it('that speaks TLS cuts off who begins no handshake', async () => {
    const port = await startSecure((_request, response) => response.end(), { handshakeTimeout: 50 })
    await once(plainSocket(port).resume(), 'close')
  })

  it('without TLS keeps 100 connections that say nothing, and closes the oldest for one more', async () => {
    const port = await startPlain((_request, response) => response.end())
    const silent: Socket[] = []
    for (let index = 0; index <= 100; index++) {
      const socket = plainSocket(port)
      silent.push(socket)
      await once(socket, 'connect')
    }
    const [oldest, second] = silent
    if (oldest === undefined || second === undefined) throw new Error('no connection')
    if (!oldest.resume().destroyed) await once(oldest, 'close')
    second.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(String((await once(second, 'data'))[0])).to.match(/^HTTP\/1.1 200 /)
  })
})
