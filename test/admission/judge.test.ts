import type { AnonymousVerdict, PendingCheck, ProxyVerdict, Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { createDeadline } from '../../src/admission/deadline.ts'
import { judge } from '../../src/admission/judge.ts'
import { createSilence } from '../../src/admission/silence.ts'
import { anonymous, decider, pending, proxy } from '../support/decisions.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'
import { asker, image, judging, location, opened, proxyAsked, registryAsked, scripted } from './judging.ts'

describe('judging an image', () => {
  let timers: FakeTimers
  beforeEach(() => {
    timers = fakeTimers()
  })
  afterEach(() => {
    timers.restore()
  })

  describe('with all verdicts known', () => {
    it('decides at once, without a promise', () => {
      const { judged } = judging({ anonymous: anonymous('private'), proxy: proxy('served') })
      expect(judged).to.include({ action: 'rewrite', reason: 'private' })
    })

    it('does not ask the proxy for a public image', () => {
      const { asked } = judging({ anonymous: anonymous('public') })
      expect(asked).to.deep.equal([registryAsked])
    })

    it('counts at the deadline what a proxy that has not answered said before, of an image that is known to be private', async () => {
      const image = judging({ anonymous: anonymous('private'), proxy: { ...pending(), meanwhile: proxy('refused') } })
      await timers.pass(2500)
      expect(image.decision).to.include({ action: 'leave', reason: 'refused' })
    })

    it('asks the proxy at once for an image of a registry that is known to be silent, and its answer counts at once', async () => {
      const there = scripted<ProxyVerdict>()
      const image = judging({ anonymous: anonymous('unknown', 'timeout'), proxy: there.check })
      expect(image.asked).to.deep.equal([registryAsked, proxyAsked])
      there.answer(proxy('served'))
      await timers.pass(0)
      expect(image.decision).to.include({ action: 'rewrite', reason: 'unknown', location })
    })
  })

  describe('whose registry keeps silent', () => {
    let here: ReturnType<typeof scripted<AnonymousVerdict>>
    let there: ReturnType<typeof scripted<ProxyVerdict>>
    beforeEach(() => {
      here = scripted()
      there = scripted()
    })

    it('asks the proxy beside it 300 ms after the check had its turn', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      here.begin()
      await timers.pass(299)
      expect(image.asked).to.deep.equal([registryAsked])
      await timers.pass(1)
      expect(image.asked).to.deep.equal([registryAsked, proxyAsked])
    })

    it('does not count the time that the check waits for its turn', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      await timers.pass(2000)
      here.begin()
      await timers.pass(299)
      expect(image.asked).to.deep.equal([registryAsked])
    })

    it('rewrites at the deadline what the proxy serves', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      here.begin()
      await timers.pass(300)
      there.answer(proxy('served'))
      await timers.pass(2199)
      expect(image.decision, 'before the deadline').to.equal(undefined)
      await timers.pass(1)
      expect(image.decision).to.deep.include({ action: 'rewrite', reason: 'unknown', location })
      expect(image.decision?.anonymous).to.include({ access: 'unknown', reason: 'deadline' })
    })

    it('leaves with a warning at the deadline what the proxy refuses', async () => {
      const image = judging({ anonymous: here.check, proxy: proxy('refused') })
      here.begin()
      await timers.pass(300)
      await timers.pass(2200)
      expect(image.decision).to.include({ action: 'leave', reason: 'refused' })
      expect(image.decision?.warning).to.include('its registry could not be asked')
    })

    it('leaves with a warning at the deadline what neither of them has answered for', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      here.begin()
      await timers.pass(300)
      await timers.pass(2200)
      expect(image.decision).to.include({ action: 'leave', reason: 'unknown' })
      expect(image.decision?.warning).to.include('its registry could not be asked')
    })

    it('waits for the registry once the proxy serves the image, since it may be public', async () => {
      const image = judging({ anonymous: here.check, proxy: proxy('served') })
      here.begin()
      await timers.pass(300)
      expect(image.decision).to.equal(undefined)
      here.answer(anonymous('public'))
      await timers.pass(0)
      expect(image.decision).to.include({ action: 'leave', reason: 'public' })
    })

    it('waits for the proxy no longer once the registry says that the image is public', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      here.begin()
      await timers.pass(300)
      here.answer(anonymous('public'))
      await timers.pass(0)
      expect(image.decision).to.include({ action: 'leave', reason: 'public' })
    })

    it('rewrites as soon as the registry says that it is private and the proxy that it serves it', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      here.begin()
      await timers.pass(300)
      here.answer(anonymous('private'))
      await timers.pass(0)
      expect(image.decision, 'before the proxy answers').to.equal(undefined)
      there.answer(proxy('served'))
      await timers.pass(0)
      expect(image.decision).to.include({ action: 'rewrite', reason: 'private' })
    })

    it('takes the proxy for unknown at the deadline where only the registry has answered', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check }, { onUnverified: 'leave' })
      here.begin()
      await timers.pass(300)
      here.answer(anonymous('private'))
      await timers.pass(2200)
      expect(image.decision).to.include({ action: 'leave', reason: 'private' }).and.not.have.property('proxy')
    })

    it('counts at the deadline what a proxy that has not answered said of the image before', async () => {
      const meanwhile = proxy('refused')
      const image = judging({ anonymous: here.check, proxy: { ...there.check, meanwhile } })
      here.begin()
      await timers.pass(300)
      here.answer(anonymous('private'))
      await timers.pass(2200)
      expect(image.decision).to.deep.include({ action: 'leave', reason: 'refused', proxy: meanwhile })
    })

    it('counts the answer of the proxy rather than what it said before', async () => {
      const image = judging({ anonymous: here.check, proxy: { ...there.check, meanwhile: proxy('refused') } })
      here.begin()
      await timers.pass(300)
      there.answer(proxy('served'))
      await timers.pass(2200)
      expect(image.decision).to.include({ action: 'rewrite', reason: 'unknown' })
    })

    it('counts what the proxy has answered before, where the deadline comes before 300 ms', async () => {
      const verdicts: Verdicts = { anonymous: () => here.check, proxy: () => proxy('served') }
      const options = { decider: decider(), verdicts, asker, silence: createSilence(), deadline: createDeadline(100) }
      const decision = Promise.resolve(judge(opened(image), options))
      await timers.pass(100)
      expect(await decision).to.include({ action: 'rewrite', reason: 'unknown' })
    })

    it('asks the proxy once only', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check })
      here.begin()
      await timers.pass(300)
      here.answer(anonymous('private'))
      await timers.pass(2200)
      expect(image.asked).to.deep.equal([registryAsked, proxyAsked])
    })

    it('asks the proxy only after a registry that answers within 300 ms', async () => {
      const image = judging({ anonymous: here.check, proxy: proxy('served') })
      here.begin()
      await timers.pass(200)
      here.answer(anonymous('public'))
      await timers.pass(2000)
      expect(image.asked).to.deep.equal([registryAsked])
      expect(image.decision).to.include({ action: 'leave', reason: 'public' })
    })
  })
})

describe('several images of a registry that keeps silent', () => {
  let timers: FakeTimers
  beforeEach(() => {
    timers = fakeTimers()
  })
  afterEach(() => {
    timers.restore()
  })

  it('are all asked for at the proxy after 300 ms, those too whose check has not had its turn', async () => {
    const asked: string[] = []
    const checks: PendingCheck<AnonymousVerdict>[] = [pending(), scripted<AnonymousVerdict>().check]
    const verdicts: Verdicts = {
      anonymous: () => checks.shift() ?? anonymous('unknown'),
      proxy: (reference) => {
        asked.push(reference.path)
        return undefined
      },
    }
    const options = { decider: decider(), verdicts, asker, silence: createSilence(), deadline: createDeadline(2500) }
    for (const name of ['first', 'second']) void judge(opened(`quay.io/my-org/${name}`), options)
    await timers.pass(300)
    expect(asked).to.deep.equal(['proxy/my-app/quay.io/my-org/first', 'proxy/my-app/quay.io/my-org/second'])
  })
})
