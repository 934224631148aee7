import { expect } from 'chai'
import { boundVerdicts } from '../../src/admission/boundedVerdicts.ts'
import { isPending, type Verdicts } from '../../src/decision/verdict.ts'
import { parseReference, type Reference } from '../../src/reference/reference.ts'
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

  it('let each of several registries, and each of several proxies, be asked at once', () => {
    const asked: string[] = []
    const ask = ({ domain }: Reference) => {
      asked.push(domain)
      return pending()
    }
    const verdicts = boundVerdicts({ anonymous: ask, proxy: ask }, { left: () => 1000 }, bounds)
    for (const text of ['quay.io/a:1', 'ghcr.io/a:1']) verdicts.anonymous(parseReference(text), asker)
    for (const text of ['one.example/a:1', 'two.example/a:1']) verdicts.proxy(parseReference(text), asker)
    expect(asked).to.deep.equal(['quay.io', 'ghcr.io', 'one.example', 'two.example'])
  })

  it('say what a check says of its beginning, and what it offers meanwhile', async () => {
    const begun = Promise.withResolvers<undefined>()
    const meanwhile = anonymous('private')
    const check = { ...pending<typeof meanwhile>(), begun: begun.promise, meanwhile }
    const verdict = boundVerdicts({ ...never, anonymous: () => check }, { left: () => 1000 }, bounds).anonymous(
      image(1),
      asker,
    )
    if (!isPending(verdict)) throw new Error('known')
    let hasBegun = false
    void verdict.begun.then(() => (hasBegun = true))
    await new Promise(setImmediate)
    const before = hasBegun
    begun.resolve(undefined)
    await verdict.begun
    expect([before, hasBegun, verdict.meanwhile]).to.deep.equal([false, true, meanwhile])
  })

  it('are handed on where they are known, however late it is', () => {
    const known = anonymous('private')
    const verdicts = boundVerdicts({ ...never, anonymous: () => known }, { left: () => 0 }, bounds)
    expect(verdicts.anonymous(image(1), asker)).to.equal(known)
  })

  it('are unknown, and nobody is asked, where their turn comes too late', async () => {
    let [left, asked] = [1000, 0]
    const first = Promise.withResolvers<ReturnType<typeof anonymous>>()
    const ask = () => {
      asked++
      return pending(first.promise)
    }
    const verdicts = boundVerdicts({ ...never, anonymous: ask }, { left: () => left }, bounds)
    verdicts.anonymous(image(1), asker)
    const second = verdicts.anonymous(image(2), asker)
    if (!isPending(second)) throw new Error('known')
    left = 0
    first.resolve(anonymous('private'))
    expect(await second.verdict).to.include({ access: 'unknown', reason: 'deadline' })
    expect(asked).to.equal(1)
  })

  it('are unknown at once where it is too late to wait for a turn', () => {
    const verdicts = boundVerdicts(never, { left: () => 0 }, bounds)
    verdicts.anonymous(image(1), asker)
    expect(verdicts.anonymous(image(2), asker)).to.include({ access: 'unknown', reason: 'deadline' })
  })
})
