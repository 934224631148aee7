import { expect } from 'chai'
import { BodyBuffer } from '../../src/bodies/bodyBuffer.ts'

const MiB = 1024 * 1024

describe('the buffer of a body', () => {
  it('holds what came in chunks, in their order', () => {
    const buffer = new BodyBuffer(undefined)
    for (const text of ['{"ä', '":', '', '1}']) buffer.append(Buffer.from(text))
    expect(buffer.take()).to.equal('{"ä":1}')
  })

  it('holds a character whose bytes came in two chunks', () => {
    const buffer = new BodyBuffer(2)
    for (const byte of Buffer.from('ä')) buffer.append(Buffer.from([byte]))
    expect(buffer.take()).to.equal('ä')
  })

  it('takes at most twice the memory of a body of one-byte chunks', () => {
    const buffer = new BodyBuffer(undefined)
    const chunk = Buffer.from(' ')
    for (let size = 0; size < MiB + 1; size++) buffer.append(chunk)
    expect(buffer.size).to.equal(MiB + 1)
    expect(buffer.capacity).to.be.at.most(2 * MiB)
  })

  it('keeps no chunk that is only a part, for it holds on to all that was read with it', () => {
    const read = Buffer.from('abcdef')
    const buffer = new BodyBuffer(6)
    buffer.append(read.subarray(0, 3))
    read.fill('x')
    expect(buffer.take()).to.equal('abc')
  })

  it('takes no memory for what is announced and does not come', () => {
    const buffer = new BodyBuffer(6 * MiB)
    buffer.append(Buffer.alloc(10))
    expect(buffer.capacity).to.be.at.most(16 * 1024)
  })

  for (const [when, empty] of [
    ['its text is taken', (buffer: BodyBuffer) => buffer.take()],
    [
      'nobody wants it any more',
      (buffer: BodyBuffer) => {
        buffer.discard()
      },
    ],
  ] as const) {
    it(`gives all of its memory back as soon as ${when}, without a collection`, () => {
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const before = process.memoryUsage().arrayBuffers
      const buffer = new BodyBuffer(undefined)
      for (let count = 0; count < 90; count++) buffer.append(chunk)
      empty(buffer)
      expect(process.memoryUsage().arrayBuffers - before).to.be.below(MiB)
    })
  }

  it('leaves a chunk alone that was the whole body', () => {
    const chunk = Buffer.from('{}')
    const buffer = new BodyBuffer(2)
    buffer.append(chunk)
    expect([buffer.take(), chunk.toString()]).to.deep.equal(['{}', '{}'])
  })

  it('says beforehand what it will take', () => {
    const buffer = new BodyBuffer(undefined)
    for (let index = 0; index < 100; index++) {
      const told = buffer.capacityWith(1000)
      buffer.append(Buffer.alloc(1000))
      expect(buffer.capacity).to.equal(told)
    }
  })
})
