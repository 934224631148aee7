import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { anonymousKind, proxyKind } from '../../src/registry/verdictLifetime.ts'
import { defaultCheck, hour, minute } from '../support/registryScene.ts'

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
