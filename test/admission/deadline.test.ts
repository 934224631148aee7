import { expect } from 'chai'
import { createDeadline, tooLate } from '../../src/admission/deadline.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'

describe('a deadline', () => {
  let timers: FakeTimers
  beforeEach(() => {
    timers = fakeTimers()
  })
  afterEach(() => {
    timers.restore()
  })

  it('passes for all who wait for it', async () => {
    const { passed, left } = createDeadline(100)
    let told = 0
    for (let count = 0; count < 250; count++) void passed().then(() => told++)
    await timers.pass(90)
    expect(told).to.equal(0)
    await timers.pass(10)
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    expect([told, left()]).to.deep.equal([250, 0])
  })

  it('has passed for whoever comes later', async () => {
    const { passed } = createDeadline(100)
    void passed()
    await timers.pass(100)
    expect(await passed()).to.equal('deadline')
  })

  it('that is over from the start leaves no time', () => {
    expect(createDeadline(-1).left()).to.equal(0)
  })

  it('leaves unknown what has no answer by then, which counts for this moment alone', () => {
    expect(tooLate()).to.include({ access: 'unknown', reason: 'deadline', ttl: 0 })
  })

  it('keeps no timer once it is cleared', () => {
    timers.restore()
    const count = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = count()
    const { passed, clear } = createDeadline(60_000)
    for (let waiting = 0; waiting < 3; waiting++) void passed()
    const meanwhile = count()
    clear()
    expect([meanwhile - before, count() - before]).to.deep.equal([1, 0])
  })

  it('tells nobody once it is cleared', async () => {
    const { passed, clear } = createDeadline(100)
    let told = 0
    void passed().then(() => told++)
    clear()
    await timers.pass(1000)
    expect(told).to.equal(0)
  })
})
