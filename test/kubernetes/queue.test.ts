import { expect } from 'chai'
import { createQueue } from '../../src/kubernetes/queue.ts'
import { createClock, settled } from '../support/fakeClock.ts'
import { until } from '../support/transports.ts'

describe('A work queue', () => {
  it('works on each key, and on no more at once than it may', async () => {
    let working = 0
    let most = 0
    const done: string[] = []
    const work = async (key: string) => {
      most = Math.max(most, ++working)
      await new Promise((resolve) => setImmediate(resolve))
      working--
      done.push(key)
      return true
    }
    const queue = createQueue({ work, concurrency: 3 })
    const keys = Array.from({ length: 10 }, (_, index) => `namespace-${index}`)
    for (const key of keys) queue.add(key)
    await until(() => done.length === keys.length)
    expect(done.sort()).to.deep.equal(keys)
    expect(most).to.equal(3)
  })

  it('works once on a key that is added twice while it waits', async () => {
    const done: string[] = []
    const queue = createQueue({ work: (key) => Promise.resolve(done.push(key) > 0), concurrency: 1 })
    for (const key of ['a', 'b', 'b', 'c']) queue.add(key)
    await until(() => done.includes('c'))
    expect(done).to.deep.equal(['a', 'b', 'c'])
  })

  it('works once more, and not beside it, on a key that is added while it is worked on', async () => {
    const ends: ((done: boolean) => void)[] = []
    const work = () => new Promise<boolean>((resolve) => ends.push(resolve))
    const queue = createQueue({ work, concurrency: 2 })
    queue.add('a')
    queue.add('a')
    expect(ends).to.have.lengthOf(1)
    ends[0]?.(true)
    await until(() => ends.length === 2)
  })

  it('comes back later, and later each time, to a key that was not done', async () => {
    const clock = createClock()
    const attempts: number[] = []
    const work = () => Promise.resolve(attempts.push(clock.now()) > 4)
    createQueue({ work, concurrency: 1, clock }).add('a')
    for (let count = 0; count < 60; count++) await clock.advance(500)
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
    expect(waits).to.have.lengthOf(4)
    expect(waits[0]).to.be.within(500, 1500)
    expect(waits[3]).to.be.within(4000, 8500)
  })

  it('waits no longer than at first before it retries a key that fails again after a success', async () => {
    const clock = createClock()
    const attempts: number[] = []
    const work = () => Promise.resolve(attempts.push(clock.now()) % 5 === 0)
    const queue = createQueue({ work, concurrency: 1, clock })
    queue.add('a')
    for (let count = 0; count < 60; count++) await clock.advance(500)
    queue.add('a')
    for (let count = 0; count < 4; count++) await clock.advance(500)
    const [again = 0, retried = Infinity] = attempts.slice(5)
    expect(retried - again).to.be.within(500, 1500)
  })

  it('goes on after work that fails with an error, tells it, and tries that key again', async () => {
    const clock = createClock()
    const told: unknown[] = []
    const done: string[] = []
    const work = (key: string) => {
      if (key === 'bad' && told.length === 0) return Promise.reject(new TypeError('a bug'))
      return Promise.resolve(done.push(key) > 0)
    }
    const onError = (key: string, error: unknown) => told.push([key, String(error)])
    const queue = createQueue({ work, concurrency: 1, onError, clock })
    queue.add('bad')
    queue.add('good')
    await settled()
    expect(done).to.deep.equal(['good'])
    await clock.advance(1000)
    expect(done).to.deep.equal(['good', 'bad'])
    expect(told).to.deep.equal([['bad', 'TypeError: a bug']])
  })

  it('starts nothing more once it is stopped', async () => {
    const done: string[] = []
    const queue = createQueue({ work: (key) => Promise.resolve(done.push(key) > 0), concurrency: 1 })
    for (const key of ['a', 'b']) queue.add(key)
    queue.stop()
    queue.add('c')
    await settled()
    expect(done).to.deep.equal(['a'])
  })

  it('comes back to nothing once it is stopped, neither to what waits for its retry nor to what fails later', async () => {
    const clock = createClock()
    const attempts: string[] = []
    const ends: (() => void)[] = []
    const work = (key: string) => {
      attempts.push(key)
      if (key === 'a') return Promise.resolve(false)
      return new Promise<boolean>((resolve) =>
        ends.push(() => {
          resolve(false)
        }),
      )
    }
    const queue = createQueue({ work, concurrency: 2, clock })
    queue.add('a')
    queue.add('b')
    await settled()
    queue.stop()
    expect(clock.pending()).to.equal(0)
    ends[0]?.()
    await clock.advance(120_000)
    expect(attempts).to.deep.equal(['a', 'b'])
  })
})
