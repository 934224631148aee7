import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import type { LookupAddress } from 'node:dns'
import { dial } from '../../src/network/dial.ts'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { startSilentListener, type SilentListener } from '../support/silentListener.ts'
import { failureOf, until } from '../support/transports.ts'

const never = new AbortController().signal
const v4 = (...addresses: readonly string[]): LookupAddress[] => addresses.map((address) => ({ address, family: 4 }))

/** How many connections of this process are being opened. */
function attempts(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'ConnectWrap').length
}

describe('dial, with a host that answers at its last address', () => {
  let server: RunningServer
  let silent: SilentListener
  before(async () => {
    server = await startServer(createServer(), { host: '127.0.0.9' })
    silent = await startSilentListener('127.0.0.2', server.port)
  })
  after(async () => {
    await silent.close()
    await server.close()
  })

  async function reached(addresses: readonly LookupAddress[], signal = never) {
    const started = performance.now()
    const socket = await dial(addresses, server.port, signal)
    const result = { address: socket.remoteAddress, took: performance.now() - started }
    socket.destroy()
    return result
  }

  it('connects to it', async () => {
    expect((await reached(v4('127.0.0.9'))).address).to.equal('127.0.0.9')
  })

  it('goes on at once after an address that refuses', async () => {
    const { address, took } = await reached(v4('127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.9'))
    expect(address).to.equal('127.0.0.9')
    expect(took).to.be.lessThan(250)
  })

  it('goes on after 250 ms beside an address that is silent', async () => {
    const { address, took } = await reached(v4('127.0.0.2', '127.0.0.9'))
    expect(address).to.equal('127.0.0.9')
    expect(took).to.be.within(240, 1000)
  })

  it('goes on at once after an address that refuses while another is still tried', async () => {
    const refusing = Array.from({ length: 8 }, (_, index) => `127.0.1.${index}`)
    const { address, took } = await reached(v4('127.0.0.2', ...refusing, '127.0.0.9'))
    expect(address).to.equal('127.0.0.9')
    expect(took).to.be.lessThan(1500)
  })

  it('does not fail while an address is still tried, whatever the last one says', async () => {
    const failure = failureOf(reached(v4('127.0.0.2', '127.0.0.3'), AbortSignal.timeout(500)))
    expect((await failure).reason).to.equal('timeout')
  })

  it('reaches an address of the second family behind any number of the first', async () => {
    const refusing = Array.from({ length: 20 }, (_, index) => ({ address: `127.0.1.${index}`, family: 6 }))
    expect((await reached([...refusing, ...v4('127.0.0.9')])).address).to.equal('127.0.0.9')
  })

  it('begins with the first address, of whichever family', async () => {
    const refusing = [{ address: '127.0.0.3', family: 6 }, ...v4('127.0.0.4')]
    const failure = await reached(refusing).catch((error: unknown) => error)
    expect(failure).to.include({ address: '127.0.0.4' })
  })

  it('takes the families in turn, so that one which leads nowhere costs 250 ms alone', async () => {
    // Whether an address is of the family that the resolver says is not looked at.
    const nowhere = Array.from({ length: 10 }, () => ({ address: '127.0.0.2', family: 6 }))
    const { took } = await reached([...nowhere, ...v4('127.0.0.9')])
    expect(took).to.be.lessThan(1000)
  })

  it('ends every attempt when the signal does', async () => {
    const before = attempts()
    const controller = new AbortController()
    const failure = failureOf(reached(v4('127.0.0.2', '127.0.0.2'), controller.signal))
    await until(() => attempts() > before)
    controller.abort()
    expect((await failure).reason).to.equal('timeout')
    await until(() => attempts() === before)
  })

  it('ends every other attempt when one has succeeded', async () => {
    const before = attempts()
    await reached(v4('127.0.0.2', '127.0.0.9'))
    await until(() => attempts() === before)
  })

  it('begins no further attempt when one fails just as the signal ends', async () => {
    const controller = new AbortController()
    const { accepted } = server
    // The kernel says at once that a broadcast address takes no connection, and Node.js a tick later.
    const failure = failureOf(reached(v4('255.255.255.255', '127.0.0.9'), controller.signal))
    process.nextTick(() => {
      controller.abort()
    })
    expect((await failure).reason).to.equal('timeout')
    await reached(v4('127.0.0.9'))
    await until(() => server.accepted > accepted && server.sockets.size === 0)
  })

  it('leaves nothing behind at the signal, which may be that of many', async () => {
    const { signal } = new AbortController()
    await reached(v4('127.0.0.9'), signal)
    expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0)
  })

  it('begins nothing when the signal has ended before', async () => {
    const { accepted } = server
    expect((await failureOf(reached(v4('127.0.0.9'), AbortSignal.abort()))).reason).to.equal('timeout')
    expect(server.accepted).to.equal(accepted)
  })

  it('keeps one connection alone', async () => {
    const socket = await dial(v4('127.0.0.9', '127.0.0.9', '127.0.0.9'), server.port, never)
    await until(() => server.sockets.size === 1)
    socket.destroy()
  })

  it('fails as the last address did where all refuse', async () => {
    const failure = await reached(v4('127.0.0.3', '127.0.0.4')).catch((error: unknown) => error)
    expect(failure).to.include({ code: 'ECONNREFUSED', address: '127.0.0.4' })
  })

  it('tries 16 addresses and no more', async () => {
    const refusing = Array.from({ length: 16 }, (_, index) => `127.0.1.${index}`)
    const failure = await reached(v4(...refusing, '127.0.0.9')).catch((error: unknown) => error)
    expect(failure).to.include({ code: 'ECONNREFUSED', address: '127.0.1.15' })
  })
})

describe('dial, with a far host', () => {
  it('waits longer than 250 ms for each of its four addresses', async () => {
    const first = await startSilentListener('127.0.2.1')
    const { port } = first
    const others = ['127.0.2.2', '127.0.2.3', '127.0.2.4']
    const listeners = [first, ...(await Promise.all(others.map((host) => startSilentListener(host, port))))]
    // The kernel repeats its first SYN after a second: what was begun at the start, and not given up, succeeds then.
    const timer = setTimeout(() => {
      for (const listener of listeners) listener.wake()
    }, 900)
    try {
      const socket = await dial(v4('127.0.2.1', ...others), port, AbortSignal.timeout(1600))
      expect(socket.remotePort).to.equal(port)
      socket.destroy()
    } finally {
      clearTimeout(timer)
      await Promise.all(listeners.map((listener) => listener.close()))
    }
  })
})
