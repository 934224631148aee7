import { expect } from 'chai'
import { isOpen, isServable, type Policy } from '../../src/decision/decide.ts'
import type { Decision } from '../../src/decision/decision.ts'
import type { AnonymousAccess, AnonymousVerdict, ProxyVerdict } from '../../src/decision/verdict.ts'
import { anonymous, decider, proxy } from '../support/decisions.ts'

const image = 'quay.io/my-org/api:v1'
const location = 'proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1'

function byName(image: string, policy: Partial<Policy> = {}, optedOut = false): Decision | 'open' {
  const decision = decider(policy).open(image, optedOut)
  return isOpen(decision) ? 'open' : decision
}

function settled(
  verdict: AnonymousVerdict,
  answer?: ProxyVerdict,
  policy: Partial<Policy> = {},
  name = image,
): Decision {
  const { open, settle } = decider(policy)
  const opened = open(name, false)
  if (!isOpen(opened)) throw new Error('decided by name')
  return settle(opened, verdict, answer)
}

describe('the decision by an image’s name', () => {
  const cases: [string, string, Decision['action'], Decision['reason'], Partial<Policy>?, boolean?][] = [
    ['on the proxy', 'proxy.replicated.com/proxy/my-app/quay.io/a/b:1', 'attach', 'already-proxied'],
    ["on the proxy's path for library images", 'proxy.replicated.com/library/redis', 'attach', 'already-proxied'],
    ["on the proxy's anonymous path", 'proxy.replicated.com/anonymous/redis', 'attach', 'already-proxied'],
    ['on the proxy, opted out', 'proxy.replicated.com/proxy/my-app/redis', 'attach', 'already-proxied', {}, true],
    ['on the replicated registry', 'registry.replicated.com/my-app/worker:1.0.1', 'attach', 'hosted'],
    ['on the replicated registry, opted out', 'registry.replicated.com/a/b:1', 'attach', 'hosted', {}, true],
    ['opted out by its container', 'quay.io/my-org/api:v1', 'leave', 'opted-out', {}, true],
    ['that is no reference', 'quay.io/My Org', 'leave', 'invalid-reference'],
    ['of 8193 characters', `${'r'.repeat(8193 - '.io/a:1'.length)}.io/a:1`, 'leave', 'invalid-reference'],
    ['that a rule leaves', image, 'leave', 'rule', { rules: [{ match: 'quay.io/my-org/*', action: 'leave' }] }],
    ['that a rule proxies', image, 'rewrite', 'rule', { rules: [{ match: 'quay.io/my-org/*', action: 'proxy' }] }],
  ]
  for (const [what, image, action, reason, policy, optedOut] of cases) {
    it(`is ${action} (${reason}) for an image ${what}`, () => {
      expect(byName(image, policy, optedOut)).to.include({ action, reason })
    })
  }

  it('follows the first rule that matches', () => {
    const rules = [
      { match: 'quay.io/my-org/api', action: 'leave' },
      { match: 'quay.io/**', action: 'proxy' },
    ] as const
    expect(byName(image, { rules })).to.include({ action: 'leave', rule: 'quay.io/my-org/api' })
    expect(byName('quay.io/my-org/other', { rules })).to.include({ action: 'rewrite', rule: 'quay.io/**' })
  })

  it('takes the location from the rule’s own template', () => {
    const rules = [{ match: '**', action: 'proxy', template: 'harbor.example/{host}/{repository}{suffix}' }] as const
    expect(byName('registry.example.com:5000/ns/image:tag', { rules })).to.include({
      action: 'rewrite',
      location: 'harbor.example/registry.example.com/ns/image:tag',
    })
  })

  it('is to leave the image where what a rule would rewrite it to is no reference', () => {
    const rules = [{ match: '**', action: 'proxy' }] as const
    expect(byName('registry.example.com:5000/ns/image:tag', { rules })).to.include({
      action: 'leave',
      reason: 'not-rewritable',
      rule: '**',
    })
  })

  it('warns of an image that is no reference, and says why', () => {
    expect(byName('quay.io/My-Org/api')).to.include({
      warning: 'image "quay.io/My-Org/api" is left alone: repository "My-Org/api" must be lower case',
    })
  })

  it('is open where only the image’s registry can tell', () => {
    for (const name of ['redis', image, 'proxy.replicated.com:443/proxy/my-app/redis'])
      expect(byName(name)).to.equal('open')
  })
})

describe('an image that verdicts decide', () => {
  const notPublic: AnonymousAccess[] = ['private', 'missing', 'unknown']

  it('stays as it is where it is public', () => {
    expect(settled(anonymous('public'))).to.include({ action: 'leave', reason: 'public' })
  })

  it('is decided anew with each new verdict, and once for the same', () => {
    const { open, settle } = decider({})
    const opened = open(image, false)
    if (!isOpen(opened)) throw new Error('decided by name')
    const [first, second] = [anonymous('private'), anonymous('public')]
    const [served, refused] = [proxy('served'), proxy('refused')]
    const decision = settle(opened, first, served)
    expect(settle(opened, first, served)).to.equal(decision)
    expect(settle(opened, first, refused)).to.include({ action: 'leave', reason: 'refused' })
    expect(settle(opened, second, refused)).to.include({ action: 'leave', reason: 'public' })
  })

  for (const access of notPublic) {
    it(`is rewritten where it is ${access} and the proxy serves it`, () => {
      expect(settled(anonymous(access), proxy('served'))).to.include({ action: 'rewrite', reason: access, location })
    })

    it(`is left with a warning where it is ${access} and the proxy refuses it`, () => {
      const decision = settled(anonymous(access), proxy('refused'))
      expect(decision).to.include({ action: 'leave', reason: 'refused' })
      expect(decision.warning).to.match(/^image "quay\.io\/my-org\/api:v1" is left alone: /)
    })
  }

  const unanswered: [AnonymousAccess, Partial<Policy>, Decision['action']][] = [
    ['private', {}, 'rewrite'],
    ['private', { onUnverified: 'leave' }, 'leave'],
    ['missing', {}, 'leave'],
    ['missing', { onMissing: 'proxy' }, 'rewrite'],
    ['unknown', {}, 'leave'],
    ['unknown', { onUnknown: 'proxy' }, 'rewrite'],
  ]
  for (const [access, policy, action] of unanswered) {
    const words = JSON.stringify(policy).slice(1, -1) || 'the default one'
    for (const answer of [undefined, proxy('unknown')]) {
      it(`gets the action ${action} where it is ${access}, the proxy ${answer ? 'gives no answer' : 'was not asked'}, and the policy is ${words}`, () => {
        const decision = settled(anonymous(access), answer, policy)
        expect(decision).to.include({ action, reason: access })
        expect(decision.warning !== undefined, 'a warning').to.equal(action === 'leave')
      })
    }
  }

  it('goes to the proxy where public images are wanted there and the proxy serves it', () => {
    const decision = settled(anonymous('public'), proxy('served'), { proxyPublicImages: true })
    expect(decision).to.include({ action: 'rewrite', reason: 'public' })
  })

  it('stays public, without a warning, where the proxy refuses it', () => {
    const decision = settled(anonymous('public'), proxy('refused'), { proxyPublicImages: true })
    expect(decision).to.include({ action: 'leave', reason: 'public' }).and.not.to.have.property('warning')
  })

  it('is left with a warning where the rewrite would be no reference', () => {
    const decision = settled(anonymous('private'), undefined, {}, 'registry.example.com:5000/ns/image:tag')
    expect(decision).to.include({ action: 'leave', reason: 'not-rewritable' })
    expect(decision.warning).to.include('port')
  })

  it('stays public, without a warning, where public images go to the proxy and the rewrite would be no reference', () => {
    const policy = { proxyPublicImages: true }
    const decision = settled(anonymous('public'), undefined, policy, 'registry.example.com:5000/ns/image:tag')
    expect(decision).to.include({ action: 'leave', reason: 'public' }).and.not.to.have.property('warning')
  })

  const told: readonly (readonly [AnonymousAccess, ProxyVerdict | undefined, Partial<Policy>?, string?])[] = [
    ['public', undefined],
    ['public', proxy('refused'), { proxyPublicImages: true }],
    ['public', proxy('served'), { proxyPublicImages: true }, 'registry.example.com:5000/ns/image:tag'],
    ['private', proxy('refused')],
    ['private', proxy('served')],
    ['private', proxy('unknown')],
    ['private', undefined, {}, 'registry.example.com:5000/ns/image:tag'],
    ['missing', proxy('unknown')],
    ['unknown', undefined],
  ]
  for (const [access, answer, policy, name] of told) {
    const { action, reason } = settled(anonymous(access), answer, policy, name)
    it(`is told with what was answered where it is ${access}, the proxy says ${answer?.access ?? 'nothing'}, and the decision is ${action} (${reason})`, () => {
      const { anonymous: here, proxy: there } = settled(anonymous(access), answer, policy, name)
      expect([here, there]).to.deep.equal([anonymous(access), answer])
    })
  }

  it('is decided without its registry where that was asked for an earlier decision by the same answer of the proxy', () => {
    const { open, settle, settleServed } = decider({ proxyPublicImages: true })
    const opened = open(image, false)
    if (!isOpen(opened) || !isServable(opened)) throw new Error('decided by name')
    const served = proxy('served')
    settle(opened, anonymous('private'), served)
    expect(settleServed(opened, served)).to.include({ reason: 'served' }).and.not.to.have.property('anonymous')
  })

  it('is rewritten where the proxy serves it and its registry was not asked, once for the same answer', () => {
    const { open, settleServed, asksProxyFirst } = decider({ proxyPublicImages: true })
    const opened = open(image, false)
    if (!isOpen(opened) || !isServable(opened)) throw new Error('decided by name')
    const [first, second] = [proxy('served'), proxy('served')]
    const decision = settleServed(opened, first)
    expect(decision).to.deep.equal({ image, action: 'rewrite', reason: 'served', location, proxy: first })
    expect(settleServed(opened, first)).to.equal(decision)
    expect(settleServed(opened, second)).not.to.equal(decision)
    expect(asksProxyFirst).to.equal(true)
  })

  it('asks the proxy for nothing that is public, unless public images go there', () => {
    expect(decider().wantsProxy('public')).to.equal(false)
    expect(decider({ proxyPublicImages: true }).wantsProxy('public')).to.equal(true)
    for (const access of notPublic) expect(decider().wantsProxy(access), access).to.equal(true)
  })
})
