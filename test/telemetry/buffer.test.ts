import { expect } from 'chai'
import { createBuffer, type LineWriter } from '../../src/telemetry/buffer.ts'
import { eventually } from '../support/eventually.ts'

const [info, warn] = [30, 40]

describe('the buffer of the log', () => {
  let pieces: string[]
  let flushed: number
  let buffer: LineWriter & { lastLevel: number }

  beforeEach(() => {
    pieces = []
    flushed = 0
    buffer = createBuffer({ write: (piece) => pieces.push(piece), flushSync: () => flushed++ })
  })

  function write(level: number, line: string): void {
    buffer.lastLevel = level
    buffer.write(line)
  }

  it('hands a warning over at once, behind the lines before it', () => {
    write(info, 'one\n')
    write(info, 'two\n')
    expect(pieces).to.deep.equal([])
    write(warn, 'three\n')
    expect(pieces).to.deep.equal(['one\ntwo\nthree\n'])
  })

  it('hands information over within a tenth of a second', async () => {
    const started = performance.now()
    write(info, 'one\n')
    await eventually(() => {
      expect(pieces).to.deep.equal(['one\n'])
    })
    expect(performance.now() - started).to.be.within(90, 1000)
  })

  it('hands over what fills a pipe without waiting', () => {
    const line = `${'x'.repeat(1023)}\n`
    for (let index = 0; index < 64; index++) write(info, line)
    expect(pieces).to.deep.equal([line.repeat(64)])
  })

  it('hands everything over and writes it when it is flushed', () => {
    write(info, 'one\n')
    buffer.flush()
    expect({ pieces, flushed }).to.deep.equal({ pieces: ['one\n'], flushed: 1 })
  })
})
