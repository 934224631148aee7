import { expect } from 'chai'
import type { V1Secret } from '@kubernetes/client-node'
import { createPullSecretCopies, type PullSecretCopies } from '../../src/cluster/pullSecretCopies.ts'
import { copyFor } from '../../src/cluster/pullSecretCopy.ts'

const owner = { name: 'webhook', uid: 'owner-uid' }
const content = '{"auths":{}}'

describe('What is known of the copies of the pull secret', () => {
  let copies: PullSecretCopies
  beforeEach(() => {
    copies = createPullSecretCopies('webhook')
    copies.own(owner)
    copies.want(content)
  })

  /** A copy as the webhook writes it, but for what is changed. */
  function secret(change: Partial<V1Secret> = {}, metadata: V1Secret['metadata'] = {}, held = content): V1Secret {
    const copy = copyFor(held, { name: 'my-app-registry', namespace: 'home', owner, uid: undefined })
    Object.assign(copy.metadata ?? {}, metadata)
    return Object.assign(copy, change)
  }
  const remember = (object: V1Secret): boolean[] => {
    copies.remember('home', object)
    return [copies.isCurrent('home'), copies.isOutdated('home')]
  }

  it('calls a copy current that is as the webhook writes it', () => {
    expect(remember(secret())).to.deep.equal([true, false])
  })

  const damages: readonly (readonly [what: string, damaged: () => V1Secret])[] = [
    ['has another type', () => secret({ type: 'Opaque' })],
    ['holds nothing', () => secret({ data: {} })],
    ['lacks its label, so that its owner alone marks it', () => secret({}, { labels: {} })],
    ['lacks its owner', () => secret({}, { ownerReferences: [] })],
    ['holds another license', () => secret({}, {}, '{"auths":{"other":{}}}')],
  ]
  for (const [what, damaged] of damages) {
    it(`calls a copy outdated that ${what}`, () => {
      expect(remember(damaged())).to.deep.equal([false, true])
    })
  }

  it('calls every copy outdated once another license is wanted', () => {
    remember(secret())
    copies.want('{"auths":{"other":{}}}')
    expect([copies.isCurrent('home'), copies.isOutdated('home')]).to.deep.equal([false, true])
  })

  it('calls every copy outdated once their owner was deleted and made anew', () => {
    remember(secret())
    copies.own({ name: 'webhook', uid: 'another-uid' })
    expect(copies.isOutdated('home')).to.be.true
  })

  it('keeps a copy current while its owner is not known for a moment', () => {
    remember(secret())
    copies.own(undefined)
    expect(copies.isCurrent('home')).to.be.true
  })

  it('calls a Secret that the webhook did not make neither current nor outdated', () => {
    expect(remember(secret({}, { labels: {}, ownerReferences: [] }))).to.deep.equal([false, false])
    expect(copies.stats()).to.deep.equal({ copies: 0, outdated: 0, foreign: 1 })
  })

  it('calls a copy outdated that was deleted, until the second comparison after that', () => {
    remember(secret())
    copies.lose('home', '12')
    copies.age()
    const once = copies.isOutdated('home')
    copies.age()
    expect([once, copies.isOutdated('home'), [...copies.namespaces()]]).to.deep.equal([true, false, []])
  })

  it('calls a copy outdated whose deletion was told of before the answer that tells of the copy', () => {
    remember(secret({}, { resourceVersion: '9' }))
    copies.lose('home', '11')
    copies.learn('home', secret({}, { resourceVersion: '10' }))
    expect([copies.isCurrent('home'), copies.isOutdated('home')]).to.deep.equal([false, true])
  })

  it('calls a copy outdated that was not in a list which is later than the answer that tells of the copy', () => {
    remember(secret({}, { resourceVersion: '9' }))
    copies.lose('home', '10')
    copies.lose('home', '100')
    copies.learn('home', secret({}, { resourceVersion: '11' }))
    expect(copies.isOutdated('home')).to.be.true
  })

  it('calls a copy current that an answer tells of after its deletion was told of', () => {
    remember(secret({}, { resourceVersion: '8' }))
    copies.lose('home', '9')
    copies.learn('home', secret({}, { resourceVersion: '10' }))
    expect(copies.isCurrent('home')).to.be.true
  })

  it('forgets a Secret that was deleted and was not the webhook’s', () => {
    remember({ metadata: { name: 'my-app-registry', namespace: 'home' } })
    copies.lose('home', '12')
    expect(copies.get('home')).to.be.undefined
  })
})
