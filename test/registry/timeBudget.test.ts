import { expect } from 'chai'
import { challenge, manifest, manifestUnknown, playing, status, type Part } from '../support/registry.ts'
import { createClock } from '../support/clock.ts'
import { hour, minute, startScene, type Scene } from '../support/registryScene.ts'

const digest = `@sha256:${'d'.repeat(64)}`
const rows: readonly (readonly [kind: string, image: string, part: Part, milliseconds: number])[] = [
  ['a public tag', 'ghcr.io/team/app:1', { head: manifest }, 30 * minute],
  ['a public digest', `ghcr.io/team/app${digest}`, { head: manifest }, 6 * hour],
  ['a private tag', 'ghcr.io/team/app:1', { head: challenge('Basic realm="r"') }, 10 * minute],
  ['a private digest', `ghcr.io/team/app${digest}`, { head: challenge('Basic realm="r"') }, 10 * minute],
  ['a missing tag', 'ghcr.io/team/app:1', { head: manifestUnknown }, minute],
  ['an unknown one', 'ghcr.io/team/app:1', { head: status(500) }, 15_000],
]

describe('the timeBudget of a verdict', () => {
  let scene: Scene
  before(async () => {
    scene = await startScene()
  })
  after(() => scene.close())

  for (const [kind, image, part, milliseconds] of rows) {
    for (const [random, factor] of [
      [0, 0.9],
      [0.5, 1],
      [1, 1.1],
    ] as const) {
      it(`of ${kind} is ${(milliseconds * factor) / 1000} s where chance says ${random}`, async () => {
        scene.registry.play(playing(part))
        const lookup = await scene.lookup(['ghcr.io'], { now: createClock().now, random: () => random })

        expect((await lookup.ask(image)).ttl).to.be.closeTo(milliseconds * factor, 1)
      })
    }
  }

  it('begins when it was found', async () => {
    scene.registry.play(playing({ head: manifest }))
    const clock = createClock()
    const lookup = await scene.lookup(['ghcr.io'], { now: clock.now })

    expect((await lookup.ask('ghcr.io/team/app:1')).checkedAt).to.equal(clock.now())
  })

  it('is followed by a second request, and by none before', async () => {
    scene.registry.play(playing({ head: manifest }))
    const clock = createClock()
    const lookup = await scene.lookup(['ghcr.io'], { now: clock.now, random: () => 0.5 })
    await lookup.ask('ghcr.io/team/app:1')
    clock.advance(30 * minute - 1)
    await lookup.ask('ghcr.io/team/app:1')
    const before = lookup.stats().inFlight
    clock.advance(1)
    await lookup.ask('ghcr.io/team/app:1')

    expect([before, lookup.stats().inFlight]).to.deep.equal([0, 1])
  })
})
