import { expect } from 'chai'
import type { Asker } from '../../src/decision/verdict.ts'
import { hour, minute } from '../support/registryScene.ts'
import { app, asker, createCacheScene, underWay, type CacheScene } from './cacheScene.ts'

describe('the verdict cache', () => {
  let scene: CacheScene

  beforeEach(() => {
    scene = createCacheScene()
  })

  it('does not serve for another day a verdict that the host gave a day ago', async () => {
    const answeredAt = scene.clock.now()
    scene.clock.advance(23 * hour)
    const answers = [{ ...scene.verdict('private'), ttl: 15_000, answeredAt }, scene.verdict('unknown')]
    const late = createCacheScene({
      check: () => underWay(Promise.resolve(answers.shift() ?? scene.verdict('unknown'))),
      isServedStale: () => false,
      now: scene.clock.now,
    })
    late.cache.get(app, asker)
    await late.settled()
    scene.clock.advance(2 * hour)
    late.cache.get(app, asker)

    expect((await late.settled()).map(({ access }) => access)).to.deep.equal(['unknown'])
  })

  it('answers without a promise until the lifetime is over', async () => {
    const first = await scene.get()
    scene.clock.advance(10 * minute - 1)

    expect(scene.cache.get(app, asker)).to.equal(first)
    expect(scene.checks).to.have.length(1)
  })

  it('asks anew, once, for a caller who wants a younger verdict than the cached one', async () => {
    await scene.access()
    scene.clock.advance(minute)
    const since = scene.clock.now()
    scene.next = 'private'
    const answers = [await scene.get(since), await scene.get(since), await scene.get()]

    expect([answers.map(({ access }) => access), scene.checks.length]).to.deep.equal([
      ['private', 'private', 'private'],
      2,
    ])
  })

  it('asks a registry that gave no answer no sooner for a caller who wants a younger verdict', async () => {
    scene.next = 'unknown'
    await scene.access()
    scene.clock.advance(1000)
    await scene.get(scene.clock.now())

    expect(scene.checks).to.have.length(1)
  })

  it('asks no sooner again where asking anew led to no answer', async () => {
    await scene.access()
    scene.clock.advance(minute)
    const since = scene.clock.now()
    scene.next = 'unknown'
    const answers = [await scene.get(since), await scene.get(since)]

    expect([answers.map(({ access }) => access), scene.checks.length]).to.deep.equal([['public', 'public'], 2])
  })

  it('has one entry for all spellings of an image', async () => {
    await scene.access('nginx')
    await scene.access('docker.io/library/nginx:latest')
    await scene.access('index.docker.io/nginx')

    expect([scene.checks, scene.cache.entries]).to.deep.equal([['docker.io/library/nginx:latest'], 1])
  })

  it('counts a check in flight for everyone who asks for it, and not for who began it alone', () => {
    const joined: Asker[] = []
    const check = () => ({ ...underWay(new Promise(() => undefined)), join: (asker: Asker) => joined.push(asker) })
    const { cache } = createCacheScene({ check })
    const others = [{ namespace: 'b' }, { namespace: 'c' }]
    for (const asking of [asker, ...others]) cache.get(app, asking)

    expect(joined).to.deep.equal(others)
  })

  it('shares one check among all who ask while it is in flight', async () => {
    await Promise.all([scene.get(), scene.get(), scene.get()])

    expect([scene.checks.length, scene.results]).to.deep.equal([1, ['miss', 'shared', 'shared']])
  })

  it('serves a verdict that has run out while it asks anew, once', async () => {
    await scene.access()
    scene.clock.advance(11 * minute)
    scene.next = 'private'
    const served = [scene.cache.get(app, asker), scene.cache.get(app, asker)]
    await scene.settled()

    expect(served).to.have.nested.property('[1].access', 'public')
    expect([await scene.access(), scene.checks.length, scene.results]).to.deep.equal([
      'private',
      2,
      ['miss', 'stale', 'stale', 'hit'],
    ])
  })

  it('waits for the new verdict where the old one is of a kind that is not served stale', async () => {
    scene.next = 'missing'
    await scene.access()
    scene.clock.advance(11 * minute)
    scene.next = 'public'

    expect(await scene.access()).to.equal('public')
  })

  for (const kind of ['public', 'private', 'missing'] as const) {
    it(`keeps a verdict of ${kind} when the registry is down, and asks again after the lifetime of the failure`, async () => {
      scene.next = kind
      await scene.access()
      scene.next = 'unknown'
      scene.clock.advance(11 * minute)
      await scene.access()
      await scene.settled()
      const whileDown = await scene.access()
      const checksWhileDown = scene.checks.length
      scene.clock.advance(15_000)
      await scene.access()

      expect([whileDown, checksWhileDown, scene.checks.length]).to.deep.equal([kind, 2, 3])
    })
  }

  it('gives an old verdict up when the registry has been down for too long', async () => {
    await scene.access()
    scene.next = 'unknown'
    scene.clock.advance(24 * hour + 10 * minute)

    expect(await scene.access()).to.equal('unknown')
  })

  it('serves no unknown verdict beyond its lifetime', async () => {
    scene.next = 'unknown'
    await scene.access()
    scene.clock.advance(15_000)
    scene.next = 'public'

    expect(await scene.access()).to.equal('public')
  })
})
