import { expect } from 'chai'
import { createCounts } from '../src/counts.ts'

describe('counts', () => {
  it('tell how many there are in all, and of each key', () => {
    const counts = createCounts<string>()
    counts.add(['a', 'b'])
    counts.add(['a'])
    expect([counts.all, counts.of('a'), counts.of('b'), counts.of('c')]).to.deep.equal([2, 2, 1, 0])
  })

  it('are as before when what was added is removed', () => {
    const counts = createCounts<string>()
    counts.add(['a'])
    counts.add(['a', 'b'])
    counts.remove(['a', 'b'])
    expect([counts.all, counts.of('a'), counts.of('b')]).to.deep.equal([1, 1, 0])
  })
})
