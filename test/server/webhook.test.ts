import { connect } from 'node:tls'
import { once } from 'node:events'
import { expect } from 'chai'
import { readCertificate, type Certificate } from '../../src/certificates/source.ts'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createWebhook } from '../../src/server/webhook.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { createClient, send } from '../../testbed/client.ts'

describe('the webhook’s HTTP', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number
  let client: ReturnType<typeof createClient>
  let draining: boolean
  let answer: string
  let calls: { body: string; timeout: string | undefined }[]

  before(async () => {
    authority = await createAuthority()
  })

  beforeEach(async () => {
    draining = false
    calls = []
    answer = '{"answered":true}'
    const webhook = createWebhook({
      mutate: (body, timeout) => {
        calls.push({ body, timeout })
        return { status: 200, body: answer }
      },
      draining: () => draining,
    })
    listener = createSecureListener(webhook)
    listener.use(await issue(authority))
    port = await listener.listen(0)
    client = createClient(port, authority.certificate)
  })
  afterEach(async () => {
    client.close()
    await listener.close(0)
  })

  it('hands the body and the API server’s timeout on, and the answer back', async () => {
    const { status, json } = await client.post('/mutate?timeout=5s', '{"ä":1}')
    expect({ status, json }).to.deep.equal({ status: 200, json: { answered: true } })
    expect(calls).to.deep.equal([{ body: '{"ä":1}', timeout: '5s' }])
  })

  it('takes a charset beside the content type', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    expect(await client.post('/mutate', '{}', { headers })).to.have.property('status', 200)
  })

  const refused: [string, string, object, number, RegExp][] = [
    ['another path', '/', {}, 404, /expected \/mutate/],
    ['GET', '/mutate', { method: 'GET' }, 405, /expected POST/],
    ['PUT', '/mutate', { method: 'PUT' }, 405, /expected POST/],
    ['no content type', '/mutate', { headers: {} }, 415, /missing.*application\/json/],
    [
      'another content type',
      '/mutate',
      { headers: { 'content-type': 'text/plain' } },
      415,
      /text\/plain.*application\/json/,
    ],
    [
      'a longer content type',
      '/mutate',
      { headers: { 'content-type': 'application/jsonp' } },
      415,
      /application\/jsonp/,
    ],
    [
      'a compressed body',
      '/mutate',
      { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      415,
      /gzip.*expected none/,
    ],
  ]
  for (const [what, path, options, status, message] of refused) {
    it(`answers ${what} with ${status} and a JSON error`, async () => {
      const answer = await client.post(path, '{}', options)
      expect(answer.status).to.equal(status)
      expect(answer.headers['content-type']).to.equal('application/json')
      expect(answer.json).to.have.property('error').that.matches(message)
      expect(calls).to.deep.equal([])
    })
  }

  it('says with 405 which method is allowed', async () => {
    expect((await client.post('/mutate', '{}', { method: 'GET' })).headers.allow).to.equal('POST')
  })

  it('answers 7 MiB with 413, and the next request on the same connection', async () => {
    expect(await client.post('/mutate', Buffer.alloc(7 * 1024 * 1024, ' '))).to.have.property('status', 413)
    expect(await client.post('/mutate', '{}')).to.have.property('status', 200)
  })

  it('takes 6 MiB', async () => {
    expect(await client.post('/mutate', Buffer.alloc(6 * 1024 * 1024, ' '))).to.have.property('status', 200)
  })

  it('ends the connection after a long answer, on which Node.js would take the next request for broken', async () => {
    answer = `"${'x'.repeat(100_000)}"`
    const { headers, body } = await client.post('/mutate', '{}')
    expect(headers.connection).to.equal('close')
    expect(body).to.equal(answer)
  })

  it('cuts off a client that sends without end', async () => {
    const socket = await dial(
      'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n',
    )
    const block = Buffer.alloc(1024 * 1024)
    let sent = 0
    while (!socket.destroyed && sent < 200) {
      sent++
      await new Promise((resolve) => socket.write(block, resolve))
    }
    expect(sent).to.be.lessThan(200)
    expect(calls).to.deep.equal([])
  })

  it('survives a client that leaves in the middle of its body', async () => {
    const socket = await dial(
      'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    socket.destroy()
    expect(await client.post('/mutate', '{}')).to.have.property('status', 200)
    expect(calls).to.have.lengthOf(1)
  })

  it('answers what is no HTTP with 400 and survives it', async () => {
    const socket = await dial('\x16\x03\x01 nonsense\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).to.match(/^HTTP\/1\.1 400 /)
    expect(await client.post('/mutate', '{}')).to.have.property('status', 200)
  })

  it('names neither Express nor an ETag', async () => {
    const { headers } = await client.post('/mutate', '{}')
    expect(headers).not.to.have.any.keys('x-powered-by', 'etag')
  })

  it('keeps an idle connection longer than the API server’s 90 s', async () => {
    expect((await client.post('/mutate', '{}')).headers['keep-alive']).to.equal('timeout=120')
  })

  it('asks for the next connection to go elsewhere while it drains', async () => {
    expect((await client.post('/mutate', '{}')).headers.connection).to.equal('keep-alive')
    draining = true
    expect((await client.post('/mutate', '{}')).headers.connection).to.equal('close')
  })

  async function dial(text: string) {
    const socket = connect({ port, host: 'localhost', ca: authority.certificate })
    socket.on('error', () => undefined)
    await once(socket, 'secureConnect')
    socket.write(text)
    return socket
  }
})

describe('the webhook’s TLS', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number

  beforeEach(async () => {
    authority = await createAuthority()
    listener = createSecureListener((_request, response) => response.end('{}'))
    port = await listener.listen(0)
  })
  afterEach(() => listener.close(0))

  const handshake = (maxVersion?: 'TLSv1.2') =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(
        { port, host: 'localhost', ca: authority.certificate, ...(maxVersion ? { maxVersion } : {}) },
        () => {
          resolve(`${socket.getProtocol() ?? ''} ${socket.getPeerCertificate().serialNumber}`)
          socket.destroy()
        },
      )
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

  it('speaks TLS 1.3 and refuses 1.2, also after a change of the certificate', async () => {
    for (let change = 0; change < 2; change++) {
      listener.use(await issue(authority))
      expect(await handshake()).to.match(/^TLSv1\.3 /)
      expect(await failure(handshake('TLSv1.2'))).to.equal('refused')
    }
  })

  it('serves a new certificate without one failed request under load', async () => {
    listener.use(await issue(authority))
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
      listener.use(await issue(authority))
      while (answered < mark + 50) await new Promise((resolve) => setImmediate(resolve))
    }
    running = false
    await Promise.all(load)
    expect(await handshake()).not.to.equal(before)
  })
})

async function issue(authority: Authority): Promise<Certificate> {
  const { cert, key } = await authority.issue({ names: ['localhost'] })
  const certificate = readCertificate(cert, key)
  if (typeof certificate === 'string') throw new Error(certificate)
  return certificate
}
