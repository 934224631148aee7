import type { AnonymousVerdict, PendingCheck } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { createSilence } from '../../src/admission/silence.ts'
import { anonymous } from '../support/decisions.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'

/** Checks of hosts, each watched under a name, and the names that were told of silence so far. */
function watching() {
  const { watch } = createSilence()
  const told: string[] = []
  return {
    told,
    watch(name: string, host: string) {
      const begun: PromiseWithResolvers<void> = Promise.withResolvers()
      const verdict: PromiseWithResolvers<AnonymousVerdict> = Promise.withResolvers()
      const check: PendingCheck<AnonymousVerdict> = { begun: begun.promise, verdict: verdict.promise }
      void watch(host, check).then(() => told.push(name))
      return { begin: begun.resolve, answer: verdict.resolve }
    },
  }
}

describe('the silence of a host', () => {
  let timers: FakeTimers
  beforeEach(() => {
    timers = fakeTimers()
  })
  afterEach(() => {
    timers.restore()
  })

  it('is told 300 ms after a check of it had its turn', async () => {
    const { watch, told } = watching()
    watch('a', 'quay.io').begin()
    await timers.pass(299)
    expect(told).to.deep.equal([])
    await timers.pass(1)
    expect(told).to.deep.equal(['a'])
  })

  it('is told to all that wait for the host, and to nobody who waits for another one', async () => {
    const { watch, told } = watching()
    watch('a', 'quay.io').begin()
    watch('b', 'quay.io')
    watch('c', 'ghcr.io')
    await timers.pass(300)
    expect(told).to.deep.equal(['a', 'b'])
  })

  it('is told at once to whoever comes while it lasts', async () => {
    const { watch, told } = watching()
    watch('a', 'quay.io').begin()
    await timers.pass(300)
    watch('b', 'quay.io')
    await timers.pass(0)
    expect(told).to.deep.equal(['a', 'b'])
  })

  it('is not told of a host that answers in time', async () => {
    const { watch, told } = watching()
    const check = watch('a', 'quay.io')
    check.begin()
    await timers.pass(200)
    check.answer(anonymous('private'))
    await timers.pass(1000)
    expect(told).to.deep.equal([])
  })

  it('is not told of one check for the time that another one, which has ended, took before', async () => {
    const { watch, told } = watching()
    const check = watch('a', 'quay.io')
    check.begin()
    await timers.pass(200)
    watch('b', 'quay.io').begin()
    check.answer(anonymous('private'))
    await timers.pass(299)
    expect(told).to.deep.equal([])
    await timers.pass(1)
    expect(told).to.deep.equal(['b'])
  })

  it('ends with an answer of the host', async () => {
    const { watch, told } = watching()
    const check = watch('a', 'quay.io')
    check.begin()
    watch('b', 'quay.io')
    await timers.pass(300)
    check.answer(anonymous('private'))
    await timers.pass(0)
    watch('c', 'quay.io').begin()
    await timers.pass(299)
    expect(told).to.deep.equal(['a', 'b'])
  })

  it('goes on where a check of it ends without an answer', async () => {
    const { watch, told } = watching()
    const check = watch('a', 'quay.io')
    check.begin()
    watch('b', 'quay.io')
    await timers.pass(300)
    check.answer(anonymous('unknown', 'timeout'))
    await timers.pass(0)
    watch('c', 'quay.io')
    await timers.pass(0)
    expect(told).to.deep.equal(['a', 'b', 'c'])
  })

  it('is forgotten with the last check that is waited for', async () => {
    const { watch, told } = watching()
    const check = watch('a', 'quay.io')
    check.begin()
    await timers.pass(300)
    check.answer(anonymous('unknown', 'timeout'))
    await timers.pass(0)
    watch('b', 'quay.io')
    await timers.pass(1000)
    expect(told).to.deep.equal(['a'])
  })
})
