import { expect } from 'chai'
import type { Asker } from '../../../src/decision/verdict.ts'
import { createWaitingJobs, type Fullness, type WaitingJob } from '../../../src/registry/limiter/waitingJobs.ts'

interface NamedJob extends WaitingJob {
  readonly name: string
  readonly askers: Asker[]
}

/** Jobs that wait, who or what is full, and at how many of them was looked so far. */
function createScene() {
  const waiting = createWaitingJobs()
  const full = new Set<Asker | string>()
  const names = new Map<WaitingJob, string>()
  let looks = 0
  const look = (key: Asker | string) => {
    looks++
    return full.has(key)
  }
  const isFull: Fullness = { namespace: look, host: look, pod: look }
  const add = (name: string, host: string, asker: Asker) => {
    const job: NamedJob = { name, host, askers: [asker], settle: () => undefined }
    names.set(job, name)
    waiting.add(job)
    return job
  }
  const share = (job: NamedJob, asker: Asker) => {
    job.askers.push(asker)
    waiting.share(job, asker)
  }
  const next = () => {
    const found = waiting.findNext(isFull)
    if (found !== undefined) waiting.remove(found.job)
    return found && names.get(found.job)
  }
  return { waiting, full, isFull, add, share, next, looks: () => looks }
}

const pod = (namespace: string): Asker => ({ namespace })

describe('Jobs that wait', () => {
  it('start in their order where one Pod wants them of one host', () => {
    const { add, next } = createScene()
    const asker = pod('a')
    for (const name of ['1', '2', '3']) add(name, 'quay.io', asker)

    expect([next(), next(), next(), next()]).to.deep.equal(['1', '2', '3', undefined])
  })

  it('start one of each host in turn', () => {
    const { add, next } = createScene()
    const asker = pod('a')
    for (const name of ['q1', 'q2', 'q3', 'g1']) add(name, name.startsWith('q') ? 'quay.io' : 'ghcr.io', asker)

    expect([next(), next(), next(), next()]).to.deep.equal(['q1', 'g1', 'q2', 'q3'])
  })

  it('start one of each Pod in turn', () => {
    const { add, next } = createScene()
    const [one, other] = [pod('a'), pod('a')]
    for (const name of ['1a', '1b', '2a']) add(name, 'quay.io', name.startsWith('1') ? one : other)

    expect([next(), next(), next()]).to.deep.equal(['1a', '2a', '1b'])
  })

  it('start one of each namespace in turn', () => {
    const { add, next } = createScene()
    for (const name of ['a1', 'a2', 'a3', 'b1']) add(name, 'quay.io', pod(name.charAt(0)))

    expect([next(), next(), next(), next()]).to.deep.equal(['a1', 'b1', 'a2', 'a3'])
  })

  it('let pass what wants a host that has room', () => {
    const { add, next, full } = createScene()
    const asker = pod('a')
    add('full', 'quay.io', asker)
    add('free', 'ghcr.io', asker)
    full.add('quay.io')

    expect([next(), next()]).to.deep.equal(['free', undefined])
  })

  it('start in the share of whoever else wants the same', () => {
    const { waiting, full, isFull, add, share } = createScene()
    const [first, second] = [pod('a'), pod('b')]
    const job = add('shared', 'quay.io', first)
    share(job, second)
    full.add(first)

    expect(waiting.findNext(isFull)).to.deep.equal({ job, asker: second })
  })

  it('are gone for all who share them when they are removed', () => {
    const { waiting, add, share, next } = createScene()
    const job = add('shared', 'quay.io', pod('a'))
    share(job, pod('b'))
    waiting.remove(job)

    expect([next(), waiting.all()]).to.deep.equal([undefined, []])
  })

  it('are shared no more once they are removed', () => {
    const { waiting, add, share, next } = createScene()
    const job = add('gone', 'quay.io', pod('a'))
    waiting.remove(job)
    share(job, pod('b'))

    expect(next()).to.equal(undefined)
  })

  it('start no more in the share of one whose place another has taken', () => {
    const { waiting, full, isFull, add } = createScene()
    const [first, second] = [pod('a'), pod('b')]
    const job = add('shared', 'quay.io', first)
    job.askers[0] = second
    waiting.share(job, second, first)
    full.add(second)

    expect(waiting.findNext(isFull)).to.equal(undefined)
  })

  const crowds = {
    'of one full namespace': (index: number) => ({ host: `host-${index}`, asker: pod('crowd'), full: 'crowd' }),
    'for one full host': () => ({ host: 'busy', asker: pod('crowd'), full: 'busy' }),
  }
  for (const [whose, of] of Object.entries(crowds)) {
    it(`are found with a few looks behind ten thousand ${whose}`, () => {
      const { add, next, full, looks } = createScene()
      for (let index = 0; index < 10_000; index++) {
        const { host, asker, full: by } = of(index)
        full.add(by)
        add(`${index}`, host, asker)
      }
      add('last', 'ghcr.io', pod('small'))

      expect(next()).to.equal('last')
      expect(looks()).to.be.at.most(5)
    })
  }

  it('are found with a few looks behind ten thousand of one Pod that has taken its share', () => {
    const { add, next, full, looks } = createScene()
    const greedy = pod('a')
    full.add(greedy)
    for (let index = 0; index < 10_000; index++) add(`${index}`, 'quay.io', greedy)
    add('last', 'quay.io', pod('a'))

    expect(next()).to.equal('last')
    expect(looks()).to.be.at.most(5)
  })
})
