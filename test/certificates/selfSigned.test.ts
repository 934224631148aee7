import { expect } from 'chai'
import { selfSignedCertificate } from '../../src/certificates/selfSigned.ts'
import type { Certificate } from '../../src/certificates/source.ts'
import { createClock } from '../support/clock.ts'
import { until } from '../support/transports.ts'

describe('A self-signed certificate', () => {
  it('is there at the start, and renewed in time', async () => {
    const clock = createClock()
    const used: Certificate[] = []
    const source = selfSignedCertificate({ hosts: ['localhost'], now: clock.now, interval: 1 })
    await source.start({ use: (certificate) => used.push(certificate), fault: expect.fail })
    expect(used).to.have.lengthOf(1)
    clock.advance(61 * 24 * 3_600_000)
    await until(() => used.length === 2)
    source.stop()
    expect(used[1]?.expires).to.be.greaterThan(used[0]?.expires ?? Infinity)
  })

  it('is made after an error of any kind, which is told', async () => {
    const used: Certificate[] = []
    const faults: string[] = []
    let now = NaN
    const source = selfSignedCertificate({ hosts: ['localhost'], now: () => now, interval: 1 })
    await source.start({ use: (certificate) => used.push(certificate), fault: (fault) => faults.push(fault) })
    expect(used).to.be.empty
    expect(faults[0]).to.match(/^no certificate could be made: ./)
    now = Date.now()
    await until(() => used.length === 1)
    source.stop()
  })

  /** One whose looks are counted. */
  function counted() {
    const clock = createClock()
    const used: Certificate[] = []
    let looks = 0
    const now = () => {
      looks++
      return clock.now()
    }
    const source = selfSignedCertificate({ hosts: ['localhost'], now, interval: 1 })
    const start = () => source.start({ use: (certificate) => used.push(certificate), fault: expect.fail })
    return { clock, used, source, start, looks: () => looks }
  }

  it('stays the same until it is due, however often it is looked at', async () => {
    const { used, source, start, looks } = counted()
    await start()
    await until(() => looks() > 5)
    source.stop()
    expect(used).to.have.lengthOf(1)
  })

  it('is not looked at any more once it is stopped', async () => {
    const stopped = counted()
    await stopped.start()
    stopped.source.stop()
    const before = stopped.looks()
    const other = counted()
    await other.start()
    await until(() => other.looks() > 5)
    other.source.stop()
    expect(stopped.looks()).to.equal(before)
  })

  it('is not used where it is stopped while it is made', async () => {
    const { used, source, start } = counted()
    const starting = start()
    source.stop()
    await starting
    expect(used).to.deep.equal([])
  })

  it('keeps no process alive for its renewal', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    // Mocha's own timer begins when the test has returned its promise.
    await Promise.resolve()
    const before = timers()
    const source = selfSignedCertificate({ hosts: ['localhost'] })
    await source.start({ use: () => undefined, fault: expect.fail })
    expect(timers()).to.be.at.most(before)
    source.stop()
  })
})
