import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { expect } from 'chai'
import { createSecureListener, type SecureListener, type SecureListenerOptions } from '../../src/server/listener.ts'
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
