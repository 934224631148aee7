import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { secureContextTrusting } from '../../src/network/secureContext.ts'
import { openTunnel, type Reach } from '../../src/network/tunnel.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, until } from '../support/transports.ts'

const target = 'registry.test:443'
const secureContext = secureContextTrusting(undefined)()
const never = new AbortController().signal

describe('the proxy of a tunnel', () => {
  const addresses: readonly (readonly [url: string, host: string, port: number])[] = [
    ['http://proxy.test', 'proxy.test', 80],
    ['https://proxy.test', 'proxy.test', 443],
    ['http://proxy.test:3128', 'proxy.test', 3128],
    ['https://proxy.test:3128', 'proxy.test', 3128],
    ['http://[fd00::1]:3128', 'fd00::1', 3128],
  ]
  for (const [url, host, port] of addresses) {
    it(`is reached at port ${port} of ${host} where its URL is ${url}`, async () => {
      const reached: unknown[] = []
      const reach: Reach = (...address) => {
        reached.push(address)
        return Promise.reject(new Error('not reached'))
      }
      await openTunnel(new URL(url), target, { reach, secureContext, signal: never }).catch(() => undefined)
      expect(reached).to.deep.equal([[host, port]])
    })
  }

  it('is told by TLS which name it is reached by', async () => {
    const authority = await createAuthority()
    const names: (string | false | null)[] = []
    const server = createTlsServer(await authority.issue({ names: ['proxy.test'] }), (socket: TLSSocket) => {
      names.push(socket.servername)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    const proxy = await startServer(server)
    try {
      const options = {
        reach: () => Promise.resolve(connect(proxy.port, '127.0.0.1')),
        secureContext: secureContextTrusting(authority.certificate)(),
        signal: never,
      }
      const { message } = await failureOf(openTunnel(new URL('https://proxy.test'), target, options))
      expect({ message, names }).to.deep.equal({ message: 'the proxy answered 403', names: ['proxy.test'] })
    } finally {
      await proxy.close()
    }
  })
})

describe('opening a tunnel', () => {
  /** What the proxy says to a CONNECT. */
  let answer: string
  let proxy: RunningServer
  beforeEach(async () => {
    proxy = await startServer(
      createServer((client) => {
        client.once('data', () => client.write(answer))
        client.on('end', () => client.end())
      }),
    )
  })
  afterEach(() => proxy.close())

  const open = (signal = never, protocol = 'http'): Promise<Socket> =>
    openTunnel(new URL(`${protocol}://127.0.0.1:${proxy.port}`), target, {
      reach: (host, port) => Promise.resolve(connect(port, host)),
      secureContext,
      signal,
    })

  it('loses nothing that comes together with the answer of the proxy', async () => {
    answer = 'HTTP/1.1 200 OK\r\n\r\nhello'
    const socket = await open()
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(first.toString()).to.equal('hello')
  })

  for (const status of [202, 204, 301, 302, 403, 407, 429, 500, 502, 503]) {
    it(`fails, and ends the connection, where the proxy answers ${status}`, async () => {
      answer = `HTTP/1.1 ${status} Anything\r\n\r\n`
      const { reason, message } = await failureOf(open())
      expect({ reason, message }).to.deep.equal({ reason: 'connection', message: `the proxy answered ${status}` })
      await until(() => proxy.sockets.size === 0)
    })
  }

  for (const line of ['HTTP/1.1 200 OK', 'HTTP/1.1 403 Forbidden', 'no HTTP']) {
    it(`leaves nothing behind at the signal where the proxy answers ${line}`, async () => {
      answer = `${line}\r\n\r\n`
      const { signal } = new AbortController()
      await open(signal)
        .then((socket) => socket.destroy())
        .catch(() => undefined)
      expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0)
    })
  }

  for (const protocol of ['http', 'https']) {
    it(`fails with the reason timeout, and ends the connection to an ${protocol} proxy, where the signal ended before`, async () => {
      const { reason } = await failureOf(open(AbortSignal.abort(), protocol))
      expect(reason).to.equal('timeout')
      await until(() => proxy.accepted === 1 && proxy.sockets.size === 0)
    })

    it(`fails with the reason timeout, and ends the connection to an ${protocol} proxy, where that says nothing`, async () => {
      answer = ''
      const controller = new AbortController()
      const failure = failureOf(open(controller.signal, protocol))
      await until(() => proxy.accepted === 1)
      controller.abort()
      expect((await failure).reason).to.equal('timeout')
      await until(() => proxy.sockets.size === 0)
    })
  }
})
