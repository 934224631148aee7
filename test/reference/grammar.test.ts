import { expect } from 'chai'
import {
  isDigest,
  isDomain,
  isImageId,
  isPath,
  isPathComponent,
  isTag,
  looksLikeDomain,
  maxPathLength,
} from '../../src/reference/grammar.ts'

interface Rule {
  readonly what: string
  readonly holds: (text: string) => boolean
  readonly yes: readonly string[]
  readonly no: readonly string[]
}

const hex = (length: number) => 'a'.repeat(length)

const rules: readonly Rule[] = [
  {
    what: 'a domain',
    holds: isDomain,
    yes: ['quay.io', 'localhost:5000', '[::1]', '[fe80::1]:443', '10.0.0.1', 'A.example', 'a--b.example'],
    no: ['', 'my_host.example', '-a.example', 'a-.example', 'a..b', '.a', 'a.', '::1', 'a:b', '[fe80::1%25lo]'],
  },
  {
    what: 'a path',
    holds: isPath,
    yes: ['a', 'a/b/c', 'a_b', 'a__b', 'a-----b', 'a.b', 'a'.repeat(maxPathLength)],
    no: ['', 'A', 'a//b', '/a', 'a/', 'a___b', 'a..b', '_a', 'a-', 'a'.repeat(maxPathLength + 1)],
  },
  { what: 'a component of a path', holds: isPathComponent, yes: ['my-app', 'a.b'], no: ['a/b', '', 'My-App'] },
  {
    what: 'a tag',
    holds: isTag,
    yes: ['latest', 'V1.0-rc_1', '_a', '1'.repeat(128)],
    no: ['', '.a', '-a', 'a+b', '1'.repeat(129)],
  },
  {
    what: 'a digest',
    holds: isDigest,
    yes: [`sha256:${hex(64)}`, `sha384:${hex(96)}`, `sha512:${hex(128)}`],
    no: [`sha256:${hex(63)}`, `sha256:${'A'.repeat(64)}`, `md5:${hex(32)}`, hex(64)],
  },
  { what: 'the ID of an image', holds: isImageId, yes: [hex(64)], no: [hex(63), 'A'.repeat(64), `sha256:${hex(64)}`] },
  {
    what: 'what names a registry rather than a namespace of Docker Hub',
    holds: looksLikeDomain,
    yes: ['localhost', 'a.b', 'a:1', 'Acme'],
    no: ['acme', 'my-org', 'localhost-1'],
  },
]

describe('The grammar of references', () => {
  for (const { what, holds, yes, no } of rules) {
    for (const text of yes) {
      it(`accepts ${JSON.stringify(text.slice(0, 40))} of ${text.length} characters as ${what}`, () => {
        expect(holds(text)).to.equal(true)
      })
    }
    for (const text of no) {
      it(`rejects ${JSON.stringify(text.slice(0, 40))} of ${text.length} characters as ${what}`, () => {
        expect(holds(text)).to.equal(false)
      })
    }
  }
})
