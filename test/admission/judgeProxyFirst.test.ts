import type { AnonymousVerdict, ProxyVerdict, Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { createDeadline } from '../../src/admission/deadline.ts'
import { judge } from '../../src/admission/judge.ts'
import type { Silence } from '../../src/admission/silence.ts'
import { anonymous, decider, proxy } from '../support/decisions.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'
import { asker, image as name, judging, location, opened, proxyAsked, registryAsked, scripted } from './judging.ts'

describe('judging an image, where public images go to the proxy as well,', () => {
  let timers: FakeTimers
  beforeEach(() => {
    timers = fakeTimers()
  })
  afterEach(() => {
    timers.restore()
  })

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

  it('waits for the registry where it is known already that the proxy does not serve the image', async () => {
    const image = judging({ anonymous: here.check, proxy: proxy('refused') }, policy)
    await timers.pass(1000)
    expect(image.decision).to.equal(undefined)
    here.answer(anonymous('public'))
    await timers.pass(0)
    expect(image.decision).to.include({ action: 'leave', reason: 'public' })
  })

  it('waits for a silent proxy where it is known already that the image is public', async () => {
    const image = judging({ anonymous: anonymous('public'), proxy: there.check }, policy)
    there.begin()
    await timers.pass(1000)
    expect(image.decision).to.equal(undefined)
    there.answer(proxy('refused'))
    await timers.pass(0)
    expect(image.decision).to.include({ action: 'leave', reason: 'public' })
  })

  it('tells what the registry said where it answered before a silent proxy', async () => {
    const image = judging({ anonymous: here.check, proxy: there.check }, policy)
    there.begin()
    await timers.pass(300)
    here.answer(anonymous('private'))
    await timers.pass(0)
    there.answer(proxy('served'))
    await timers.pass(0)
    expect(image.decision).to.deep.include({ action: 'rewrite', reason: 'private', anonymous: anonymous('private') })
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

  it('counts at the deadline what a proxy that has not answered said of the image before', async () => {
    const image = judging(
      { anonymous: anonymous('private'), proxy: { ...there.check, meanwhile: proxy('refused') } },
      policy,
    )
    there.begin()
    await timers.pass(2500)
    expect(image.decision).to.include({ action: 'leave', reason: 'refused' })
  })

  it('takes the proxy for silent by the registry behind the image: others there may answer', async () => {
    const watched: string[] = []
    const silence: Silence = {
      watch: (host) => {
        watched.push(host)
        return Promise.resolve('silent')
      },
    }
    const verdicts: Verdicts = { anonymous: () => anonymous('public'), proxy: () => there.check }
    const options = { decider: decider(policy), verdicts, asker, silence, deadline: createDeadline(100) }
    const decision = Promise.resolve(judge(opened(name), options))
    await timers.pass(100)
    await decision
    expect(watched).to.deep.equal(['proxy.replicated.com/quay.io'])
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
