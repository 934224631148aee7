import { expect } from 'chai'
import { isMostlyOverhead } from '../../src/bodies/overhead.ts'

const KiB = 1024

describe('what TLS takes beside its content', () => {
  const cases: readonly (readonly [what: string, received: number, carried: number, isMost: boolean])[] = [
    ['a handshake with long certificates', 30 * KiB, 0, false],
    ['a large body in records of 1 400 bytes', 6000 * KiB * (1422 / 1400), 6000 * KiB, false],
    ['thousands of requests in a record of 100 bytes each', 5000 * 122, 5000 * 100, false],
    ['2 000 records of one byte', 2000 * 23, 2000, false],
    ['4 000 records of one byte', 4000 * 23, 4000, true],
    ['as many KeyUpdates as bytes of content after many requests', 1000 * KiB * 28, 1000 * KiB, true],
  ]
  for (const [what, received, carried, isMost] of cases) {
    it(`is ${isMost ? 'most' : 'not most'} of ${what}`, () => {
      expect(isMostlyOverhead(received, carried)).to.equal(isMost)
    })
  }
})
