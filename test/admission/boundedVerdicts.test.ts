import { expect } from 'chai'
import { boundVerdicts } from '../../src/admission/boundedVerdicts.ts'
import { isPending, type Verdicts } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { anonymous, pending, proxy } from '../support/decisions.ts'

const asker = { namespace: 'my-app' }
const image = (tag: number) => parseReference(`quay.io/team/app:${tag}`)
const never: Verdicts = { anonymous: () => pending(), proxy: () => pending() }
const bounds = { most: 4, mostOfKind: 1 }

describe('the verdicts for one Pod of many images', () => {
  it('are handed on where they are known', () => {
    const known = { anonymous: anonymous('private'), proxy: proxy('served') }
    const all: Verdicts = { anonymous: () => known.anonymous, proxy: () => known.proxy }
    const verdicts = boundVerdicts(all, { left: () => 1000 }, bounds)
    expect(verdicts.anonymous(image(1), asker)).to.equal(known.anonymous)
    expect(verdicts.proxy(image(1), asker)).to.equal(known.proxy)
  })

  it('say that a check begins when it has its turn', async () => {
    const first = Promise.withResolvers<ReturnType<typeof anonymous>>()
    const answers = [pending(first.promise), pending(anonymous('public'))]
    const all: Verdicts = { ...never, anonymous: () => answers.shift() ?? pending() }
    const verdicts = boundVerdicts(all, { left: () => 1000 }, bounds)
    verdicts.anonymous(image(1), asker)
    const second = verdicts.anonymous(image(2), asker)
    if (!isPending(second)) throw new Error('known')
    let hasBegun = false
    void second.begun.then(() => (hasBegun = true))
    await new Promise(setImmediate)
    expect(hasBegun, 'while the first is under way').to.equal(false)
    first.resolve(anonymous('private'))
    expect((await second.verdict).access).to.equal('public')
    expect(hasBegun).to.equal(true)
  })

  it('let the proxy be asked while a registry holds all of its own places', () => {
    const verdicts = boundVerdicts({ ...never, proxy: () => proxy('served') }, { left: () => 1000 }, bounds)
    verdicts.anonymous(image(1), asker)
    expect(verdicts.proxy(image(1), asker)).to.include({ access: 'served' })
  })

  it('are unknown at once where it is too late to wait for a turn', () => {
    const verdicts = boundVerdicts(never, { left: () => 0 }, bounds)
    verdicts.anonymous(image(1), asker)
    expect(verdicts.anonymous(image(2), asker)).to.include({ access: 'unknown', reason: 'deadline' })
  })
})
