import { expect } from 'chai'
import { createLimiter, type Job, type LimiterOptions } from '../../../src/registry/limiter/limiter.ts'
import { createJobs, roomy } from '../../support/jobs.ts'
import { fakeTimers } from '../../support/timers.ts'

/** A limiter whose jobs are each another Pod's, so that only the limits of hosts and of all count. */
function forManyPods(options: LimiterOptions) {
  const limiter = createLimiter(options)
  let pods = 0
  return {
    run: <T>(host: string, job: () => Job<T>) => limiter.run(host, { namespace: `namespace-${pods++}` }, job).result,
    close: limiter.close,
  }
}

describe('the limiter', () => {
  it('starts a job at once where there is room', () => {
    const { started, job } = createJobs()
    void forManyPods(roomy).run('a', job('a1'))

    expect(started).to.deep.equal(['a1'])
  })

  it('runs no more jobs at once than it may, and the next as one ends', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 2 })
    for (const name of ['a', 'b', 'c', 'd']) void limiter.run(name, job(name))
    const atFirst = [...started]
    await end('b')

    expect([atFirst, started]).to.deep.equal([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ])
  })

  it('lets other hosts past one that is at its own limit', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({ ...roomy, perHost: 1 })
    for (const name of ['a1', 'a2', 'b1', 'a3']) void limiter.run(name.charAt(0), job(name))
    const atFirst = [...started]
    await end('a1')

    expect([atFirst, started]).to.deep.equal([
      ['a1', 'b1'],
      ['a1', 'b1', 'a2'],
    ])
  })

  it('keeps a host to its limit when another makes room', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({ ...roomy, perHost: 1 })
    for (const name of ['a1', 'b1', 'a2']) void limiter.run(name.charAt(0), job(name))
    await end('b1')

    expect(started).to.deep.equal(['a1', 'b1'])
  })

  it('lets hosts take turns, so that a long queue of one does not hold up the next', async () => {
    const { started, job, end } = createJobs()
    const limiter = createLimiter({ ...roomy, concurrency: 1 })
    const asker = { namespace: 'a' }
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1']) limiter.run(name.charAt(0), asker, job(name))
    for (const name of ['a1', 'a2', 'b1', 'a3']) await end(name)

    expect(started).to.deep.equal(['a1', 'a2', 'b1', 'a3', 'a4'])
  })

  it('takes the room of those that answer from a host that has fallen silent while its jobs waited', async () => {
    const { started, job, end } = createJobs()
    let hasBadAnswered = true
    const hasAnswered = (host: string) => host === 'good' || hasBadAnswered
    const limiter = forManyPods({ ...roomy, concurrency: 4, hasAnswered })
    for (let index = 0; index < 10; index++) void limiter.run('bad', job(`bad ${index}`))
    void limiter.run('good', job('good'))
    hasBadAnswered = false
    for (let index = 0; index < 4; index++) await end(`bad ${index}`)

    expect(started.slice(4)).to.deep.equal(['bad 4', 'bad 5', 'bad 6', 'good'])
  })

  it('counts a job that waited once, though the time to wait passes after it has started', async () => {
    const timers = fakeTimers()
    try {
      const { job, end } = createJobs()
      const limiter = forManyPods({ ...roomy, concurrency: 1, maxWaiting: 1, maxWait: 1000 })
      void limiter.run('a', job('a'))
      void limiter.run('b', job('b'))
      await end('a')
      await timers.pass(1000)
      void limiter.run('c', job('c'))
      const tooMany = await Promise.race([limiter.run('d', job('d')), Promise.resolve('waits')])

      expect(tooMany).to.equal(undefined)
    } finally {
      timers.restore()
    }
  })

  it('keeps room for hosts that have answered before, whoever else is asked', () => {
    const { started, job } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 4, hasAnswered: (host) => host === 'known' })
    for (const name of ['s1', 's2', 's3', 's4', 'known']) void limiter.run(name, job(name))

    expect(started).to.deep.equal(['s1', 's2', 's3', 'known'])
  })

  it('lets hosts that have answered before take their turn first, and leaves no room unused', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 2, hasAnswered: (host) => host.startsWith('known') })
    for (const name of ['s1', 's2', 's3', 'known1', 'known2']) void limiter.run(name, job(name))
    const atFirst = [...started]
    for (const name of ['s1', 's2', 'known1', 'known2']) await end(name)

    expect([atFirst, started]).to.deep.equal([
      ['s1', 's2'],
      ['s1', 's2', 'known1', 'known2', 's3'],
    ])
  })

  it('has one job of a host that has never answered run where only one may', () => {
    const { started, job } = createJobs()
    void forManyPods({ ...roomy, concurrency: 1, hasAnswered: () => false }).run('s', job('s1'))

    expect(started).to.deep.equal(['s1'])
  })

  it('keeps places to wait for hosts that have answered before', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({
      ...roomy,
      concurrency: 1,
      maxWaiting: 4,
      hasAnswered: (host) => host === 'known',
    })
    for (const name of ['s1', 's2', 's3', 's4']) void limiter.run(name, job(name))
    const refused = await limiter.run('s5', job('s5'))
    void limiter.run('known', job('known'))
    await end('s1')

    expect([refused, started]).to.deep.equal([undefined, ['s1', 'known']])
  })

  it('makes room again after a job that fails', async () => {
    const limiter = forManyPods({ ...roomy, concurrency: 1 })
    const failing = Promise.reject(new Error('oops'))
    await limiter.run('a', () => ({ result: failing, ended: failing })).catch(() => undefined)

    const { job, end } = createJobs()
    const next = limiter.run('a', job('next'))
    await end('next')
    expect(await next).to.equal('next')
  })

  it('refuses a job where too many wait', async () => {
    const { started, job } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 1, maxWaiting: 1 })
    void limiter.run('a', job('a1'))
    void limiter.run('a', job('a2'))

    expect([await limiter.run('b', job('b1')), started]).to.deep.equal([undefined, ['a1']])
  })

  it('has a place to wait again once the job that waited there has started', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 1, maxWaiting: 1 })
    void limiter.run('a', job('a1'))
    void limiter.run('b', job('b1'))
    await end('a1')
    void limiter.run('c', job('c1'))
    await end('b1')

    expect(started).to.deep.equal(['a1', 'b1', 'c1'])
  })

  it('sends a job away that has waited too long, and goes on with the others', async () => {
    const { started, job, end } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 1, maxWait: 20 })
    void limiter.run('a', job('a1'))
    const sentAway = await limiter.run('b', job('b1'))
    void limiter.run('c', job('c1'))
    await end('a1')

    expect([sentAway, started]).to.deep.equal([undefined, ['a1', 'c1']])
  })

  it('sends away what waits and what comes when it is closed', async () => {
    const { started, job } = createJobs()
    const limiter = forManyPods({ ...roomy, concurrency: 1 })
    void limiter.run('a', job('a1'))
    const waiting = limiter.run('a', job('a2'))
    limiter.close()

    expect([await waiting, await limiter.run('b', job('b1')), started]).to.deep.equal([undefined, undefined, ['a1']])
  })

  it('runs each of many jobs exactly once, within its limits, whatever their order', async () => {
    const limiter = forManyPods({ concurrency: 7, perHost: 3, maxWaiting: 1000, maxWait: 10_000 })
    const running = new Map<string, number>()
    let most = 0
    let mostOfOneHost = 0
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, index) => {
        const host = `host-${index % 10 < 7 ? 0 : index % 3}`
        const work = async () => {
          running.set(host, (running.get(host) ?? 0) + 1)
          most = Math.max(
            most,
            [...running.values()].reduce((sum, count) => sum + count, 0),
          )
          mostOfOneHost = Math.max(mostOfOneHost, running.get(host) ?? 0)
          for (let turn = 0; turn <= index % 5; turn++) await new Promise(setImmediate)
          running.set(host, (running.get(host) ?? 0) - 1)
          return index
        }
        return limiter.run(host, () => {
          const result = work()
          return { result, ended: result }
        })
      }),
    )

    expect([most, mostOfOneHost]).to.deep.equal([7, 3])
    expect(results).to.deep.equal(Array.from({ length: 300 }, (_, index) => index))
  })
})
