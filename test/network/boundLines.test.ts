import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startServer } from '../../testbed/httpsServer.ts'
import { TransportError } from '../../src/network/errors.ts'
import { withTransport } from '../support/transports.ts'

describe('the lines that a host sends over HTTP/1.1', () => {
  let authority: Authority
  let certificate: ServerCertificate
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test'] })
  })

  /** What becomes of as many requests, one after the other, of a host that answers with these parts, and sends nothing more. */
  async function askedOf(...answers: readonly (readonly string[])[]): Promise<string[]> {
    let requests = 0
    const tls = createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (socket: TLSSocket) => {
      socket.on('error', () => undefined).setNoDelay()
      socket.on('data', () => {
        for (const part of answers[requests++] ?? []) socket.write(part)
      })
    })
    const server = await startServer(tls)
    const url = new URL(`https://registry.test:${server.port}/`)
    const outcomes: string[] = []
    await withTransport({ ca: authority.certificate, timeout: 20_000 }, async (transport) => {
      while (requests < answers.length) {
        const answer = transport.request({ method: 'GET', url, trust: 'configured' })
        outcomes.push(
          await answer.then(
            ({ status, body }) => `${status} with ${body.length} characters`,
            (error: unknown) => (error instanceof TransportError ? error.reason : String(error)),
          ),
        )
      }
    })
    await server.close()
    return outcomes
  }

  const ok = 'HTTP/1.1 200 OK\r\n'
  const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
  const headers = (count: number) => Array.from({ length: count }, (_, at) => `a${at}: ${'b'.repeat(30)}\r\n`).join('')
  const text = '\r\n'.repeat(30_000)
  const early = `HTTP/1.1 103 Early Hints\r\n${headers(100)}\r\n`

  for (const [what, ...sends] of [
    ['headers without end', ok, 'a:\r\n'.repeat(2000)],
    ['headers without end behind an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n', ok, 'a:\r\n'.repeat(2000)],
    ['trailers without end', `${chunked}1\r\n \r\n0\r\n`, 'a:\r\n'.repeat(2000)],
  ] as const) {
    it(`end its connection, long before the time is over, where they are ${what}`, async () => {
      expect(await askedOf(sends)).to.deep.equal(['unexpected-answer'])
    })
  }

  for (const [what, expected, ...sends] of [
    ['the 250 headers of an answer', '200 with 2 characters', `${ok}${headers(249)}Content-Length: 2\r\n\r\n{}`],
    [
      'headers of 12 KiB that come in parts',
      '200 with 2 characters',
      `${ok}a: `,
      ...Array.from({ length: 12 }, () => 'x'.repeat(1024)),
      '\r\nContent-Length: 2\r\n\r\n{}',
    ],
    ['those of 20 interim answers', '200 with 2 characters', early.repeat(20), `${ok}Content-Length: 2\r\n\r\n{}`],
    ['those of a body', '200 with 60000 characters', `${ok}Content-Length: ${text.length}\r\n\r\n`, text],
    [
      'those of a body in chunks',
      '200 with 60000 characters',
      chunked,
      `${text.length.toString(16)}\r\n${text}\r\n0\r\n`,
      `${headers(100)}\r\n`,
    ],
  ] as const) {
    it(`do not end its connection where they are ${what}`, async () => {
      expect(await askedOf(sends)).to.deep.equal([expected])
    })
  }

  it('do not end the connection that comes after one which was ended for them', async () => {
    const endless = [ok, 'a:\r\n'.repeat(2000)]
    expect(await askedOf(endless, [`${ok}Content-Length: 0\r\n\r\n`])).to.deep.equal([
      'unexpected-answer',
      '200 with 0 characters',
    ])
  })

  it('do not end its connection where they are those of many answers', async () => {
    const answer = `${ok}${headers(90)}Content-Length: 0\r\n\r\n`
    expect(new Set(await askedOf(...Array.from({ length: 20 }, () => [answer])))).to.deep.equal(
      new Set(['200 with 0 characters']),
    )
  })
})
