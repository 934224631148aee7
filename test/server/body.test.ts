import { connect } from 'node:net'
import { expect } from 'chai'
import { bodyLimit, createBodyReader } from '../../src/server/body.ts'
import { startPlainServer, type PlainServer } from '../support/plainServer.ts'
import { eventually } from '../support/eventually.ts'

describe('The body of a request', () => {
  let server: PlainServer
  let left: number
  let received: number
  let told: () => void

  before(async () => {
    const read = createBodyReader()
    server = await startPlainServer((request, response) => {
      read(request, (body) => {
        told()
        if (body === undefined) left++
        response.shouldKeepAlive = false
        response.end(body === undefined ? '' : 'refusal' in body ? `refused: ${body.refusal}` : `read: ${body.text}`)
      })
      request.on('data', (chunk: Buffer) => (received += chunk.length))
    })
  })
  beforeEach(() => {
    left = 0
    received = 0
    told = () => undefined
  })
  after(() => server.close())

  async function post(body: string): Promise<string> {
    return (await fetch(server.url, { method: 'POST', body })).text()
  }
  const announce = (bytes: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`

  it('is read as UTF-8', async () => {
    expect(await post('{"name":"größer"}')).to.equal('read: {"name":"größer"}')
  })

  it('may be empty', async () => {
    expect(await post('')).to.equal('read: ')
  })

  it('may be as large as the limit', async () => {
    expect(await post('x'.repeat(bodyLimit))).to.have.lengthOf(bodyLimit + 'read: '.length)
  })

  it('is refused before it comes where it announces one byte more than the limit', async () => {
    expect(await server.sendRaw(announce(bodyLimit + 1))).to.match(/refused: too large$/)
  })

  it('may hold 300 000 values, whatever parts them', async () => {
    expect(await post(`[${'1,'.repeat(299_998)}1]`)).to.match(/^read: /)
  })

  it('is refused where it holds more values', async () => {
    expect(await post(`[${'1,'.repeat(300_001)}1]`)).to.equal('refused: too many values')
  })

  for (const size of [40_000, 300_000]) {
    it(`is told of in a turn of the event loop of its own where it has ${size} bytes, so that others have theirs in between`, async () => {
      let turn = 0
      let timer = setImmediate(function count() {
        turn++
        timer = setImmediate(count)
      })
      const turns: number[] = []
      told = () => turns.push(turn)
      const body = 'x'.repeat(size)
      const { port } = new URL(server.url)
      const sockets = Array.from({ length: 8 }, () => connect(Number(port), '127.0.0.1').setNoDelay().resume())
      for (const socket of sockets) socket.write(announce(size) + body.slice(1))
      await eventually(() => {
        expect(received).to.equal(8 * (size - 1))
      })
      for (const socket of sockets) socket.write('x')
      await eventually(() => {
        expect(turns).to.have.lengthOf(8)
      })
      clearImmediate(timer)
      expect(new Set(turns).size).to.equal(8)
    })
  }

  it('is given up where the client goes away in the middle of it', async () => {
    const gone = new AbortController()
    const sent = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('half'))
      },
    })
    const asked = fetch(server.url, { method: 'POST', body: sent, duplex: 'half', signal: gone.signal }).catch(() => 0)
    setImmediate(() => {
      setTimeout(() => {
        gone.abort()
      }, 50)
    })
    await asked
    await eventually(() => {
      expect(left).to.equal(1)
    })
  })
})
