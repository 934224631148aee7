import { expect } from 'chai'
import { boundedConcurrency } from '../src/boundedConcurrency.ts'

/** Jobs that end when they are told to, and the names of those that were started. */
function jobs() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    started,
    job: (name: string) => () =>
      new Promise<string>((resolve) => {
        started.push(name)
        ends.set(name, () => {
          resolve(name)
        })
      }),
    async end(name: string) {
      ends.get(name)?.()
      await new Promise(setImmediate)
    },
  }
}

const kindOf = (name: string) => name.replace(/[0-9]+$/, '')

describe('bounded concurrency', () => {
  it('starts as many jobs of a kind as it may, and one more for each that ends', async () => {
    const { run } = boundedConcurrency({ most: 10, mostOfKind: 2 })
    const { job, started, end } = jobs()
    for (const name of ['a1', 'a2', 'a3', 'a4']) void run('a', job(name))
    const atFirst = [...started]
    await end('a1')
    expect([atFirst, started]).to.deep.equal([
      ['a1', 'a2'],
      ['a1', 'a2', 'a3'],
    ])
  })

  it('starts no more than it may in all', async () => {
    const { run } = boundedConcurrency({ most: 3, mostOfKind: 2 })
    const { job, started, end } = jobs()
    for (const name of ['a1', 'a2', 'b1', 'b2', 'c1']) void run(kindOf(name), job(name))
    expect(started).to.deep.equal(['a1', 'a2', 'b1'])
    await end('a1')
    expect(started).to.have.lengthOf(4)
  })

  it('lets other kinds have their turn while one waits for its own', () => {
    const { run } = boundedConcurrency({ most: 10, mostOfKind: 1 })
    const { job, started } = jobs()
    for (const name of ['a1', 'a2', 'a3', 'b1']) void run(kindOf(name), job(name))
    expect(started).to.deep.equal(['a1', 'b1'])
  })

  it('lets the kinds that wait take turns', async () => {
    const { run } = boundedConcurrency({ most: 1, mostOfKind: 1 })
    const { job, started, end } = jobs()
    const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']
    for (const name of names) void run(kindOf(name), job(name))
    while (started.length < names.length) await end(started.at(-1) ?? '')
    expect(started).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('hands on what a job returns at once, and gives it no room', () => {
    const { run } = boundedConcurrency({ most: 1, mostOfKind: 1 })
    expect([run('a', () => 1), run('a', () => 2)]).to.deep.equal([1, 2])
  })

  it('goes on after a job that fails, and tells its caller', async () => {
    const { run } = boundedConcurrency({ most: 1, mostOfKind: 1 })
    const bug = new Error('bug')
    const results = await Promise.allSettled([
      run('a', () => Promise.reject<string>(bug)),
      run('a', (): string => {
        throw bug
      }),
      run('a', () => Promise.resolve('fine')),
    ])
    expect(results).to.deep.equal([
      { status: 'rejected', reason: bug },
      { status: 'rejected', reason: bug },
      { status: 'fulfilled', value: 'fine' },
    ])
  })

  it('starts each of ten thousand jobs of five kinds once', async () => {
    const { run } = boundedConcurrency({ most: 64, mostOfKind: 16 })
    let calls = 0
    const wait = () => new Promise<void>((resolve) => setImmediate(resolve))
    const all = Array.from({ length: 10_000 }, async (_, index) =>
      run(`kind${index % 5}`, () => {
        calls++
        return wait()
      }),
    )
    await Promise.all(all)
    expect(calls).to.equal(10_000)
  })

  it('lets others have a turn between jobs that have nothing to wait for', async () => {
    const { run } = boundedConcurrency({ most: 1, mostOfKind: 1 })
    const { job, end } = jobs()
    void run('a', job('first'))
    const busy = () => {
      const end = performance.now() + 3
      while (performance.now() < end);
    }
    const waiting = Array.from({ length: 20 }, async () => run('a', busy))
    let turns = 0
    const count = setInterval(() => turns++, 1)
    await end('first')
    await Promise.all(waiting)
    clearInterval(count)
    expect(turns).to.be.at.least(3)
  })
})
