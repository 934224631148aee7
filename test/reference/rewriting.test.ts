import { expect } from 'chai'
import fc from 'fast-check'

import { createLocator } from '../../src/reference/location.ts'
import type { Rewrite } from '../../src/reference/location.ts'
import { formatReference, manifestReference, parseReference, tryParseReference } from '../../src/reference/reference.ts'
import type { Reference } from '../../src/reference/reference.ts'
import { hostName, reference, text } from './arbitraries.ts'

const templates = [
  '{domain}/proxy/{appSlug}/{image}',
  '{domain}/{host}/{repository}{suffix}',
  'harbor.example/cache/{registry}/{repository}{suffix}',
  '{domain}/{repository}:{tag}',
  '{domain}/{repository}@{digest}',
]

const template = fc.constantFrom(...templates)

const locator = hostName.map((domain) =>
  createLocator({
    appSlug: 'app',
    proxy: { domain, registryDomain: 'registry.example', otherDomains: [], template: '{domain}/{image}' },
    ruleTemplates: templates,
  }),
)

function location(rewrite: Rewrite): string {
  fc.pre('location' in rewrite)
  return rewrite.location
}

describe('rewriting any image', () => {
  it('puts every image on a domain that counts as proxied, so that it is never rewritten twice', () => {
    fc.assert(
      fc.property(locator, reference, template, ({ rewrite, isProxied }, image, by) => {
        const made = location(rewrite(formatReference(image), image, by))
        expect(isProxied(parseReference(made).domain)).to.equal(true)
      }),
    )
  })

  it('keeps what is fetched: the digest, or else the tag', () => {
    fc.assert(
      fc.property(locator, reference, template, ({ rewrite }, image, by) => {
        const made = location(rewrite(formatReference(image), image, by))
        expect(manifestReference(parseReference(made))).to.equal(manifestReference(image))
      }),
    )
  })

  it('hands back the reference that the location is', () => {
    fc.assert(
      fc.property(locator, reference, template, ({ rewrite }, image, by) => {
        const made = rewrite(formatReference(image), image, by)
        fc.pre('location' in made)
        expect(made.reference).to.deep.equal(parseReference(made.location))
      }),
    )
  })

  it('refuses no image with an ordinary registry and a short path', () => {
    const ordinary = fc
      .tuple(hostName, reference)
      .map(([domain, image]): Reference => ({ ...image, domain }))
      .filter(({ path }) => path.length < 150)
    fc.assert(
      fc.property(locator, ordinary, ({ rewrite }, image) => {
        expect(rewrite(formatReference(image), image)).to.have.property('location')
      }),
    )
  })

  it('answers every reference, however it is written, with a location or a reason', () => {
    fc.assert(
      fc.property(locator, text, template, ({ rewrite }, written, by) => {
        const image = tryParseReference(written)
        fc.pre(!('fault' in image))
        expect(rewrite(written, image, by)).to.satisfy(
          (made: Rewrite) => 'location' in made || (made.fault.length > 0 && made.fault.length < 600),
        )
      }),
    )
  })
})
