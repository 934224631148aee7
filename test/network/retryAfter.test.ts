import { expect } from 'chai'
import { readRetryAfter } from '../../src/network/retryAfter.ts'

const now = Date.UTC(2026, 0, 1)
const minute = 60_000
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

describe('a Retry-After', () => {
  const rows: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', minute],
    ['Thursday, 01-Jan-26 00:01:00 GMT', minute],
    ['Thu Jan  1 00:01:00 2026', minute],
    ['Wed, 31 Dec 2025 23:59:00 GMT', -minute],
    // A leap second (RFC 9110 section 5.6.7).
    ['Wed, 31 Dec 2025 23:59:60 GMT', 0],
    ...months.map((month, index) => [`Thu, 02 ${month} 2027 00:00:00 GMT`, Date.UTC(2027, index, 2) - now] as const),
    // RFC 9110 section 5.6.7: two digits that seem more than fifty years ahead are of the past.
    ['Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37) - now],
    ['Thursday, 31-Dec-76 23:59:00 GMT', Date.UTC(2076, 11, 31, 23, 59) - now],
    ['Friday, 31-Dec-77 23:59:00 GMT', Date.UTC(1977, 11, 31, 23, 59) - now],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['2026-01-01T00:01:00Z', undefined],
    ['Thu, 01 Jan 2026 00:01:00 CET', undefined],
    ['Thu, 1 Jan 2026 00:01:00 GMT', undefined],
    ['Thu, 32 Jan 2026 00:01:00 GMT', undefined],
    ['Thu, 00 Jan 2026 00:01:00 GMT', undefined],
    ['Thu, 01 Jan 2026 24:00:00 GMT', undefined],
    ['Thu, 01 Jan 2026 00:60:00 GMT', undefined],
    ['Thu, 01 Jan 2026 00:01:61 GMT', undefined],
    ['Thu, 01 Jan 20260 00:01:00 GMT', undefined],
    ['Thu Jan  0 00:01:00 2026', undefined],
    ['Thu Jan 1 00:01:00 2026', undefined],
    ['Thursday, 01-Jan-2026 00:01:00 GMT', undefined],
    ['X Thu, 01 Jan 2026 00:01:00 GMT', undefined],
    ['Thu, 01 Jan 2026 00:01:00 GMT+1', undefined],
  ]
  for (const [text, milliseconds] of rows) {
    it(`of "${text}" is ${milliseconds === undefined ? 'nothing that can be read' : `${milliseconds} ms`}`, () => {
      expect(readRetryAfter(text, now)).to.equal(milliseconds)
    })
  }
})
