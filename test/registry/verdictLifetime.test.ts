import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { anonymousKind, lifetimeOf, proxyKind } from '../../src/registry/verdictLifetime.ts'
import { createClock } from '../support/clock.ts'
import { challenge, manifest, manifestUnknown, playing, status, type Part } from '../support/registry.ts'
import { defaultCheck, hour, minute, useScene } from '../support/registryScene.ts'

const tag = parseReference('quay.io/team/app:1')
const digest = parseReference(`quay.io/team/app@sha256:${'a'.repeat(64)}`)
const { cache } = defaultCheck

describe('The lifetime of a verdict without credentials', () => {
  const lifetimes = [
    ['public', tag, 30 * minute],
    ['public', digest, 6 * hour],
    ['private', tag, 10 * minute],
    ['private', digest, 10 * minute],
    ['missing', tag, minute],
    ['unknown', tag, 15_000],
  ] as const
  for (const [access, reference, expected] of lifetimes) {
    it(`is ${expected / 1000} seconds where a ${reference === tag ? 'tag' : 'digest'} is ${access}`, () => {
      expect(anonymousKind.lifetime(access, reference, cache)).to.equal(expected)
    })
  }
})

describe("The lifetime of the proxy's verdict", () => {
  for (const [access, expected] of [
    ['served', 10 * minute],
    ['refused', minute],
    ['unknown', 15_000],
  ] as const) {
    it(`is ${expected / 1000} seconds where the image is ${access}`, () => {
      expect(proxyKind.lifetime(access, tag, cache)).to.equal(expected)
    })
  }
})

describe('The lifetime of a verdict that says more of the registry than of the image', () => {
  it('is none where the check had no turn', () => {
    expect(lifetimeOf('busy', minute, 0, 0.5)).to.equal(0)
  })

  it('ends with the pause that a registry asked for', () => {
    expect(lifetimeOf('rate-limited', minute, 1000, 0.5)).to.equal(1000)
  })

  it('is the usual one where that ends before the pause', () => {
    expect(lifetimeOf('rate-limited', minute, hour, 0.5)).to.equal(minute)
  })

  it('does not depend on a pause where the registry answered', () => {
    expect(lifetimeOf('readable', minute, 0, 0.5)).to.equal(minute)
  })
})

describe('A verdict that has run out', () => {
  const served = {
    public: anonymousKind.isServedStale('public'),
    private: anonymousKind.isServedStale('private'),
    missing: anonymousKind.isServedStale('missing'),
    unknown: anonymousKind.isServedStale('unknown'),
    served: proxyKind.isServedStale('served'),
    refused: proxyKind.isServedStale('refused'),
  }

  it('is served while it is asked for anew, but not where somebody may just have put it right', () => {
    expect(served).to.deep.equal({
      public: true,
      private: true,
      missing: false,
      unknown: false,
      served: true,
      refused: false,
    })
  })
})

const digestSuffix = `@sha256:${'d'.repeat(64)}`
const rows: readonly (readonly [kind: string, image: string, part: Part, milliseconds: number])[] = [
  ['a public tag', 'ghcr.io/team/app:1', { head: manifest }, 30 * minute],
  ['a public digest', `ghcr.io/team/app${digestSuffix}`, { head: manifest }, 6 * hour],
  ['a private tag', 'ghcr.io/team/app:1', { head: challenge('Basic realm="r"') }, 10 * minute],
  ['a private digest', `ghcr.io/team/app${digestSuffix}`, { head: challenge('Basic realm="r"') }, 10 * minute],
  ['a missing tag', 'ghcr.io/team/app:1', { head: manifestUnknown }, minute],
  ['an unknown tag', 'ghcr.io/team/app:1', { head: status(500) }, 15_000],
]

describe('The lifetime of a verdict that a registry gave', () => {
  const scene = useScene()

  for (const [kind, image, part, milliseconds] of rows) {
    for (const [random, factor] of [
      [0, 0.9],
      [0.5, 1],
      [1, 1.1],
    ] as const) {
      it(`is ${Math.round((milliseconds * factor) / 100) / 10} s for ${kind} where the random number is ${random}`, async () => {
        scene.registry.play(playing(part))
        const lookup = await scene.lookup(['ghcr.io'], { now: createClock().now, random: () => random })

        expect((await lookup.ask(image)).ttl).to.be.closeTo(milliseconds * factor, 1)
      })
    }
  }

  it('begins at the moment in which the verdict was found', async () => {
    scene.registry.play(playing({ head: manifest }))
    const clock = createClock()
    const lookup = await scene.lookup(['ghcr.io'], { now: clock.now })

    expect((await lookup.ask('ghcr.io/team/app:1')).checkedAt).to.equal(clock.now())
  })

  it('ends with a second request, before which there is none', async () => {
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
