import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { send } from '../../testbed/client.ts'
import { eventually } from '../support/eventually.ts'
import { issueFor } from '../support/servingCertificate.ts'

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('a listener whose connections are all taken', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number
  let opened: Socket[]
  let closed: Set<Socket>
  /** Answers the requests that wait. */
  let answers: (() => void)[]
  let slow: boolean

  before(async () => {
    authority = await createAuthority()
  })
  beforeEach(() => {
    opened = []
    closed = new Set()
    answers = []
    slow = false
  })
  afterEach(async () => {
    for (const socket of opened) socket.destroy()
    await listener.close(0)
  })

  async function start(maxConnections: number): Promise<void> {
    listener = createSecureListener(
      (_request, response) => {
        if (slow) answers.push(() => response.end('{}'))
        else response.end('{}')
      },
      { maxConnections },
    )
    listener.use(await issueFor(authority))
    port = await listener.listen(0)
  }
  async function opening<Kind extends Socket>(socket: Kind, event: string): Promise<Kind> {
    opened.push(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => closed.add(socket))
    await once(socket, event)
    return socket
  }
  const silent = () => opening(connectTcp(port, 'localhost'), 'connect')
  const secure = () => opening(connect({ port, host: 'localhost', ca: authority.certificate }), 'secureConnect')
  async function spoken() {
    const socket = await secure()
    socket.write(request)
    await once(socket, 'data')
    return socket
  }
  const review = () => send(port, '/mutate', { ca: authority.certificate, agent: false, body: '{}' })
  const gone = (...sockets: Socket[]) =>
    eventually(() => {
      expect([...closed]).to.deep.equal(sockets)
    })

  it('answers a client that speaks although a thousand say nothing', async () => {
    await start(1000)
    await Promise.all(Array.from({ length: 1000 }, silent))
    for (let index = 0; index < 5; index++) expect(await review()).to.have.property('status', 200)
  })

  it('closes the oldest that has said nothing', async () => {
    await start(2)
    const first = await silent()
    await silent()
    expect(await review()).to.have.property('status', 200)
    await gone(first)
  })

  it('closes one that said nothing after its handshake before one that is idle between two requests', async () => {
    await start(2)
    const idle = await spoken()
    const mute = await secure()
    expect(await review()).to.have.property('status', 200)
    await gone(mute)
    expect(idle.destroyed).to.equal(false)
  })

  it('closes the one that has been idle for the longest time where each has spoken', async () => {
    await start(2)
    const [first, second] = [await spoken(), await spoken()]
    first.write(request)
    await once(first, 'data')
    expect(await review()).to.have.property('status', 200)
    await gone(second)
  })

  it('closes the one whose body is overdue for the longest time before one that is idle', async () => {
    await start(3)
    const idle = await spoken()
    slow = true
    const stalling = [await secure(), await secure()] as const
    for (const [index, socket] of stalling.entries()) {
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{')
      await eventually(() => {
        expect(answers).to.have.lengthOf(index + 1)
      })
    }
    const started = performance.now()
    await eventually(() => {
      expect(performance.now() - started).to.be.above(1100)
    })
    slow = false
    expect(await review()).to.have.property('status', 200)
    await gone(stalling[0])
    expect(idle.destroyed).to.equal(false)
  })

  /** Connections that each have a request under way. */
  async function busyOnes(count: number): Promise<Socket[]> {
    slow = true
    const busy: Socket[] = []
    for (let index = 0; index < count; index++) {
      const socket = await secure()
      socket.write(request)
      busy.push(socket)
    }
    await eventually(() => {
      expect(answers).to.have.lengthOf(count)
    })
    return busy
  }

  it('closes the new one where each has a request under way, and breaks none of these', async () => {
    await start(2)
    const busy = await busyOnes(2)
    const late = connectTcp(port, 'localhost').on('error', () => undefined)
    await once(late, 'close')
    const received = busy.map((socket) => once(socket, 'data'))
    for (const answer of answers) answer()
    await Promise.all(received)
    expect([...closed]).to.deep.equal([])
  })

  // Elsewhere than on Linux a machine has one loopback address.
  if (process.platform === 'linux') {
    it('closes the oldest of an address for another that has less than half as many, where each has a request under way', async () => {
      await start(4)
      const [oldest] = await busyOnes(4)
      const elsewhere = () => connectTcp({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
      const tls = { servername: 'localhost', ca: authority.certificate }
      const other = await opening(connect({ ...tls, socket: elsewhere() }), 'secureConnect')
      other.write(request)
      await eventually(() => {
        expect(answers).to.have.lengthOf(5)
      })
      const late = elsewhere().on('error', () => undefined)
      await once(late, 'close')
      expect([...closed]).to.deep.equal([oldest])
    })
  }
})
