import { expect } from 'chai'
import { createBreaker } from '../../src/registry/breaker.ts'
import { bearer, challenge, manifest, playing, status } from '../support/registry.ts'
import { createClock } from '../support/clock.ts'
import { minute, startScene, type Scene } from '../support/registryScene.ts'

describe('the breaker', () => {
  const clock = createClock()
  const rows: readonly (readonly [string | undefined, number])[] = [
    [undefined, 30_000],
    ['120', 120_000],
    [' 5 ', 5000],
    ['0', 1000],
    ['86400', 15 * minute],
    [new Date(clock.now() + 60_000).toUTCString(), 60_000],
    [new Date(clock.now() - 60_000).toUTCString(), 1000],
    ['soon', 30_000],
    ['', 30_000],
    ['-5', 1000],
    ['9'.repeat(400), 15 * minute],
  ]
  for (const [retryAfter, pause] of rows) {
    it(`leaves a host alone for ${pause / 1000} s after a Retry-After of ${retryAfter?.slice(0, 30) ?? 'nothing'}`, () => {
      const breaker = createBreaker(clock.now)
      breaker.open('ghcr.io', retryAfter)

      expect(breaker.remaining('ghcr.io')).to.equal(pause)
    })
  }

  it('lets a host be asked again when the time has passed', () => {
    const clock = createClock()
    const breaker = createBreaker(clock.now)
    breaker.open('ghcr.io', '10')
    clock.advance(10_000)

    expect(breaker.remaining('ghcr.io')).to.equal(0)
  })
})

describe('a registry that answers 429', () => {
  let scene: Scene
  before(async () => {
    scene = await startScene()
  })
  after(() => scene.close())

  it('is not asked for anything until its time has passed', async () => {
    scene.registry.play(playing({ head: status(429, { 'retry-after': '20' }) }))
    const clock = createClock()
    const lookup = await scene.lookup(['ghcr.io'], { now: clock.now })
    await lookup.ask('ghcr.io/team/one:1')
    const meanwhile = await lookup.ask('ghcr.io/team/two:1')
    const requestsMeanwhile = scene.transcript.length
    scene.registry.play(playing({ head: manifest }))
    clock.advance(20_000)
    const afterwards = await lookup.ask('ghcr.io/team/two:1')

    expect([meanwhile.access, meanwhile.reason, requestsMeanwhile]).to.deep.equal(['unknown', 'rate-limited', 1])
    expect(afterwards.access).to.equal('public')
  })

  it('at its token endpoint is left alone as well', async () => {
    const token = status(429, { 'retry-after': '20' })
    scene.registry.play(playing({ head: challenge(bearer('/token')), token }))
    const lookup = await scene.lookup(['ghcr.io'])
    await lookup.ask('ghcr.io/team/one:1')
    await lookup.ask('ghcr.io/team/two:1')

    expect(scene.transcript).to.deep.equal(['HEAD manifest', 'GET token'])
  })

  it('is asked again when it named less time than an unknown verdict lives', async () => {
    scene.registry.play(playing({ head: status(429, { 'retry-after': '2' }) }))
    const lookup = await scene.lookup(['ghcr.io'], { now: createClock().now })

    expect((await lookup.ask('ghcr.io/team/one:1')).ttl).to.equal(2000)
  })

  it('does not keep others from being asked', async () => {
    scene.registry.play(({ path }) => (path.startsWith('/v2/limited/') ? status(429) : manifest))
    const lookup = await scene.lookup(['ghcr.io', 'quay.io'])
    await lookup.ask('ghcr.io/limited/app:1')

    expect((await lookup.ask('quay.io/team/app:1')).access).to.equal('public')
  })

  it('leaves what was known before in force', async () => {
    const clock = createClock()
    scene.registry.play(playing({ head: manifest }))
    const lookup = await scene.lookup(['ghcr.io'], { now: clock.now })
    await lookup.ask('ghcr.io/team/app:1')
    scene.registry.play(playing({ head: status(429, { 'retry-after': '600' }) }))
    clock.advance(40 * minute)
    await lookup.ask('ghcr.io/team/other:1')

    expect((await lookup.ask('ghcr.io/team/app:1')).access).to.equal('public')
  })
})
