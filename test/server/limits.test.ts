import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { readCertificate } from '../../src/certificates/source.ts'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createWebhook } from '../../src/server/webhook.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { createClient } from '../../testbed/client.ts'

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
    const { cert, key } = await authority.issue({ names: ['localhost'] })
    const webhook = createWebhook({
      mutate: () => mutate().then(() => ({ status: 200, body: '{}' })),
      draining: () => false,
    })
    listener = createSecureListener(webhook, options)
    const certificate = readCertificate(cert, key)
    if (typeof certificate === 'string') throw new Error(certificate)
    listener.use(certificate)
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

  it('is cut off where its headers never end', async () => {
    await start(undefined, { headersTimeout: 100 })
    const socket = await dial()
    const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 20)
    socket.write(headers)
    await once(socket, 'close')
    clearInterval(drip)
  })

  it('is waited for between two requests, and while it is answered', async () => {
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

  it('may fill 32 MiB with bodies that do not end, and no more; small ones are still taken', async () => {
    await start()
    const part = Buffer.alloc(5.9 * MiB, ' ')
    for (let index = 0; index < 5; index++) {
      const socket = await dial()
      socket.write(`${headers}Content-Length: ${6 * MiB}\r\n\r\n`)
      await new Promise((resolve) => socket.write(part, resolve))
    }
    const large = () => client.post('/mutate', Buffer.alloc(6 * MiB, ' '))
    const small = () => client.post('/mutate', '{}')
    // What was sent last may still be on its way.
    let status: number | undefined
    for (let attempt = 0; attempt < 100 && status !== 503; attempt++) ({ status } = await large())

    expect([status, (await small()).status]).to.deep.equal([503, 200])
    for (const socket of sockets) socket.destroy()
    for (let attempt = 0; attempt < 100 && status !== 200; attempt++) ({ status } = await large())
    expect(status).to.equal(200)
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
