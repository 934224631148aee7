import { expect } from 'chai'
import { createBreaker } from '../../src/registry/breaker.ts'
import { bearer, challenge, manifest, playing, status } from '../support/registry.ts'
import { createClock } from '../support/clock.ts'
import { minute, useScene } from '../support/registryScene.ts'

describe('the breaker', () => {
  const clock = createClock()
  const rows: readonly (readonly [string | undefined, number])[] = [
    [undefined, 30_000],
    ['120', 120_000],
    [' 5 ', 5000],
    ['0', 1000],
    ['86400', 15 * minute],
    ['9'.repeat(400), 15 * minute],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['Thu Jan  1 00:01:00 2026', 60_000],
    ['Thu, 01 Jan 2026 00:00:60 GMT', 60_000],
    ['Sat Jan 10 00:00:00 2026', 15 * minute],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 1000],
    ['Saturday, 31-Dec-77 23:59:00 GMT', 1000],
    ['Friday, 31-Dec-76 23:59:00 GMT', 15 * minute],
    ['soon', 30_000],
    ['', 30_000],
    ['-5', 30_000],
    ['5.5', 30_000],
    ['foo 12', 30_000],
    ['2026-01-01T00:01:00Z', 30_000],
    ['Thu, 01 Jan 2026 00:01:00 +0000', 30_000],
    ['Thu, 01 Jan 2026 24:01:00 GMT', 30_000],
  ]
  // A date without a zone would otherwise be that of the machine.
  let zone: string | undefined
  before(() => {
    zone = process.env['TZ']
    process.env['TZ'] = 'America/Caracas'
  })
  after(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
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

describe('a breaker', () => {
  const { now } = createClock()

  for (const [retryAfter, pause] of [
    ['3600', minute],
    [undefined, 30_000],
    ['0', 1000],
  ] as const) {
    it(`that leaves hosts alone for a minute at the most does so for ${pause / 1000} s after ${retryAfter ?? 'nothing'}`, () => {
      const breaker = createBreaker(now, minute)
      breaker.open('ghcr.io', retryAfter)

      expect(breaker.remaining('ghcr.io')).to.equal(pause)
    })
  }

  it('is bounded in characters: long names take the room of several short ones', () => {
    const breaker = createBreaker(now)
    const long = (index: number) => `${'host.'.repeat(400)}${index}`
    for (let index = 0; index < 200; index++) breaker.open(long(index), '10')

    expect([breaker.remaining(long(0)), breaker.remaining(long(199))]).to.deep.equal([0, 10_000])
  })
})

describe('a registry that answers 429', () => {
  const scene = useScene()

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
