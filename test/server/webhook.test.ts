import { connect } from 'node:tls'
import { once } from 'node:events'
import { expect } from 'chai'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createWebhook } from '../../src/server/webhook.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { createClient } from '../../testbed/client.ts'
import { issueFor } from '../support/servingCertificate.ts'

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
    listener.use(await issueFor(authority))
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

  it('answers 7 MiB with 413, and a request along the next connection', async () => {
    expect(await client.post('/mutate', Buffer.alloc(7 * 1024 * 1024, ' '))).to.have.property('status', 413)
    expect(await client.post('/mutate', '{}')).to.have.property('status', 200)
  })

  for (const method of ['HEAD', 'OPTIONS', 'DELETE']) {
    it(`answers ${method} with 405`, async () => {
      const { status, headers } = await client.post('/mutate', '', { method })
      expect({ status, allow: headers.allow }).to.deep.equal({ status: 405, allow: 'POST' })
    })
  }

  it('judges the content type before the length and the body', async () => {
    const socket = await dial(
      'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 999999999\r\n\r\n',
    )
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).to.match(/^HTTP\/1\.1 415 /)
    socket.destroy()
  })

  it('reads nothing of the query but the timeout', async () => {
    await client.post('/mutate?a=1&timeout=7s&b=%', '{}')
    await client.post(`/mutate?timeout=${'9'.repeat(13)}`, '{}')
    await client.post('/mutate?mytimeout=5s', '{}')
    expect(calls.map(({ timeout }) => timeout)).to.deep.equal(['7s', undefined, undefined])
  })

  for (const target of ['http://[::1/', 'http://[::1/mutate']) {
    it(`answers a URL that cannot be parsed (${target}) with 400 and a JSON error`, async () => {
      const socket = await dial(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString()).to.match(/^HTTP\/1\.1 400 .*\r\nContent-Type: application\/json\r\n/s)
      expect(answer.toString()).to.match(/\{"error":"the URL cannot be parsed"\}$/)
      socket.destroy()
    })
  }

  const improper: [what: string, request: string, answer: RegExp][] = [
    ['a request of HTTP/1.1 without a Host', 'GET /mutate HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 .*names no host/s],
    [
      'another expectation than 100-continue',
      'GET /mutate HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n',
      /^HTTP\/1\.1 417 /,
    ],
    ['a URL of no path', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 400 .*cannot be parsed/s],
    ['a URL with a fragment', 'GET /mutate#a HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 400 .*cannot be parsed/s],
  ]
  for (const [what, request, expected] of improper) {
    it(`answers ${what} with a JSON error`, async () => {
      const socket = await dial(request)
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString()).to.match(expected)
      expect(answer.toString()).to.match(/\r\nContent-Type: application\/json\r\n.*\{"error":".*"\}$/s)
      socket.destroy()
    })
  }

  it('takes a URL with a host for its path', async () => {
    await client.post('https://somewhere.example/mutate?timeout=5s', '{}')
    expect(calls).to.deep.equal([{ body: '{}', timeout: '5s' }])
  })

  it('answers a URL that cannot be decoded with 404 and a JSON error', async () => {
    expect(await client.post('/%', '{}')).to.deep.include({
      status: 404,
      json: { error: 'no /% here: expected /mutate' },
    })
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
    expect(answer.toString()).to.match(/^HTTP\/1\.1 400 .*\{"error":"[^"]+"\}$/s)
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
