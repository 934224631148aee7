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
