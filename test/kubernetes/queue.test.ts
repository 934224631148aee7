import { expect } from 'chai'
import { createQueue } from '../../src/kubernetes/queue.ts'
import { until } from '../support/transports.ts'

describe('The queue of namespaces', () => {
  it('does each key, so many at once', async () => {
    let working = 0
    let most = 0
    const done: string[] = []
    const queue = createQueue(async (key) => {
      most = Math.max(most, ++working)
      await new Promise((resolve) => setImmediate(resolve))
      working--
      done.push(key)
      return true
    }, 3)
    const keys = Array.from({ length: 10 }, (_, index) => `namespace-${index}`)
    for (const key of keys) queue.add(key)
    await until(() => queue.size() === 0)
    expect(done.sort()).to.deep.equal(keys)
    expect(most).to.equal(3)
  })

  it('does a key once that is added twice while it waits', async () => {
    const done: string[] = []
    const queue = createQueue((key) => Promise.resolve(done.push(key) > 0), 1)
    for (const key of ['a', 'b', 'b']) queue.add(key)
    await until(() => queue.size() === 0)
    expect(done).to.deep.equal(['a', 'b'])
  })

  it('does a key again that was not done', async () => {
    let attempts = 0
    const queue = createQueue(() => Promise.resolve(++attempts === 2), 1)
    queue.add('a')
    await until(() => queue.size() === 0)
    expect(attempts).to.equal(2)
  })

  it('does nothing more when it is stopped', async () => {
    const done: string[] = []
    const queue = createQueue((key) => Promise.resolve(done.push(key) > 0), 1)
    queue.add('a')
    queue.add('b')
    queue.stop()
    await until(() => queue.size() === 0)
    expect(done).to.deep.equal(['a'])
  })
})
