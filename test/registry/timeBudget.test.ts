import { expect } from 'chai'
import { createTimeBudgets } from '../../src/registry/timeBudget.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'

describe('The time budget of a check', () => {
  let timers: FakeTimers
  beforeEach(() => {
    timers = fakeTimers()
  })
  afterEach(() => {
    timers.restore()
  })

  /** What is said of the work when its time is up, or `undefined` as long as it is not. */
  function said(over: Promise<string>): Promise<string | undefined> {
    return Promise.race([over, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))])
  }

  it('lasts as long as it was told, and not a millisecond less', async () => {
    const { signal, over } = createTimeBudgets(10_000).open()
    await timers.pass(9999)
    expect([signal.aborted, await said(over)]).to.deep.equal([false, undefined])

    await timers.pass(1)
    expect([signal.aborted, await said(over)]).to.deep.equal([true, 'timeout'])
  })

  it('is not over later where its work has ended in time', async () => {
    const { signal, over, end } = createTimeBudgets(10_000).open()
    end()
    await timers.pass(20_000)

    expect([signal.aborted, await said(over)]).to.deep.equal([false, undefined])
  })

  it('is over at once when everything is closed, which says nothing about the registry', async () => {
    const budgets = createTimeBudgets(10_000)
    const { signal, over } = budgets.open()
    budgets.close()

    expect([signal.aborted, await said(over)]).to.deep.equal([true, 'busy'])
  })

  it('is over from the start where everything has been closed before', async () => {
    const budgets = createTimeBudgets(10_000)
    budgets.close()
    const { signal, over } = budgets.open()

    expect([signal.aborted, await said(over)]).to.deep.equal([true, 'busy'])
  })

  it('ends at the close although the work of another check has ended before', () => {
    const budgets = createTimeBudgets(10_000)
    const { signal } = budgets.open()
    budgets.open().end()
    budgets.close()

    expect(signal.aborted).to.equal(true)
  })
})
