import { expect } from 'chai'
import type { SilenceAnswer } from '../../src/registry/cache.ts'
import type { AnonymousVerdict } from '../../src/decision/verdict.ts'
import { hour } from '../support/registryScene.ts'
import { app, asker, createCacheScene, type CacheScene } from './cacheScene.ts'

describe('the verdict cache for a registry that keeps silent', () => {
  let scene: CacheScene
  let silence: SilenceAnswer<AnonymousVerdict>

  beforeEach(() => {
    scene = createCacheScene({ isServedStale: () => false, silence: () => silence })
    silence = { verdict: scene.verdict('unknown'), asksAgain: false }
  })

  it('lets nobody wait', () => {
    expect(scene.cache.get(app, asker)).to.equal(silence.verdict)
  })

  it('asks nobody until the registry may be asked again', () => {
    scene.cache.get(app, asker)

    expect(scene.checks).to.deep.equal([])
  })

  it('answers at once and asks the registry again in the background, when that may be asked', async () => {
    silence = { ...silence, asksAgain: true }
    const atOnce = scene.cache.get(app, asker)
    await scene.settled()

    expect([atOnce, scene.cache.get(app, asker)]).to.deep.equal([silence.verdict, scene.verdict('public')])
  })

  it('asks the registry once in the background, however many want an answer meanwhile', () => {
    silence = { ...silence, asksAgain: true }
    for (let count = 0; count < 3; count++) scene.cache.get(app, asker)

    expect(scene.checks).to.have.lengthOf(1)
  })

  it('tells that nothing was known, and that something that has run out was', async () => {
    scene.cache.get(app, asker)
    silence = { ...silence, asksAgain: true }
    scene.cache.get(app, asker)
    await scene.settled()
    scene.clock.advance(hour)
    scene.cache.get(app, asker)

    expect(scene.results).to.deep.equal(['miss', 'miss', 'stale'])
  })

  it('serves what has run out rather than nothing', async () => {
    silence = { ...silence, asksAgain: true }
    scene.next = 'private'
    scene.cache.get(app, asker)
    await scene.settled()
    scene.clock.advance(hour)
    silence = { ...silence, asksAgain: false }

    expect(scene.cache.get(app, asker)).to.include({ access: 'private' })
  })
})
