import { expect } from 'chai'
import { TransportError } from '../../src/network/errors.ts'
import { Exchange } from '../../src/network/exchange.ts'
import { failureOf } from '../support/transports.ts'

function controller() {
  const aborted: Error[] = []
  return { aborted, abort: (reason: Error) => aborted.push(reason) }
}

describe('an exchange', () => {
  it('answers with status, headers and body once the body has ended', async () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.onRequestStart(control)
    exchange.onResponseStart(control, 200, { a: 'b' })
    exchange.onResponseData(control, Buffer.from('bo'))
    exchange.onResponseData(control, Buffer.from('dy'))
    exchange.onResponseEnd()

    expect(await exchange.answer).to.deep.equal({ status: 200, headers: { a: 'b' }, body: 'body' })
  })

  it('does not take an interim status for the answer', async () => {
    const exchange = new Exchange()
    exchange.onResponseStart(controller(), 103, {})
    exchange.onResponseStart(controller(), 204, {})
    exchange.onResponseEnd()

    expect((await exchange.answer).status).to.equal(204)
  })

  it('answers with the first 64 KiB of a longer body, and ends the connection', async () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.onResponseStart(control, 200, {})
    exchange.onResponseData(control, Buffer.alloc(100_000, 'x'))

    expect((await exchange.answer).body).to.have.lengthOf(64 * 1024)
    expect(control.aborted).to.have.lengthOf(1)
  })

  it('reads a body of exactly 64 KiB to its end, and keeps the connection', async () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.onResponseStart(control, 200, {})
    exchange.onResponseData(control, Buffer.alloc(64 * 1024, 'x'))
    exchange.onResponseEnd()

    expect((await exchange.answer).body).to.have.lengthOf(64 * 1024)
    expect(control.aborted).to.have.lengthOf(0)
  })

  for (const [count, ending] of [
    [100, 0],
    [101, 1],
  ] as const) {
    it(`${ending === 0 ? 'takes' : 'ends the connection after'} ${count} interim answers`, () => {
      const exchange = new Exchange()
      const control = controller()
      for (let sent = 0; sent < count; sent++) exchange.onResponseStart(control, 103, {})
      expect(control.aborted).to.have.lengthOf(ending)
    })
  }

  const lines = (count: number) => Array.from({ length: count }, () => '')
  const named = (count: number) => Object.fromEntries(lines(count).map((value, index) => [`x-${index}`, value]))
  for (const [what, headers, ending] of [
    ['takes 256 headers of different names', named(256), 0],
    ['takes 256 headers, some of one name', { ...named(156), link: lines(100) }, 0],
    ['ends the connection of 257 headers of different names', named(257), 1],
    ['ends the connection of 257 headers of one name', { link: lines(257) }, 1],
  ] as const) {
    it(what, () => {
      const control = controller()
      new Exchange().onResponseStart(control, 200, headers)
      expect(control.aborted).to.have.lengthOf(ending)
    })
  }

  it('tells its connection that the lines which came made an answer, or some of its body', () => {
    const exchange = new Exchange()
    const connection = { answers: 0, pendingLines: 500 }
    exchange.connection = connection
    exchange.onResponseStart(controller(), 103, {})
    const afterHead = connection.pendingLines
    connection.pendingLines = 500
    exchange.onResponseData(controller(), Buffer.from('body'))
    expect([afterHead, connection.pendingLines]).to.deep.equal([0, 0])
  })

  it('keeps a copy of each chunk, which would hold on to all that was read with it', async () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.onResponseStart(control, 200, {})
    for (const text of ['bo', 'dy']) {
      const chunk = Buffer.from(text)
      exchange.onResponseData(control, chunk)
      chunk.fill('x')
    }
    exchange.onResponseEnd()
    expect((await exchange.answer).body).to.equal('body')
  })

  it('ends the connection of a body that comes in tiny chunks', () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.onResponseStart(control, 200, {})
    for (let count = 0; count < 2000; count++) exchange.onResponseData(control, Buffer.from('x'))
    expect(control.aborted[0]).to.have.property('reason', 'unexpected-answer')
  })

  it('fails where it ends without a status', async () => {
    const exchange = new Exchange()
    exchange.onResponseEnd()

    expect((await failureOf(exchange.answer)).reason).to.equal('unexpected-answer')
  })

  it('that is given up before it has a connection is not sent on one', async () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.abort(new TransportError('timeout', 'no answer in time'))
    exchange.onRequestStart(control)

    expect((await failureOf(exchange.answer)).message).to.equal('no answer in time')
    expect(control.aborted).to.have.lengthOf(1)
  })

  it('that is given up on its connection ends that connection', async () => {
    const exchange = new Exchange()
    const control = controller()
    exchange.onRequestStart(control)
    const before = control.aborted.length
    exchange.abort(new TransportError('timeout', 'no answer in time'))

    expect((await failureOf(exchange.answer)).message).to.equal('no answer in time')
    expect([before, control.aborted.length]).to.deep.equal([0, 1])
  })

  it('that finds a kept connection dead before it was sent is worth another connection', async () => {
    const exchange = new Exchange()
    exchange.connection = { answers: 1, pendingLines: 0 }
    exchange.onResponseError(null, new TransportError('connection', 'reset'))

    await failureOf(exchange.answer)
    expect(exchange.diedOnReusedConnection).to.equal(true)
  })

  it('that dies on a kept connection is worth another one, also where that has begun anew by then', async () => {
    const exchange = new Exchange()
    const connection = { answers: 1, pendingLines: 0 }
    exchange.connection = connection
    exchange.onRequestStart(controller())
    connection.answers = 0
    exchange.onResponseError(null, new TransportError('connection', 'reset'))

    await failureOf(exchange.answer)
    expect(exchange.diedOnReusedConnection).to.equal(true)
  })

  const deaths: readonly (readonly [what: string, answersBefore: number, hasStatus: boolean, reused: boolean])[] = [
    ['dies on a connection that has answered before', 1, false, true],
    ['dies on a new connection', 0, false, false],
    ['dies after its status', 1, true, false],
  ]
  for (const [what, answers, hasStatus, reused] of deaths) {
    it(`that ${what} is ${reused ? '' : 'not '}worth another connection`, async () => {
      const exchange = new Exchange()
      exchange.connection = { answers, pendingLines: 0 }
      exchange.onRequestStart(controller())
      if (hasStatus) exchange.onResponseStart(controller(), 200, {})
      exchange.onResponseError(null, new TransportError('connection', 'reset'))

      await failureOf(exchange.answer)
      expect(exchange.diedOnReusedConnection).to.equal(reused)
    })
  }
})
