import { expect } from 'chai'
import { createGarbage } from '../../src/bodies/garbage.ts'

const MiB = 1024 * 1024

describe('the garbage of large bodies', () => {
  /** Something that nobody holds any more. */
  const left = () => new WeakRef({ text: 'x'.repeat(MiB) })

  it('is collected before the next one, when it is much', async () => {
    const garbage = createGarbage()
    const text = left()
    garbage.add(1.5 * MiB)
    garbage.add(0.5 * MiB)
    // What a weak reference was made of is held until the turn is over.
    await new Promise(setImmediate)
    expect(garbage.collect()).to.equal(true)
    expect(text.deref()).to.equal(undefined)
  })

  it('is left to V8 while it is little', () => {
    const garbage = createGarbage()
    garbage.add(2 * MiB - 1)
    expect(garbage.collect()).to.equal(false)
  })

  it('is little again when it has been collected', () => {
    const garbage = createGarbage()
    garbage.add(9 * MiB)
    expect([garbage.collect(), garbage.collect()]).to.deep.equal([true, false])
  })
})
