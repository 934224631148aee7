import { expect } from 'chai'
import { createCacheScene, underWay, type CacheScene } from './cacheScene.ts'

describe('the verdict cache', () => {
  it('does not keep a verdict without a lifetime', async () => {
    const scene: CacheScene = createCacheScene({
      check: () => underWay(Promise.resolve({ ...scene.verdict('unknown'), ttl: 0 })),
      isServedStale: () => true,
    })
    await scene.access()

    expect(scene.cache.entries).to.equal(0)
  })

  it('holds no more entries than it may, and forgets what was asked for longest ago', async () => {
    const scene = createCacheScene({ maxEntries: 3 })
    for (const tag of ['a', 'b', 'c', 'a', 'd']) await scene.access(`ghcr.io/team/app:${tag}`)
    const before = scene.checks.length
    await scene.access('ghcr.io/team/app:a')
    const kept = scene.checks.length - before
    await scene.access('ghcr.io/team/app:b')

    expect([scene.cache.entries, kept, scene.checks.length - before]).to.deep.equal([3, 0, 1])
  })

  it('is bounded in bytes too: long names take the room of several short ones', async () => {
    const scene = createCacheScene({ maxEntries: 20 })
    const long = `registry.example.com/${'a/'.repeat(120)}app`
    for (let index = 0; index < 20; index++) await scene.access(`${'host.'.repeat(100)}${index}.${long.slice(0, 250)}`)

    expect(scene.cache.entries).to.be.within(1, 15)
  })

  it('counts what an entry takes beside its name', async () => {
    const scene = createCacheScene({ maxEntries: 20 })
    for (let index = 0; index < 20; index++)
      await scene.access(`${'host.'.repeat(40)}example/${'a/'.repeat(100)}${index}`)

    expect(scene.cache.entries).to.be.within(1, 15)
  })

  it('keeps what is cached when checks in flight outnumber its entries', async () => {
    const scene = createCacheScene({ maxEntries: 1 })
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, tag) => scene.access(`ghcr.io/team/app:${tag}`)))

    expect([verdicts.length, scene.cache.entries, scene.cache.inFlight.size]).to.deep.equal([50, 1, 0])
  })
})
