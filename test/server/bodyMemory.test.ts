import { expect } from 'chai'
import { createBodyMemory, type BodyLease } from '../../src/server/bodyMemory.ts'

const KiB = 1024
const MiB = 1024 * 1024

describe('the memory that bodies share', () => {
  let time: number
  let told: string[]
  let admit: ReturnType<typeof createBodyMemory>

  beforeEach(() => {
    time = 0
    told = []
    admit = createBodyMemory({ now: () => time })
  })

  /** A body of `bytes` bytes that came at once. */
  function body(name: string, bytes: number): BodyLease {
    const lease = admit(bytes, (why) => told.push(`${name} ${why}`))
    if (!lease.grow(bytes, bytes)) told.push(`${name} refused`)
    return lease
  }

  it('holds 24 MiB, and refuses a large body where nobody is slow', () => {
    for (const name of ['a', 'b', 'c']) body(name, 8 * MiB)
    body('late', MiB)
    expect(told).to.deep.equal(['late refused'])
  })

  it('takes a large body again once another one has ended', () => {
    const [first] = ['a', 'b', 'c'].map((name) => body(name, 8 * MiB))
    first?.release()
    body('late', 8 * MiB)
    expect(told).to.deep.equal([])
  })

  it('lets the largest body give way to a small one', () => {
    for (const [name, size] of [
      ['a', 7],
      ['b', 10],
      ['c', 7],
    ] as const)
      body(name, size * MiB)
    body('small', 256 * KiB)
    expect(told).to.deep.equal(['b overloaded'])
  })

  it('lets nobody give way to the beginning of a large body', () => {
    for (const name of ['a', 'b', 'c']) body(name, 8 * MiB)
    const late = admit(MiB, () => undefined)
    expect(late.grow(16 * KiB, KiB)).to.equal(false)
  })

  it('lets the oldest of small bodies give way to one more', () => {
    for (let index = 0; index < 97; index++) body(String(index), 256 * KiB)
    expect(told).to.deep.equal(['0 overloaded'])
  })

  it('lets those give way first that have been slow for the longest time', () => {
    body('a', 8 * MiB)
    time = 1000
    for (const name of ['b', 'c']) body(name, 8 * MiB)
    time = 4000
    body('late', 9 * MiB)
    expect(told).to.deep.equal(['a slow', 'b slow'])
  })

  it('calls a body slow that has stalled for 2 s, whatever it sent before', () => {
    for (const name of ['a', 'b', 'c']) body(name, 8 * MiB)
    time = 1999
    body('early', MiB)
    time = 2001
    body('late', MiB)
    expect(told).to.deep.equal(['early refused', 'a slow'])
  })

  it('waits for a body that comes at 64 KiB a second', () => {
    const steady = body('steady', 22 * MiB)
    for (let size = 22 * MiB; time < 10_000; time += 1000) steady.grow((size += 65 * KiB), 65 * KiB)
    body('late', 3 * MiB)
    expect(told).to.deep.equal(['late refused'])
  })

  it('lets nobody give way to a body that is slow itself', () => {
    const slow = body('slow', MiB)
    for (const name of ['a', 'b', 'c']) body(name, 7 * MiB)
    time = 3000
    expect(slow.grow(4 * MiB, 1)).to.equal(false)
  })
})
