import type { AnonymousVerdict, Asker, PendingCheck, ProxyVerdict, Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { createDeadline } from '../../src/admission/deadline.ts'
import { judge } from '../../src/admission/judge.ts'
import { createSilence } from '../../src/admission/silence.ts'
import { isOpen, type OpenImage, type Policy } from '../../src/decision/decide.ts'
import type { Decision } from '../../src/decision/decision.ts'
import { formatReference } from '../../src/reference/reference.ts'
import { anonymous, decider, pending, proxy } from '../support/decisions.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'

const image = 'quay.io/my-org/api:v1'
const location = `proxy.replicated.com/proxy/my-app/${image}`
const asker: Asker = { namespace: 'my-app' }

/** A check that is told when it has its turn and what it finds. */
function scripted<V>() {
  const begun: PromiseWithResolvers<void> = Promise.withResolvers()
  const verdict = Promise.withResolvers<V>()
  return { check: { begun: begun.promise, verdict: verdict.promise }, begin: begun.resolve, answer: verdict.resolve }
}

function opened(image: string): OpenImage {
  const opened = decider().open(image, false)
  if (!isOpen(opened)) throw new Error('decided by its name')
  return opened
}

type Answers = { readonly [Question in 'anonymous' | 'proxy']?: ReturnType<Verdicts[Question]> }

/** Judges one image by what is answered, with 2.5 s of time, and tells who was asked in which order. */
function judging(answers: Answers, policy: Partial<Policy> = {}, name = image) {
  const asked: string[] = []
  const verdicts: Verdicts = {
    anonymous: (reference) => {
      asked.push(`registry ${formatReference(reference)}`)
      return answers.anonymous ?? anonymous('unknown')
    },
    proxy: (reference, _asker, original) => {
      asked.push(`proxy ${formatReference(reference)} for ${original === undefined ? '?' : formatReference(original)}`)
      return answers.proxy
    },
  }
  const deadline = createDeadline(2500)
  const options = { decider: decider(policy), verdicts, asker, deadline, silence: createSilence() }
  const judged = judge(opened(name), options)
  let decision: Decision | undefined
  void Promise.resolve(judged).then((value) => (decision = value))
  return {
    judged,
    asked,
    /** Undefined while nothing is decided. */
    get decision() {
      return decision
    },
  }
}

const registryAsked = `registry ${image}`
const proxyAsked = `proxy ${location} for ${image}`

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

  describe('where public images go to the proxy as well', () => {
    const policy = { proxyPublicImages: true }
    let here: ReturnType<typeof scripted<AnonymousVerdict>>
    let there: ReturnType<typeof scripted<ProxyVerdict>>
    beforeEach(() => {
      here = scripted()
      there = scripted()
    })

    it('rewrites what the proxy is known to serve at once, and asks no registry', () => {
      const { judged, asked } = judging({ proxy: proxy('served') }, policy)
      expect(judged).to.include({ action: 'rewrite', reason: 'served', location }).and.not.have.property('anonymous')
      expect(asked).to.deep.equal([proxyAsked])
    })

    it('rewrites what the proxy serves as soon as it says so, and asks no registry', async () => {
      const image = judging({ proxy: there.check }, policy)
      there.begin()
      await timers.pass(200)
      there.answer(proxy('served'))
      await timers.pass(2000)
      expect(image.decision).to.include({ action: 'rewrite', reason: 'served' })
      expect(image.asked).to.deep.equal([proxyAsked])
    })

    it('asks the registry where the proxy does not serve the image, and leaves it if it is public', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check }, policy)
      there.answer(proxy('refused'))
      await timers.pass(0)
      expect(image.asked).to.deep.equal([proxyAsked, registryAsked])
      here.answer(anonymous('public'))
      await timers.pass(0)
      expect(image.decision).to.include({ action: 'leave', reason: 'public' }).and.not.have.property('warning')
    })

    it('asks the registry beside a proxy that has said nothing for 300 ms', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check }, policy)
      there.begin()
      await timers.pass(299)
      expect(image.asked).to.deep.equal([proxyAsked])
      await timers.pass(1)
      expect(image.asked).to.deep.equal([proxyAsked, registryAsked])
    })

    it('rewrites without the registry’s answer as soon as the proxy serves the image after all', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check }, policy)
      there.begin()
      await timers.pass(300)
      there.answer(proxy('served'))
      await timers.pass(0)
      expect(image.decision).to.include({ action: 'rewrite', reason: 'served' })
    })

    it('rewrites a public image at the deadline where the proxy has not answered', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check }, policy)
      there.begin()
      await timers.pass(300)
      here.answer(anonymous('public'))
      await timers.pass(2200)
      expect(image.decision).to.include({ action: 'rewrite', reason: 'public' })
    })

    it('rewrites a public image where the proxy is not to be asked', () => {
      const { judged, asked } = judging({ anonymous: anonymous('public') }, policy)
      expect(judged).to.include({ action: 'rewrite', reason: 'public' })
      expect(asked).to.include(registryAsked)
    })

    it('leaves at the deadline what neither of them has answered for', async () => {
      const image = judging({ anonymous: here.check, proxy: there.check }, policy)
      there.begin()
      await timers.pass(300)
      await timers.pass(2200)
      expect(image.decision).to.include({ action: 'leave', reason: 'unknown' })
    })

    it('asks the registry alone for an image that cannot be rewritten', () => {
      const name = 'registry.example.com:5000/ns/image:tag'
      const { judged, asked } = judging({ anonymous: anonymous('public') }, policy, name)
      expect(judged).to.include({ action: 'leave', reason: 'public' })
      expect(asked).to.deep.equal([`registry ${name}`])
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
