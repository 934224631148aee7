import { once } from 'node:events'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import type { TransportError } from '../../src/network/errors.ts'
import { startHttp2Server, startServer } from '../../testbed/httpsServer.ts'
import { frame, settings, settingsAcknowledged, streamOf } from '../support/http2Frames.ts'
import { withTransport } from '../support/transports.ts'

describe('the bytes that a host sends', () => {
  let authority: Authority
  let certificate: ServerCertificate
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test'] })
  })

  /** Asks once, with all the time that there is. */
  async function ask(port: number, after: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    await withTransport({ ca: authority.certificate, timeout: 60_000 }, async (transport) => {
      const url = new URL(`https://registry.test:${port}/`)
      await transport.request({ method: 'GET', url, trust: 'configured' }).catch(() => undefined)
      await after()
    })
  }

  /** Sends the same without end, as fast as it is read. */
  function flood(socket: TLSSocket, bytes: string | Buffer): void {
    const pour = () => {
      while (!socket.destroyed && socket.write(bytes));
      socket.once('drain', () => setImmediate(pour))
    }
    socket.on('error', () => undefined)
    pour()
  }

  const empty = '\r\n'.repeat(10_000)
  const floods: readonly (readonly [what: string, bytes: string])[] = [
    ['empty lines before its status', empty],
    [
      'an extension of a chunk without end',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a=b;'.repeat(10_000)}`,
    ],
  ]
  for (const [what, bytes] of floods) {
    it(`end its connection where they are ${what}`, async () => {
      const server = await startServer(
        createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (socket) => {
          socket.once('data', () => {
            socket.write(bytes)
            flood(socket, bytes === empty ? empty : 'a=b;'.repeat(10_000))
          })
        }),
      )
      const started = performance.now()
      await ask(server.port)
      await server.close()
      expect(performance.now() - started).to.be.below(20_000)
    })
  }

  /** Why a request fails whose host has a certificate for so many names, and talks like this once it was asked. */
  async function faultOf(names: number, talk: (socket: TLSSocket) => unknown): Promise<string> {
    const further = Array.from({ length: names }, (_, at) => `host-${at}.registry.test`)
    const certificate = await authority.issue({ names: ['registry.test', ...further] })
    const tls = createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (socket) => {
      socket.on('error', () => undefined).once('data', () => talk(socket))
    })
    const server = await startServer(tls)
    const url = new URL(`https://registry.test:${server.port}/`)
    return withTransport({ ca: authority.certificate, timeout: 60_000 }, (transport) =>
      transport.request({ method: 'GET', url, trust: 'configured' }).then(
        () => 'none',
        (error: unknown) => (error as TransportError).reason,
      ),
    ).finally(() => server.close())
  }
  const answered = (socket: TLSSocket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')

  it('end its connection where its handshake has more than 16 KiB, before TLS has read its certificates', async () => {
    expect(await faultOf(750, answered)).to.equal('tls')
  })
  it('do not end its connection where its certificate is for hundreds of names', async () => {
    expect(await faultOf(600, answered)).to.equal('none')
  })
  it('end its connection where each byte is a record of TLS', async () => {
    const fault = await faultOf(1, async (socket) => {
      for (const byte of `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(10_000)}\r\n\r\n`) {
        if (!socket.destroyed) await new Promise((resolve) => socket.write(byte, resolve))
      }
    })
    expect(fault).to.equal('tls')
  })

  /** `:status: 200` from the static table of RFC 7541, and the end of the stream. */
  const answer = (stream: number) => frame('headers', { flags: 5, stream, payload: Buffer.from([0x88]) })
  const windowUpdate = frame('windowUpdate', { payload: Buffer.from([0, 0, 0, 1]) })
  const alternative = frame('alternativeService', { payload: Buffer.from('\0\u000dhttps://a.comh2=":1"') })

  for (const [what, bytes] of [
    ['WINDOW_UPDATE', windowUpdate],
    ['ALTSVC', alternative],
  ] as const) {
    it(`end a connection over HTTP/2 along which nothing is asked where they are frames of ${what}`, async () => {
      const tls = createTlsServer({ ...certificate, ALPNProtocols: ['h2'] })
      const server = await startServer(tls)
      const connected = once(tls, 'secureConnection') as Promise<[TLSSocket]>
      void connected.then(([socket]) => {
        socket.write(settings)
        socket.on('data', (data: Buffer) => {
          if (streamOf(data, 'settings', 0) !== undefined) socket.write(settingsAcknowledged)
          const stream = streamOf(data, 'headers')
          if (stream !== undefined) socket.write(answer(stream))
        })
      })
      await ask(server.port, async () => {
        const [socket] = await connected
        const closed = new Promise((resolve) => socket.once('close', resolve))
        flood(socket, Buffer.concat(Array.from({ length: 1000 }, () => bytes)))
        await closed
      })
      await server.close()
    })
  }

  it('end no connection whose answers are many, and no longer than they may be', async () => {
    const server = await startHttp2Server(certificate, (_, response) => {
      response.end('x'.repeat(60_000))
    })
    await withTransport({ ca: authority.certificate, timeout: 60_000 }, async (transport) => {
      const url = new URL(`https://registry.test:${server.port}/`)
      const end = performance.now() + 700
      while (performance.now() < end) await transport.request({ method: 'GET', url, trust: 'configured' })
    })
    expect(server.accepted).to.equal(1)
    await server.close()
  })
})
