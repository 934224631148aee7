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
    const lease = admit((why) => told.push(`${name} ${why}`))
    if (!lease.grow(bytes, bytes)) told.push(`${name} refused`)
    return lease
  }

  it('holds 32 MiB, and refuses a large body where nobody is slow', () => {
    for (const name of ['a', 'b', 'c', 'd']) body(name, 8 * MiB)
    body('late', MiB)
    expect(told).to.deep.equal(['late refused'])
  })

  it('takes a large body again once another one has ended', () => {
    const [first] = ['a', 'b', 'c', 'd'].map((name) => body(name, 8 * MiB))
    first?.release()
    body('late', 8 * MiB)
    expect(told).to.deep.equal([])
  })

  it('lets the largest body give way to a small one', () => {
    for (const [name, size] of [
      ['a', 10],
      ['b', 12],
      ['c', 10],
    ] as const)
      body(name, size * MiB)
    body('small', 256 * KiB)
    expect(told).to.deep.equal(['b overloaded'])
  })

  it('lets the oldest of small bodies give way to one more', () => {
    for (let index = 0; index < 129; index++) body(String(index), 256 * KiB)
    expect(told).to.deep.equal(['0 overloaded'])
  })

  it('lets those give way first that have been slow for the longest time', () => {
    body('a', 8 * MiB)
    time = 1000
    for (const name of ['b', 'c', 'd']) body(name, 8 * MiB)
    time = 4000
    body('late', 9 * MiB)
    expect(told).to.deep.equal(['a slow', 'b slow'])
  })

  it('calls a body slow that has stalled for 2 s, whatever it sent before', () => {
    for (const name of ['a', 'b', 'c', 'd']) body(name, 8 * MiB)
    time = 1999
    body('early', MiB)
    time = 2001
    body('late', MiB)
    expect(told).to.deep.equal(['early refused', 'a slow'])
  })

  it('waits for a body that comes at 64 KiB a second', () => {
    const steady = body('steady', 30 * MiB)
    for (let size = 30 * MiB; time < 10_000; time += 1000) steady.grow((size += 65 * KiB), 65 * KiB)
    body('late', 3 * MiB)
    expect(told).to.deep.equal(['late refused'])
  })

  it('lets nobody give way to a body that is slow itself', () => {
    const slow = body('slow', MiB)
    for (const name of ['a', 'b', 'c', 'd']) body(name, 7.75 * MiB)
    time = 3000
    expect(slow.grow(2 * MiB, 1)).to.equal(false)
  })
})
