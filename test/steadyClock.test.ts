import { expect } from 'chai'
import { steadyNow } from '../src/steadyClock.ts'

describe('The steady clock', () => {
  const { now } = Date
  afterEach(() => {
    Date.now = now
  })

  it('tells the milliseconds since the epoch', () => {
    expect(steadyNow()).to.be.closeTo(now(), 60_000)
    expect(Number.isInteger(steadyNow())).to.be.true
  })

  it("goes on where the machine's clock is set back", () => {
    const before = steadyNow()
    Date.now = () => now() - 3_600_000
    expect(steadyNow()).to.be.at.least(before)
  })
})
