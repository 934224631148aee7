import { expect } from 'chai'
import type { PullSecretState } from '../../src/admission/admission.ts'
import { createPullSecretRestorer, type PullSecretRestorer } from '../../src/cluster/pullSecretRestorer.ts'
import { createClock, settled, type FakeClock } from '../support/fakeClock.ts'

const minute = 60_000

describe('A replica that restores copies of the pull secret', () => {
  let clock: FakeClock
  let restorer: PullSecretRestorer
  let outdated: Set<string>
  let writes: string[]
  let leads: boolean
  let isReady: boolean
  let answer: (namespace: string) => PullSecretState | Promise<PullSecretState>

  beforeEach(() => {
    clock = createClock()
    outdated = new Set()
    writes = []
    leads = true
    isReady = true
    answer = () => 'written'
    restorer = restorerOf({ isWriting: () => false })
  })
  afterEach(() => {
    restorer.stop()
  })

  /** As the keeper has it: what was written is outdated no more, and owed no more. */
  function restorerOf({ isWriting }: { isWriting: (namespace: string) => boolean }): PullSecretRestorer {
    return createPullSecretRestorer({
      copies: { namespaces: () => outdated, isOutdated: (namespace) => outdated.has(namespace) },
      writer: {
        isWriting,
        write: async (namespace, urgent) => {
          writes.push(urgent ? `${namespace}, urgently` : namespace)
          const state = await answer(namespace)
          if (state !== 'failed') restorer.settle(namespace)
          if (state === 'written') outdated.delete(namespace)
          return state
        },
      },
      isReady: () => isReady,
      leading: () => leads,
      lookAnew: () => writes.push('looked anew'),
      onError: (namespace, error) => writes.push(`${namespace}: ${String(error)}`),
      clock,
    })
  }

  it('writes each copy that is outdated, without the urgency of an admission’s write', async () => {
    outdated = new Set(['one', 'two'])
    restorer.restoreAll()
    await settled()
    expect(writes).to.deep.equal(['one', 'two'])
  })

  it('leaves to the leader what another replica is to restore', async () => {
    leads = false
    outdated = new Set(['one'])
    restorer.restoreAll()
    restorer.restore('one')
    await settled()
    expect(writes).to.deep.equal([])
  })

  it('retries what it owes an admission until it is written, although another replica leads', async () => {
    leads = false
    answer = () => 'failed'
    restorer.owe('one')
    await settled()
    await clock.advance(minute)
    const tried = writes.length
    answer = () => 'written'
    await clock.advance(minute)
    const written = writes.length
    await clock.advance(10 * minute)
    expect(tried).to.be.greaterThan(1)
    expect([written > tried, writes.length]).to.deep.equal([true, written])
  })

  it('writes what it owes as soon as it is known what to write', async () => {
    leads = false
    isReady = false
    restorer.owe('one')
    await clock.advance(minute)
    const before = [...writes]
    isReady = true
    restorer.restoreAll()
    await settled()
    expect([before, writes]).to.deep.equal([[], ['one']])
  })

  it('owes ten thousand copies at the most, for whoever posts reviews chooses the namespaces', async () => {
    isReady = false
    for (let index = 0; index < 10_001; index++) restorer.owe(`namespace-${index}`)
    await settled()
    isReady = true
    leads = false
    restorer.restoreAll()
    await settled()
    expect([writes.length, writes.includes('namespace-10000')]).to.deep.equal([10_000, false])
  })

  it('writes once more after a write that an admission had begun', async () => {
    let isWriting = true
    restorer = restorerOf({ isWriting: () => isWriting })
    outdated = new Set(['one'])
    answer = () => {
      const wasWriting = isWriting
      isWriting = false
      return wasWriting ? 'unavailable' : 'written'
    }
    restorer.restore('one')
    await settled()
    expect(writes).to.deep.equal(['one', 'one'])
  })

  it('writes sixteen copies at once at the most', async () => {
    const { promise, resolve } = Promise.withResolvers<PullSecretState>()
    answer = () => promise
    outdated = new Set(Array.from({ length: 40 }, (_, index) => `namespace-${index}`))
    restorer.restoreAll()
    await settled()
    const atOnce = writes.length
    resolve('written')
    await settled()
    expect([atOnce, writes.length]).to.deep.equal([16, 40])
  })

  it('looks anew every ten minutes, and then restores what it was told nothing of', async () => {
    restorer.start()
    outdated = new Set(['one'])
    await clock.advance(10 * minute - 1)
    const before = [...writes]
    await clock.advance(1)
    await clock.advance(10 * minute)
    expect([before, writes]).to.deep.equal([[], ['looked anew', 'one', 'looked anew']])
  })

  it('leaves no timer behind when it is stopped', async () => {
    answer = () => 'failed'
    restorer.start()
    restorer.owe('one')
    await settled()
    const before = clock.pending()
    restorer.stop()
    expect([before, clock.pending()]).to.deep.equal([2, 0])
  })
})
