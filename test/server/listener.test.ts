import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect, type ConnectionOptions } from 'node:tls'
import { expect } from 'chai'
import type { Handler } from '../../src/server/application.ts'
import {
  createListener,
  createSecureListener,
  type Listener,
  type SecureListener,
  type SecureListenerOptions,
} from '../../src/server/listener.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { createClient, send } from '../../testbed/client.ts'
import { eventually } from '../support/eventually.ts'
import { issueFor } from '../support/servingCertificate.ts'

/** OpenSSL itself sends nothing older than TLS 1.2 at its default level. */
const weak = { ciphers: 'DEFAULT@SECLEVEL=0' }

describe('the TLS of the webhook', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number
  let failed: number

  before(async () => {
    authority = await createAuthority()
  })
  beforeEach(async () => {
    failed = 0
    await start()
  })
  afterEach(() => listener.close(0))

  async function start(options: SecureListenerOptions = {}): Promise<void> {
    listener = createSecureListener((_request, response) => response.end('{}'), {
      handshakeFailed: () => failed++,
      ...options,
    })
    port = await listener.listen(0)
  }

  const handshake = (options: ConnectionOptions = {}) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: 'localhost', ca: authority.certificate, ...options }, () => {
        resolve(`${socket.getProtocol() ?? ''} ${socket.getPeerCertificate().serialNumber}`)
        socket.destroy()
      })
      socket.on('error', reject)
    })

  const failure = (attempt: Promise<string>) =>
    attempt.then(
      (success) => success,
      (error: unknown) => (error instanceof Error ? 'refused' : String(error)),
    )

  it('refuses every handshake before there is a certificate', async () => {
    expect(await failure(handshake())).to.equal('refused')
  })

  for (const [minVersion, spoken, refused] of [
    ['1.2', 'TLSv1.2', 'TLSv1.1'],
    ['1.3', 'TLSv1.3', 'TLSv1.2'],
  ] as const) {
    it(`speaks ${spoken} and refuses ${refused} where ${minVersion} is the oldest, also after a new certificate`, async () => {
      await listener.close(0)
      await start({ minVersion })
      for (let change = 0; change < 2; change++) {
        listener.use(await issueFor(authority))
        expect(await handshake({ minVersion: spoken, maxVersion: spoken })).to.match(new RegExp(`^${spoken} `))
        expect(await failure(handshake({ minVersion: refused, maxVersion: refused, ...weak }))).to.equal('refused')
      }
    })
  }

  it('prefers TLS 1.3', async () => {
    listener.use(await issueFor(authority))
    expect(await handshake()).to.match(/^TLSv1\.3 /)
  })

  for (const ciphers of [
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA',
    'DHE-RSA-AES128-GCM-SHA256',
    'AES128-GCM-SHA256',
  ]) {
    it(`refuses ${ciphers}, which lacks AEAD or forward secrecy, also after a new certificate`, async () => {
      for (let change = 0; change < 2; change++) {
        listener.use(await issueFor(authority))
        expect(await failure(handshake({ maxVersion: 'TLSv1.2', ciphers }))).to.equal('refused')
      }
    })
  }

  it('counts a handshake that fails, and neither one that succeeds nor a client that hangs up without a word', async () => {
    listener.use(await issueFor(authority))
    await handshake()
    const silent = connectTcp(port, 'localhost')
    await once(silent, 'connect')
    silent.destroy()
    await failure(handshake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ...weak }))
    await eventually(() => {
      expect(failed).to.equal(1)
    })
  })

  it('serves a new certificate without one failed request under load', async () => {
    listener.use(await issueFor(authority))
    const before = await handshake()
    let running = true
    let answered = 0
    const load = Array.from({ length: 8 }, async (_, index) => {
      const client = createClient(port, authority.certificate)
      while (running) {
        // Half of the clients open a connection for each request, half keep theirs.
        const { status } =
          index % 2 ? await client.post('/', '{}') : await send(port, '/', { ca: authority.certificate, agent: false })
        expect(status).to.equal(200)
        answered++
      }
      client.close()
    })
    for (let change = 0; change < 5; change++) {
      const mark = answered
      listener.use(await issueFor(authority))
      while (answered < mark + 50) await new Promise((resolve) => setImmediate(resolve))
    }
    running = false
    await Promise.all(load)
    expect(await handshake()).not.to.equal(before)
  })
})

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
