import { expect } from 'chai'
import { selfSignedCertificate } from '../../src/certificates/selfSigned.ts'
import type { Certificate } from '../../src/certificates/source.ts'
import { createClock } from '../support/clock.ts'
import { until } from '../support/transports.ts'

describe('A certificate in memory', () => {
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
})
