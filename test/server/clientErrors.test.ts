import { expect } from 'chai'
import { answerClientErrors } from '../../src/server/clientErrors.ts'
import { startPlainServer, type PlainServer } from '../support/plainServer.ts'

describe('A client that speaks no proper HTTP', () => {
  let server: PlainServer
  /** What a handler writes before the client's next mistake arrives. */
  let beginning: string

  before(async () => {
    server = await startPlainServer(
      (_request, response) => {
        response.write(beginning)
      },
      { prepare: answerClientErrors, headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 },
    )
  })
  beforeEach(() => {
    beginning = 'the beginning of an answer'
  })
  after(() => server.close())

  const mistakes: readonly (readonly [what: string, sent: string, status: string, sentence: string])[] = [
    ['speaks something else', 'EHLO mail.example\r\n\r\n', '400 Bad Request', 'this is no HTTP/1.1 request'],
    [
      'sends headers without end',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`,
      '431 Request Header Fields Too Large',
      'the headers are too large',
    ],
    [
      'does not come to the end of its headers',
      'GET / HTTP/1.1\r\nHost: a\r\n',
      '408 Request Timeout',
      'the request did not come to its end in time',
    ],
  ]
  for (const [what, sent, status, sentence] of mistakes) {
    it(`is answered with ${status} and JSON, and its connection closed, where it ${what}`, async () => {
      const body = JSON.stringify({ error: sentence })
      expect(await server.sendRaw(sent)).to.equal(
        `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
    })
  }

  it('gets no second answer within the first one', async () => {
    const raw = await server.sendRaw('GET / HTTP/1.1\r\nHost: a\r\n\r\nand now for something else\r\n\r\n')
    expect(raw).not.to.include('400 Bad Request')
  })
})
