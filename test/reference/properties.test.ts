import { expect } from 'chai'
import fc from 'fast-check'

import {
  InvalidReferenceError,
  cacheKey,
  canonical,
  formatReference,
  parseReference,
  tryParseReference,
} from '../../src/reference/reference.ts'
import { reference, text } from './arbitraries.ts'

describe('every reference', () => {
  it('is read back from what is formatted', () => {
    fc.assert(
      fc.property(reference, (made) => {
        expect(parseReference(formatReference(made))).to.deep.equal(made)
      }),
    )
  })

  it('has a canonical spelling that is its own', () => {
    fc.assert(
      fc.property(reference, (made) => {
        expect(canonical(parseReference(canonical(made)))).to.equal(canonical(made))
      }),
    )
  })

  it('has a canonical spelling with exactly one of tag and digest', () => {
    fc.assert(
      fc.property(reference, (made) => {
        const { tag, digest } = parseReference(canonical(made))
        expect([tag, digest].filter((part) => part !== undefined)).to.have.lengthOf(1)
      }),
    )
  })

  it('has one cache key, whatever the case of its registry', () => {
    fc.assert(
      fc.property(reference, (made) => {
        expect(cacheKey({ ...made, domain: made.domain.toUpperCase() })).to.equal(cacheKey(made))
      }),
    )
  })
})

describe('every text', () => {
  it('is a reference or an invalid one, and nothing else is thrown', () => {
    fc.assert(
      fc.property(text, (any) => {
        try {
          parseReference(any)
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidReferenceError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('that is a reference is the same one when formatted and read again', () => {
    fc.assert(
      fc.property(text, (any) => {
        const read = tryParseReference(any)
        fc.pre(!('fault' in read))
        expect(parseReference(formatReference(read))).to.deep.equal(read)
      }),
    )
  })

  it('that is a reference has a canonical spelling that is its own', () => {
    fc.assert(
      fc.property(text, (any) => {
        const read = tryParseReference(any)
        fc.pre(!('fault' in read))
        expect(canonical(parseReference(canonical(read)))).to.equal(canonical(read))
      }),
    )
  })

  it('that is no reference has a message of bounded length', () => {
    fc.assert(
      fc.property(text, fc.nat(1000), (any, times) => {
        const read = tryParseReference(any.repeat(times))
        fc.pre('fault' in read)
        expect(read.fault).to.have.length.below(600)
      }),
    )
  })
})

describe('a text of adversarial length', () => {
  const repeated = [
    'a',
    'A',
    '-',
    '_',
    '.',
    ':',
    '/',
    '@',
    '[',
    ':1',
    'a.',
    'a-',
    'a_',
    'a/',
    'a:',
    'a@',
    'aA',
    '[:',
    '--a',
    '\0',
  ]
  const endings = ['', '!', '/', '/a', '.b/c', ':', ':1', '@', '-']
  const length = 262_144

  // A quadratic answer to one of them would take longer than the whole suite may.
  for (const unit of repeated) {
    it(`is judged in bounded time where it repeats ${JSON.stringify(unit)}`, () => {
      for (const ending of endings) {
        for (const beginning of ['', 'a', 'quay.io/', 'a.', '[', 'redis:', 'redis@sha256:']) {
          const long = beginning + unit.repeat(length / unit.length) + ending
          expect(() => tryParseReference(long)).not.to.throw()
        }
      }
    })
  }

  it('is a reference where only the registry is long, with no stack that could overflow', () => {
    const registry = `${'a-'.repeat(3_000_000)}a.example:5000`
    expect(parseReference(`${registry}/app`)).to.deep.equal({ domain: registry, path: 'app' })
  })
})
