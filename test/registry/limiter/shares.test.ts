import { expect } from 'chai'
import type { Asker } from '../../../src/decision/verdict.ts'
import { createLimiter } from '../../../src/registry/limiter/limiter.ts'
import { createJobs, roomy } from '../../support/jobs.ts'

describe('the share of a Pod and of a namespace', () => {
  const limits = { ...roomy, concurrency: 8 }
  const pod = (namespace: string): Asker => ({ namespace })

  it('is a quarter of the jobs at once for a Pod', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter(limits)
    const greedy = pod('a')
    for (let index = 0; index < 5; index++) limiter.run(`host-${index}`, greedy, job(`${index}`))

    expect(started).to.have.lengthOf(2)
  })

  it('leaves room for the other hosts of a Pod beside one that has never answered', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter({ ...limits, concurrency: 16, hasAnswered: () => false })
    const greedy = pod('a')
    for (let index = 0; index < 5; index++) limiter.run('silent', greedy, job(`silent-${index}`))
    limiter.run('other', greedy, job('other'))

    expect(started).to.deep.equal(['silent-0', 'silent-1', 'other'])
  })

  it('is a half of the jobs at once for the Pods of a namespace', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter(limits)
    for (let index = 0; index < 8; index++) limiter.run(`host-${index}`, pod('a'), job(`${index}`))

    expect(started).to.have.lengthOf(4)
  })

  it('leaves room for another namespace, whatever one asks for', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter(limits)
    for (let index = 0; index < 100; index++) limiter.run(`host-${index}`, pod('a'), job(`${index}`))
    limiter.run('quay.io', pod('b'), job('b'))

    expect(started).to.include('b')
  })

  it('is free again when a job of it ends', async () => {
    const { started, job, end } = createJobs()
    const limiter = createLimiter(limits)
    const greedy = pod('a')
    for (let index = 0; index < 3; index++) limiter.run(`host-${index}`, greedy, job(`${index}`))
    await end('0')

    expect(started).to.deep.equal(['0', '1', '2'])
  })

  it('also holds a waiting job of another Pod that this Pod has joined', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter(limits)
    const greedy = pod('a')
    for (let index = 0; index < 2; index++) limiter.run(`host-${index}`, greedy, job(`${index}`))
    const shared = limiter.run('quay.io', greedy, job('shared'))
    shared.join(pod('b'))

    expect(started).to.include('shared')
  })

  it('passes to whoever joined a job when the Pod that asked first leaves', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter(limits)
    const [first, second] = [pod('a'), pod('a')]
    const shared = [0, 1].map((index) => limiter.run(`host-${index}`, first, job(`first-${index}`)))
    for (const index of [2, 3]) limiter.run(`host-${index}`, second, job(`second-${index}`))
    limiter.run('quay.io', pod('a'), job('third'))
    for (const { join } of shared) join(pod('b'))
    const before = [...started]
    limiter.leave(first)

    expect([before.includes('third'), started.includes('third')]).to.deep.equal([false, true])
  })

  it('stays that of a Pod which leaves a job that nobody else waits for', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter({ ...limits, concurrency: 2 })
    const [leaving, joined] = [pod('a'), pod('b')]
    const shared = limiter.run('quay.io', leaving, job('shared'))
    shared.join(joined)
    limiter.leave(joined)
    limiter.leave(leaving)
    limiter.run('ghcr.io', pod('a'), job('next of the namespace'))

    expect(started).to.deep.equal(['shared'])
  })

  it('that a Pod was left is used up, and free when the job ends', async () => {
    const { started, job, end } = createJobs()
    const limiter = createLimiter({ ...limits, concurrency: 4 })
    const [first, joined] = [pod('a'), pod('b')]
    limiter.run('quay.io', first, job('shared')).join(joined)
    limiter.leave(first)
    limiter.run('ghcr.io', joined, job('own'))
    const meanwhile = [...started]
    await end('shared')

    expect([meanwhile, started]).to.deep.equal([['shared'], ['shared', 'own']])
  })

  it('of a Pod that has left is not taken by a job that only then has its turn', async () => {
    const { started, job, end } = createJobs()
    const limiter = createLimiter({ ...limits, concurrency: 2 })
    const [first, joined] = [pod('a'), pod('b')]
    for (const name of ['c', 'd']) limiter.run(name, pod(name), job(name))
    limiter.run('quay.io', first, job('shared')).join(joined)
    limiter.leave(first)
    await end('c')
    await end('d')
    limiter.run('ghcr.io', pod('a'), job('next of the namespace'))

    expect(started).to.deep.equal(['c', 'd', 'shared', 'next of the namespace'])
  })

  it('passes to one of those who still wait, however many have joined and left', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter({ ...limits, concurrency: 2 })
    const first = pod('a')
    const shared = limiter.run('quay.io', first, job('shared'))
    for (let index = 0; index < 40; index++) {
      const passing = pod('c')
      shared.join(passing)
      limiter.leave(passing)
    }
    shared.join(pod('b'))
    limiter.leave(first)
    limiter.run('ghcr.io', pod('a'), job('next of the namespace'))

    expect(started).to.deep.equal(['shared', 'next of the namespace'])
  })

  it('also holds a waiting job of another Pod that this Pod has joined after many who have left', () => {
    const { started, job } = createJobs()
    const limiter = createLimiter({ ...limits, concurrency: 8 })
    const [greedy, other] = [pod('a'), pod('a')]
    for (let index = 0; index < 4; index++) limiter.run(`host-${index}`, index < 2 ? greedy : other, job(`${index}`))
    const shared = limiter.run('quay.io', greedy, job('shared'))
    for (let index = 0; index < 40; index++) {
      const passing = pod('a')
      shared.join(passing)
      limiter.leave(passing)
    }
    const before = [...started]
    shared.join(pod('b'))

    expect([before.includes('shared'), started.includes('shared')]).to.deep.equal([false, true])
  })

  it('is held until all of a job has ended, though its result came before', async () => {
    const { started, job } = createJobs()
    const limiter = createLimiter({ ...roomy, concurrency: 1 })
    const ended = Promise.withResolvers<undefined>()
    const first = limiter.run('a', pod('a'), () => ({ result: Promise.resolve('early'), ended: ended.promise }))
    limiter.run('b', pod('b'), job('next'))
    const result = await first.result
    const meanwhile = [...started]
    ended.resolve(undefined)
    await new Promise(setImmediate)

    expect([result, meanwhile, started]).to.deep.equal(['early', [], ['next']])
  })

  it('is a quarter of the places to wait, too', async () => {
    const { job } = createJobs()
    const limiter = createLimiter({ ...roomy, concurrency: 1, maxWaiting: 8 })
    const greedy = pod('a')
    limiter.run('busy', pod('b'), job('busy'))
    for (let index = 0; index < 2; index++) limiter.run('host', greedy, job(`${index}`))

    expect(await limiter.run('host', greedy, job('too many')).result).to.equal(undefined)
  })

  it('tells when a job that waited begins', async () => {
    const { job, end } = createJobs()
    const limiter = createLimiter({ ...roomy, concurrency: 1 })
    limiter.run('a', pod('a'), job('first'))
    const waiting = limiter.run('b', pod('b'), job('second'))
    const told: string[] = []
    void waiting.begun.then(() => told.push('begun'))
    await new Promise(setImmediate)
    const before = [...told]
    await end('first')

    expect([before, told]).to.deep.equal([[], ['begun']])
  })
})
