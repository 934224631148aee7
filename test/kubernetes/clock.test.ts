import { expect } from 'chai'
import { systemClock } from '../../src/kubernetes/clock.ts'

describe('The clock of loops that never end', () => {
  const waitFor = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      setTimeout(resolve, milliseconds)
    })

  it('keeps no process alive for what it is to call', () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const cancel = systemClock.after(60_000, () => undefined)
    expect(timers()).to.equal(before)
    cancel()
  })

  it('calls what it is to call, and not what was cancelled before', async () => {
    const called: string[] = []
    const cancel = systemClock.after(1, () => called.push('cancelled'))
    systemClock.after(1, () => called.push('kept'))
    cancel()
    await waitFor(2)
    expect(called).to.deep.equal(['kept'])
  })
})
