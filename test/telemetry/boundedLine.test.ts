import { expect } from 'chai'
import { boundLine, longestLine } from '../../src/telemetry/boundedLine.ts'

const line = (fields: object) => `${JSON.stringify({ level: 'info', time: 1, ...fields, msg: 'admission' })}\n`

describe('a line of the log', () => {
  it('stays as it is up to 16 KiB', () => {
    const short = line({ text: 'x'.repeat(16_000) })
    expect(boundLine(short)).to.equal(short)
  })

  for (const [what, fields] of [
    ['a text', { text: 'x'.repeat(100_000) }],
    ['a text of characters with three bytes', { text: '€'.repeat(6000) }],
    ['a list', { list: Array.from({ length: 10_000 }, () => 'item') }],
    ['a map', Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`key${index}`, index]))],
    ['many texts', Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key${index}`, 'x'.repeat(900)]))],
    ['an error', { err: { message: 'x'.repeat(50_000), stack: 'y'.repeat(50_000) } }],
  ] as const) {
    it(`is cut to 16 KiB where ${what} is longer, is still JSON, and says what it had`, () => {
      const long = line(fields)
      const bounded = boundLine(long)
      expect(Buffer.byteLength(bounded)).to.be.at.most(longestLine)
      expect(bounded.endsWith('\n')).to.equal(true)
      expect(JSON.parse(bounded)).to.deep.include({ level: 'info', time: 1, bytesBeforeCut: Buffer.byteLength(long) })
    })
  }

  it('keeps the beginning of a text that is cut', () => {
    const { err } = JSON.parse(boundLine(line({ err: { message: `why: ${'x'.repeat(50_000)}` } }))) as {
      err: { message: string }
    }
    expect(err.message).to.match(/^why: x{1000,}\.\.\.$/)
  })
})
