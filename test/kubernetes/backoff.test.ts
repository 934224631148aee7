import { expect } from 'chai'
import { createBackoff } from '../../src/kubernetes/backoff.ts'

describe('The waits between attempts', () => {
  const { random } = Math
  afterEach(() => {
    Math.random = random
  })

  /** The waits where the jitter is the same each time: 1 for all of it but nothing off, 0 for half of each wait. */
  function waits(count: number, jitter: number): number[] {
    Math.random = () => jitter
    const backoff = createBackoff(100, 1000)
    return Array.from({ length: count }, backoff.next)
  }

  it('double with each attempt, up to the longest', () => {
    expect(waits(6, 1)).to.deep.equal([100, 200, 400, 800, 1000, 1000])
  })

  it('are up to a half shorter by chance, so that replicas do not come back in step', () => {
    expect(waits(6, 0)).to.deep.equal([50, 100, 200, 400, 500, 500])
  })

  it('begin with the first one again after a success', () => {
    Math.random = () => 1
    const { next, reset } = createBackoff(100, 1000)
    next()
    next()
    reset()
    expect(next()).to.equal(100)
  })

  it('stay at the longest after a thousand attempts', () => {
    expect(waits(2000, 1).at(-1)).to.equal(1000)
  })
})
