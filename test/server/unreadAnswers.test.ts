import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createWebhook } from '../../src/server/webhook.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { issueFor } from '../support/servingCertificate.ts'

const MiB = 1024 * 1024
const request = 'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'

describe('long answers that nobody reads', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number
  /** Of an answer. */
  let size: number
  let answered = 0
  let clients: { readonly socket: TLSSocket; received: number; closed: boolean }[]

  before(async () => {
    authority = await createAuthority()
    listener = createSecureListener(
      createWebhook({
        mutate: () => {
          answered++
          return { status: 200, body: JSON.stringify('x'.repeat(size)) }
        },
        draining: () => false,
      }),
    )
    listener.use(await issueFor(authority))
    port = await listener.listen(0)
  })
  beforeEach(() => {
    clients = []
    // More than the buffers of a connection take.
    size = 7 * MiB
  })
  afterEach(() => {
    for (const { socket } of clients) socket.destroy()
  })
  after(() => listener.close(0))

  /** Asks and reads nothing before it is told to. */
  async function ask() {
    const socket = connect({ port, host: 'localhost', ca: authority.certificate })
    const client = { socket, received: 0, closed: false }
    clients.push(client)
    socket.on('error', () => undefined).on('close', () => (client.closed = true))
    await once(socket, 'secureConnect')
    socket.pause()
    const before = answered
    socket.write(request)
    await eventually(() => {
      expect(answered).to.equal(before + 1)
    })
    return client
  }
  function read(client: (typeof clients)[number]): void {
    client.socket.on('data', (data: Buffer) => (client.received += data.length)).resume()
  }

  it('are dropped, the oldest first, when another one needs their memory', async () => {
    const [first, second] = [await ask(), await ask()]
    await new Promise((resolve) => setImmediate(resolve))
    read(first)
    read(second)
    await eventually(() => {
      expect([first.closed, second.closed]).to.deep.equal([true, true])
    })
    expect(first.received).to.be.lessThan(7 * MiB)
    expect(second.received).to.be.greaterThan(7 * MiB)
  })

  it('are no longer counted once they were read', async () => {
    const waiting = await ask()
    size = MiB / 2
    for (let index = 0; index < 3; index++) {
      const client = await ask()
      read(client)
      await eventually(() => {
        expect(client.closed).to.equal(true)
      })
      expect(client.received).to.be.greaterThan(size)
    }
    read(waiting)
    await eventually(() => {
      expect(waiting.closed).to.equal(true)
    })
    expect(waiting.received).to.be.greaterThan(7 * MiB)
  })
})
