import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import type { Asker } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { createVerdicts } from '../../src/registry/verdicts.ts'
import { createLimiter, type Job, type LimiterOptions } from '../../src/registry/limiter.ts'
import { manifest } from '../support/registry.ts'
import { fakeTimers } from '../support/timers.ts'
import { defaultCheck, settled, startScene, type Scene } from '../support/registryScene.ts'
import { withTransport } from '../support/transports.ts'

const roomy = { concurrency: 100, perHost: 100, maxWaiting: 100, maxWait: 10_000 }

/** Jobs that end when they are told to, and a record of which have started. */
function createJobs() {
  const started: string[] = []
  const endings = new Map<string, () => void>()
  return {
    started,
    job: (name: string) => (): Job<string> => {
      started.push(name)
      const ended = new Promise<void>((resolve) => endings.set(name, resolve))
      return { result: ended.then(() => name), ended }
    },
    async end(name: string) {
      endings.get(name)?.()
      await new Promise(setImmediate)
    },
  }
}

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

describe('the limits of checks', () => {
  let scene: Scene
  before(async () => {
    scene = await startScene()
  })
  after(() => scene.close())

  it('hold for the checks of one host, and leave the other hosts theirs', async () => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    scene.registry.play(async ({ path }) => {
      if (path.startsWith('/v2/slow/')) await released
      return manifest
    })
    const lookup = await scene.lookup(['ghcr.io', 'quay.io'], { check: { perHost: 2 } })
    const slow = Array.from({ length: 5 }, (_, tag) => lookup.ask(`ghcr.io/slow/app:${tag}`))
    const slowRequests = () => scene.registry.requests.filter(({ path }) => path.startsWith('/v2/slow/')).length
    await eventually(() => {
      expect(slowRequests()).to.equal(2)
    })
    await lookup.ask('quay.io/team/app:1')
    const atOnce = slowRequests()
    release()
    await Promise.all(slow)

    expect([atOnce, scene.registry.requests.length]).to.deep.equal([2, 6])
  })

  it('leave room for a registry that has answered, while a crowd of others never does', async () => {
    const silent = Array.from({ length: 8 }, (_, index) => `silent-${index}.example`)
    scene.registry.play(({ path }) => (path.startsWith('/v2/team/') ? manifest : 'hang'))
    const lookup = await scene.lookup(['quay.io', ...silent], {
      check: { concurrency: 4, total: 60_000, timeout: 60_000 },
    })
    await lookup.ask('quay.io/team/app:1')
    for (const host of silent) void lookup.ask(`${host}/lost/app:1`)

    expect((await lookup.ask('quay.io/team/app:2')).access).to.equal('public')
  })

  it('keep a slot taken for as long as the name of a host is still looked up', async () => {
    const names: string[] = []
    const found: PromiseWithResolvers<never> = Promise.withResolvers()
    const check = { ...defaultCheck, concurrency: 1, total: 100, timeout: 10_000 }
    const lookup = (name: string) => {
      names.push(name)
      return found.promise
    }
    await withTransport({ timeout: check.timeout, lookup }, async (transport) => {
      const verdicts = createVerdicts({ check, transport })
      await settled(verdicts.anonymous(parseReference('silent.example/team/app:1'), { namespace: 'a' }))
      const next = settled(verdicts.anonymous(parseReference('quay.io/team/app:1'), { namespace: 'b' }))
      await new Promise(setImmediate)
      const meanwhile = [...names]
      found.reject(new Error('no such host'))
      await next

      expect([meanwhile, names]).to.deep.equal([['silent.example'], ['silent.example', 'quay.io']])
    })
  })

  it('make a verdict unknown and busy where a check had to wait too long, and it is not remembered', async () => {
    scene.registry.play(() => 'hang')
    const hosts = ['ghcr.io', 'quay.io', 'other.example']
    const lookup = await scene.lookup(hosts, { check: { concurrency: 1, total: 100, timeout: 10_000 } })
    const [first, second, third] = await Promise.all(hosts.map((host) => lookup.ask(`${host}/team/app:1`)))

    expect([first?.reason, third?.reason, third?.ttl]).to.deep.equal(['timeout', 'busy', 0])
    expect(second?.access).to.equal('unknown')
  })
})
