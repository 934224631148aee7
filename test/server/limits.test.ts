import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createWebhook } from '../../src/server/webhook.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { createClient } from '../../testbed/client.ts'
import { eventually } from '../support/eventually.ts'
import { usedMemory } from '../support/heap.ts'
import { issueFor } from '../support/servingCertificate.ts'

const headers = 'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
const MiB = 1024 * 1024

describe('whoever reaches the webhook', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number
  let client: ReturnType<typeof createClient>
  let sockets: TLSSocket[]

  before(async () => {
    authority = await createAuthority()
  })

  async function start(
    mutate: () => Promise<void> = () => Promise.resolve(),
    options: { headersTimeout?: number } = {},
  ): Promise<void> {
    const webhook = createWebhook({
      mutate: () => mutate().then(() => ({ status: 200, body: '{}' })),
      draining: () => false,
    })
    listener = createSecureListener(webhook, options)
    listener.use(await issueFor(authority))
    port = await listener.listen(0)
    client = createClient(port, authority.certificate)
    sockets = []
  }
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    client.close()
    await listener.close(0)
  })

  async function dial(): Promise<TLSSocket> {
    const socket = connect({ port, host: 'localhost', ca: authority.certificate })
    sockets.push(socket)
    socket.on('error', () => undefined).resume()
    await once(socket, 'secureConnect')
    return socket
  }

  it('is cut off where nothing follows the handshake', async () => {
    await start(undefined, { headersTimeout: 100 })
    const socket = await dial()
    await once(socket, 'close')
  })

  it('leaves nothing of a body behind while its answer waits', async () => {
    const [answer, count] = [Promise.withResolvers<undefined>(), 10]
    let waiting = 0
    await start(() => {
      waiting++
      return answer.promise
    })
    const body = Buffer.alloc(3 * MiB, ' ')
    const before = await usedMemory()
    for (let index = 1; index <= count; index++) {
      const socket = await dial()
      socket.write(`${headers}Content-Length: ${body.length}\r\n\r\n`)
      socket.write(body)
      await eventually(() => {
        expect(waiting).to.equal(index)
      })
    }
    // The client lets go of what it has sent some turns of the event loop after the server has got it.
    await eventually(async () => {
      expect((await usedMemory()) - before).to.be.below(2 * MiB)
    })
    answer.resolve(undefined)
  })

  for (const [when, path, type] of [
    ['a body', '/mutate', 'application/json'],
    ['what is left of a body that was refused', '/mutate', 'text/plain'],
    ['what nobody is to read', '/', 'application/json'],
  ] as const) {
    it(`is cut off where it sends ${when} in chunks of one byte`, async () => {
      await start()
      const socket = await dial()
      socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`)
      let sent = 0
      while (sent < MiB && !socket.destroyed) {
        await new Promise((resolve) => socket.write('1\r\n \r\n'.repeat(1000), resolve))
        sent += 1000
      }
      expect(sent).to.be.below(MiB)
    })
  }

  it('is told so where its body comes in chunks of one byte', async () => {
    await start()
    const socket = await dial()
    const answer = once(socket, 'data')
    socket.write(`${headers}Transfer-Encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(1500)}`)
    expect(String(await answer)).to.match(/^HTTP\/1.1 400 /)
  })

  it('is answered where its body comes in many chunks of some size', async () => {
    await start()
    const socket = await dial()
    const answer = once(socket, 'data')
    const chunk = `80\r\n${' '.repeat(128)}\r\n`
    socket.write(`${headers}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5000)}0\r\n\r\n`)
    expect(String(await answer)).to.match(/^HTTP\/1.1 200 /)
  })

  it('is cut off where its headers never end', async () => {
    await start(undefined, { headersTimeout: 100 })
    const socket = await dial()
    const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 20)
    socket.write(headers)
    await once(socket, 'close')
    clearInterval(drip)
  })

  it('keeps its connection between two requests, and while it is answered', async () => {
    let answer: () => void = () => undefined
    await start(() => new Promise((resolve) => (answer = resolve)), { headersTimeout: 100 })
    const socket = await dial()
    let closed = false
    socket.on('close', () => (closed = true))
    for (let request = 0; request < 2; request++) {
      socket.write(`${headers}Content-Length: 2\r\n\r\n{}`)
      // Someone else is cut off meanwhile.
      await once(await dial(), 'close')
      answer()
      await once(socket, 'data')
      await once(await dial(), 'close')
    }
    expect(closed).to.equal(false)
  })

  describe('and holds bodies that never end', () => {
    /** Announces a body of 6 MiB, sends most of it and stalls. @returns its connection */
    async function stall(): Promise<TLSSocket> {
      const socket = await dial()
      socket.write(`${headers}Content-Length: ${6 * MiB}\r\n\r\n`)
      await new Promise((resolve) => socket.write(Buffer.alloc(5.9 * MiB, ' '), resolve))
      return socket
    }

    it('keeps no small review from its answer', async () => {
      await start()
      for (let index = 0; index < 7; index++) await stall()
      for (let index = 0; index < 20; index++)
        expect(await client.post('/mutate', Buffer.alloc(256 * 1024, ' '))).to.have.property('status', 200)
    })

    it('keeps a large review from its answer for two seconds at the most', async () => {
      await start()
      for (let index = 0; index < 7; index++) await stall()
      const stalled = performance.now()
      await eventually(async () => {
        expect(await client.post('/mutate', Buffer.alloc(6 * MiB, ' '))).to.have.property('status', 200)
      })
      expect(performance.now() - stalled).to.be.lessThan(4000)
    })

    it('is told that it was too slow', async () => {
      await start()
      const answers: string[] = []
      for (let index = 0; index < 7; index++) (await stall()).on('data', (data: Buffer) => answers.push(String(data)))
      await eventually(async () => {
        await client.post('/mutate', Buffer.alloc(6 * MiB, ' '))
        expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 408 '))).not.to.deep.equal([])
      })
      expect(answers[0]).to.match(/\r\nConnection: close\r\n/)
    })
  })

  it('is answered before its body is read where it announces too much, and is told to close', async () => {
    await start()
    const socket = await dial()
    socket.write(`${headers}Content-Length: ${6 * MiB + 1}\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(String(answer)).to.match(/^HTTP\/1\.1 413 /)
    expect(String(answer)).to.match(/\r\nConnection: close\r\n/)
  })

  it('can read its 413 after it has sent all of 23 MiB', async () => {
    await start()
    const socket = await dial()
    socket.pause()
    socket.write(`${headers}Content-Length: ${23 * MiB}\r\n\r\n`)
    await new Promise((resolve) => socket.write(Buffer.alloc(23 * MiB), resolve))
    socket.resume()
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(String(answer)).to.match(/^HTTP\/1\.1 413 /)
    await once(socket, 'close')
  })

  it('gets 413 for a body of unannounced length that has grown too large', async () => {
    await start()
    const { status, headers } = await client.post('/mutate', Buffer.alloc(6 * MiB + 1), {
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    })
    expect({ status, connection: headers.connection }).to.deep.equal({ status: 413, connection: 'close' })
  })

  it('cannot fill the memory with a body that is mostly values', async () => {
    await start()
    const { status, json } = await client.post('/mutate', `[${'[],'.repeat(200_000)}0]`)
    expect([status, json]).to.deep.equal([413, { error: 'the body holds more values than any Pod' }])
    expect(await client.post('/mutate', JSON.stringify('x'.repeat(MiB)))).to.have.property('status', 200)
  })

  for (const path of ['/mutate/', '/MUTATE', '/']) {
    it(`gets 404 for ${path}`, async () => {
      await start()
      expect(await client.post(path, '{}')).to.have.property('status', 404)
    })
  }
})
