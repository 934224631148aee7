import { expect } from 'chai'

import { InvalidReferenceError, parseReference, tryParseReference } from '../../src/reference/reference.ts'
import { invalidReferences } from './invalidReferences.ts'
import { imageId, references, sha256 } from './references.ts'

describe('parseReference', () => {
  for (const [rule, cases] of Object.entries(references)) {
    describe(`reads, since ${rule}:`, () => {
      for (const [written, reference] of cases) {
        it(shown(written), () => {
          expect(parseReference(written)).to.deep.equal(reference)
        })
      }
    })
  }

  it('returns no key for a tag or digest that is not written', () => {
    expect(parseReference('redis')).to.have.all.keys('domain', 'path')
  })
})

describe('a text that is no image reference,', () => {
  for (const [fault, texts] of Object.entries(invalidReferences)) {
    describe(`but ${fault},`, () => {
      for (const text of texts) {
        it(`is refused: ${shown(text)}`, () => {
          expect(() => parseReference(text)).to.throw(InvalidReferenceError)
        })
      }
    })
  }

  it('is a value with a fault for tryParseReference', () => {
    expect(tryParseReference('Redis')).to.have.property('fault')
  })
})

describe('the message of an invalid reference', () => {
  const messages: readonly (readonly [string, string])[] = [
    ['', 'an image reference must not be empty'],
    [imageId, `"${imageId}" is an image ID: 64 hexadecimal digits are no repository`],
    ['quay.io/Org/app:1', 'repository "Org/app" must be lower case'],
    [
      'quay.io/a..b',
      'repository "a..b" must be lower-case letters and digits, with single ".", "_", "__" or dashes within, and slashes between',
    ],
    ['https://quay.io/a', 'an image reference has no scheme: write "quay.io/a" in place of "https://quay.io/a"'],
    ['a..b/c', 'registry "a..b" must be a host name or an IP address (IPv6 in brackets), with or without a port'],
    [`quay.io/${'a'.repeat(256)}`, `repository "${'a'.repeat(64)}…" has 256 characters, and 255 are allowed`],
    ['redis:', 'tag "" must be 1 to 128 letters, digits, "_", "." or "-", and must not start with "." or "-"'],
    [
      `redis@${sha256.slice(0, 24)}`,
      'digest "sha256:0123456789abcdef0" must be sha256, sha384 or sha512, ":" and 64, 96 or 128 lower-case hexadecimal digits',
    ],
  ]
  for (const [text, message] of messages) {
    it(`names the faulty part of ${shown(text)}`, () => {
      expect(tryParseReference(text)).to.have.property('fault', message)
    })
  }

  it('escapes what a terminal or a log would act on', () => {
    expect(() => parseReference('redis:\u001b[31m\n')).to.throw('tag "\\u001b[31m\\n" must')
  })

  for (const text of ['a'.repeat(65_536), `redis:${'\0'.repeat(65_536)}`, `redis@${'é'.repeat(65_536)}`]) {
    it(`stays short for ${shown(text)}`, () => {
      expect(tryParseReference(text)).to.have.property('fault').with.length.below(600)
    })
  }
})

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 40)}…${text.slice(-20)}` : text)
}
