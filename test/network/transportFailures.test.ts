import { expect } from 'chai'
import { createServer as createTcpServer } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { TransportOptions } from '../../src/network/transport.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { startHttp2Server, startHttpsServer, startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, until, withTransport } from '../support/transports.ts'

import { useTransportScene } from './transportScene.ts'

describe('the transport to a host that fails', () => {
  const scene = useTransportScene()

  /** Asks the server once and waits until it has no connection left. */
  async function reasonFrom(server: RunningServer, options: Partial<TransportOptions> = {}): Promise<string> {
    try {
      return await withTransport({ ca: scene.authority.certificate, ...options }, async (transport) => {
        const url = new URL(`https://registry.test:${server.port}/`)
        const { reason } = await failureOf(transport.request({ method: 'GET', url, trust: 'configured' }))
        await until(() => server.sockets.size === 0)
        return reason
      })
    } finally {
      await server.close()
    }
  }

  describe('before there is a connection', () => {
    const nowhere = new URL('https://registry.test/')
    const lookups: readonly (readonly [string, string, TransportOptions['lookup']])[] = [
      ['has a name that does not exist', 'dns', () => Promise.reject(new Error('queryA ENOTFOUND'))],
      ['has a name without an address', 'dns', () => Promise.resolve([])],
      ['has a name that is never resolved', 'timeout', () => new Promise(() => undefined)],
    ]
    for (const [what, expected, lookup] of lookups) {
      it(`says ${expected} when it ${what}`, async () => {
        await withTransport({ timeout: 100, ...(lookup && { lookup }) }, async (transport) => {
          const { reason } = await failureOf(transport.request({ method: 'GET', url: nowhere, trust: 'image' }))
          expect(reason).to.equal(expected)
        })
      })
    }

    it('hands on at once what is no failure of a host but a bug', async () => {
      const bug = new RangeError('out of range')
      const lookup = () => Promise.resolve([{ address: '192.0.2.1', family: 4 }])
      await withTransport({ lookup, dial: () => Promise.reject(bug) }, async (transport) => {
        const asked = transport.request({ method: 'GET', url: nowhere, trust: 'configured' })
        expect(await asked.catch((error: unknown) => error)).to.equal(bug)
      })
    })

    it('says connection to each of many requests when nobody listens', async () => {
      const server = await startServer(createTcpServer())
      await server.close()
      await withTransport({}, async (transport) => {
        const url = new URL(`https://registry.test:${server.port}/`)
        const failures = await Promise.all(
          Array.from({ length: 30 }, () => failureOf(transport.request({ method: 'HEAD', url, trust: 'configured' }))),
        )
        expect(new Set(failures.map(({ reason }) => reason))).to.deep.equal(new Set(['connection']))
      })
    })
  })

  describe('in the handshake', () => {
    it('says tls when its CA is not trusted', async () => {
      const stranger = await (await createAuthority()).issue({ names: ['registry.test'] })
      expect(await reasonFrom(await startHttpsServer(stranger, () => undefined))).to.equal('tls')
    })

    it('says tls when its certificate has expired', async () => {
      const expired = await scene.authority.issue({ names: ['registry.test'], notAfter: new Date(Date.now() - 1000) })
      expect(await reasonFrom(await startHttpsServer(expired, () => undefined))).to.equal('tls')
    })

    it('says tls when its certificate is for another name', async () => {
      const other = await scene.authority.issue({ names: ['other.test', '127.0.0.1'] })
      expect(await reasonFrom(await startHttpsServer(other, () => undefined))).to.equal('tls')
    })

    it('says tls when it speaks only TLS 1.1', async () => {
      const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
      expect(await reasonFrom(await startHttpsServer(scene.certificate, () => undefined, old))).to.equal('tls')
    })

    it('says tls when it speaks no TLS', async () => {
      const server = createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'))
      expect(await reasonFrom(await startServer(server))).to.equal('tls')
    })

    it('says connection when it resets the connection', async () => {
      const server = createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
      expect(await reasonFrom(await startServer(server))).to.equal('connection')
    })

    it('says timeout when it says nothing', async () => {
      expect(
        await reasonFrom(await startServer(createTcpServer((socket) => socket.resume())), { timeout: 100 }),
      ).to.equal('timeout')
    })
  })

  describe('in its answer', () => {
    const cases: readonly (readonly [
      what: string,
      expected: string,
      play: (socket: TLSSocket, reset: () => void) => void,
    ])[] = [
      ['says nothing', 'timeout', () => undefined],
      ['stops after the status', 'timeout', (socket) => socket.write('HTTP/1.1 200 OK\r\n')],
      [
        'drips its headers',
        'timeout',
        (socket) => {
          drip(socket, 'HTTP/1.1 200 OK\r\n', 'a: b\r\n')
        },
      ],
      ['stops after the headers', 'timeout', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')],
      [
        'drips its body',
        'timeout',
        (socket) => {
          drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n', 'x')
        },
      ],
      [
        'sends interim responses for ever',
        'timeout',
        (socket) => {
          drip(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n')
        },
      ],
      ['closes at once', 'connection', (socket) => socket.end()],
      [
        'resets the connection',
        'connection',
        (_socket, reset) => {
          reset()
        },
      ],
      ['closes within the headers', 'connection', (socket) => socket.end('HTTP/1.1 200 OK\r\n')],
      ['closes within the body', 'connection', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')],
      ['is no HTTP', 'unexpected-answer', (socket) => socket.write('220 mail.test ESMTP\r\n')],
      ['has a status that is no number', 'unexpected-answer', (socket) => socket.write('HTTP/1.1 abc OK\r\n\r\n')],
      ['has a status below 100', 'unexpected-answer', (socket) => socket.write('HTTP/1.1 099 OK\r\n\r\n')],
      [
        'has more than 16 KiB of headers',
        'unexpected-answer',
        (socket) => socket.write(`HTTP/1.1 200 OK\r\na: ${'x'.repeat(17_000)}\r\n`),
      ],
      [
        'has thousands of headers of one character',
        'unexpected-answer',
        (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(5000)}Content-Length: 1\r\n\r\n`),
      ],
      [
        'has hundreds of headers, each of another name',
        'unexpected-answer',
        (socket) => {
          const headers = Array.from({ length: 300 }, (_, at) => `a${at}:\r\n`).join('')
          socket.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: 1\r\n\r\n`)
        },
      ],
      [
        'has two lengths',
        'unexpected-answer',
        (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'),
      ],
    ]
    for (const [what, expected, play] of cases) {
      it(`says ${expected} when it ${what}`, async () => {
        const server = await startServer(createTlsServer(scene.certificate))
        const reset = () => {
          for (const socket of server.sockets) socket.resetAndDestroy()
        }
        server.server.on('secureConnection', (socket: TLSSocket) => {
          socket.on('error', () => undefined)
          socket.once('data', () => {
            play(socket, reset)
          })
        })
        expect(await reasonFrom(server, { timeout: expected === 'timeout' ? 150 : 5000 })).to.equal(expected)
      })
    }
  })

  it('does not wait for the end of a flood of interim answers', async () => {
    const server = createTlsServer(scene.certificate, (socket) => {
      socket.on('error', () => undefined)
      const flood = () => {
        while (!socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)));
        socket.once('drain', () => setImmediate(flood))
      }
      socket.once('data', flood)
    })
    const started = performance.now()
    expect(await reasonFrom(await startServer(server), { timeout: 60_000 })).to.equal('timeout')
    expect(performance.now() - started).to.be.below(10_000)
  })

  describe('over HTTP/2', () => {
    it('says timeout when it does not answer, and is not asked on that connection again', async () => {
      let requests = 0
      const server = await startHttp2Server(scene.certificate, (_request, response) => {
        requests++
        if (requests > 1) response.end()
      })
      try {
        await withTransport({ ca: scene.authority.certificate, timeout: 300 }, async (transport) => {
          const ask = () =>
            transport.request({
              method: 'HEAD',
              url: new URL(`https://registry.test:${server.port}/`),
              trust: 'configured',
            })
          expect((await failureOf(ask())).reason).to.equal('timeout')
          expect((await ask()).status).to.equal(200)
          expect(server.accepted).to.equal(2)
        })
      } finally {
        await server.close()
      }
    })
  })

  it('says unexpected-answer to a request that HTTP cannot carry', async () => {
    await withTransport({}, async (transport) => {
      const headers = { authorization: 'Bearer a\r\nb' }
      const url = new URL('https://registry.test/')
      const { reason } = await failureOf(transport.request({ method: 'GET', url, headers, trust: 'configured' }))
      expect(reason).to.equal('unexpected-answer')
    })
  })
})

function drip(socket: TLSSocket, start: string, drop: string): void {
  socket.write(start)
  const timer = setInterval(() => socket.write(drop), 5)
  socket.on('close', () => {
    clearInterval(timer)
  })
}
