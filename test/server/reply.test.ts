import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { errorReply, refuse, send, type Reply } from '../../src/server/reply.ts'
import { startPlainServer, type PlainServer } from '../support/plainServer.ts'
import { fakeTimers } from '../support/timers.ts'

describe('An answer in JSON', () => {
  let server: PlainServer
  let answer: Reply
  let isRefused: boolean

  before(async () => {
    server = await startPlainServer((request, response) => {
      if (isRefused) refuse(request, response, answer)
      else send(response, answer)
    })
  })
  beforeEach(() => {
    answer = { status: 200, body: '{}' }
    isRefused = false
  })
  after(() => server.close())

  it('holds an error as a sentence', () => {
    expect(errorReply(404, 'no "x" here')).to.deep.equal({ status: 404, body: '{"error":"no \\"x\\" here"}' })
  })

  it('tells its length in bytes, not in characters', async () => {
    answer = { status: 200, body: '{"name":"größer als €"}' }
    const response = await fetch(server.url)
    expect(response.headers.get('content-length')).to.equal('27')
    expect(await response.text()).to.equal(answer.body)
  })

  it('leaves the connection open', async () => {
    expect((await fetch(server.url)).headers.get('connection')).to.equal('keep-alive')
  })

  it('is read whole by a client whose body was refused, and the connection ends', async () => {
    isRefused = true
    answer = errorReply(413, 'too large')
    const body = 'x'.repeat(1024)
    const raw = await server.sendRaw(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    expect(raw).to.match(/^HTTP\/1\.1 413 /)
    expect(raw).to.match(/\r\nConnection: close\r\n/i)
    expect(raw).to.match(/\{"error":"too large"\}/)
  })

  it('is not followed by another one on the connection of a refused request', async () => {
    isRefused = true
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    expect((await server.sendRaw(request + request)).match(/HTTP\/1\.1 200/g)).to.have.lengthOf(1)
  })

  describe('to a client whose body goes on after it was refused', () => {
    const MiB = 1024 * 1024
    let socket: Socket

    async function sendRefused(): Promise<void> {
      isRefused = true
      answer = errorReply(413, 'too large')
      socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${100 * MiB}\r\n\r\n`)
      await once(socket, 'data')
    }
    afterEach(() => {
      socket.destroy()
    })

    it('is followed by the end of the connection after 24 MiB', async () => {
      await sendRefused()
      let sent = 0
      while (sent < 100 && !socket.destroyed) {
        await new Promise((resolve) => socket.write(Buffer.alloc(MiB), resolve))
        sent++
      }
      // What the two kernels hold in between was sent as well.
      expect(sent).to.be.within(24, 99)
    })

    it('is followed by the end of the connection after 10 seconds', async () => {
      const timers = fakeTimers()
      try {
        await sendRefused()
        const closed = once(socket, 'close')
        await timers.pass(10_000)
        await closed
      } finally {
        timers.restore()
      }
    })
  })
})
