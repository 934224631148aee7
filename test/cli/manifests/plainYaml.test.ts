import { expect } from 'chai'
import fc from 'fast-check'
import { parseDocument } from 'yaml'
import { plainObject } from '../../../src/cli/manifests/plainYaml.ts'

/** What the slower parser reads, and undefined where it finds a fault or no object. */
function read(text: string): unknown {
  const document = parseDocument(text, { merge: true, logLevel: 'silent' })
  return document.errors.length === 0 ? document.toJS() : undefined
}

const scalars = [
  ...['1_000', '0o14', '014', '0x1F', '0b1', '.5', '5.', '1e3', '+1', '-0', '~', 'null', 'nUll', '', 'true', 'True'],
  ...['yes', 'on', 'n', '2026-11-26', '2026-11-26T00:00:00Z', '1:30', '.inf', '.NaN', '00', '1.0', '=', ':a', 'a:b'],
  ...['a #b', 'a#b', '"a\\x41"', "'it''s'", '|\n  x\n  y', '>\n  x\n  y', '>-\n x\n\n y', '{a, b: c}', '[a, {b: c}]'],
  ...['[a,]', '-', '--', '---a', '12345678901234567890', 'redis:7', 'a@sha256:0', '__proto__', '&& b', '"a\\u2028b"'],
]

describe('The quick reader of plain YAML', () => {
  for (const scalar of scalars) {
    it(`reads ${JSON.stringify(scalar)} as the slower one does`, () => {
      const text = `k: ${scalar}\n`
      expect(plainObject(text)).to.deep.equal(read(text))
    })
  }

  it('reads what it reads as the slower one does, however odd the text is', () => {
    const piece = fc.constantFrom(
      ...['a', 'b', ': ', ':\n', '\n', '  ', '- ', '# c', '"', "'", '{', '}', '[', ']', ', ', '|\n', '>-\n', '1', '\t'],
      ...['%', '@', '\r\n', '.', '\\', '!', '&a ', '---', 'null', '~', '\u2028'],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = `k: 1\n${pieces.join('')}`
        const plain = plainObject(text)
        const slow = read(text)
        // A key that is null, which no manifest has, is `null` for one and `` for the other.
        const same = (value: unknown) => JSON.stringify(value).replaceAll('"null":', '"":')
        if (plain !== undefined && slow !== undefined) expect(same(plain)).to.equal(same(slow))
      }),
      { numRuns: 500 },
    )
  })

  for (const [what, text] of [
    ['an alias', 'a: &b c\nd: *b\n'],
    ['a merge key', 'a: {<<: {b: c}}\n'],
    ['a tag', 'a: !b c\n'],
    ['a key that is there twice', 'a: 1\na: 2\n'],
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['a list', '- a\n'],
    ['no document', '# a\n'],
    ['more levels than a stack holds', `a: ${'['.repeat(100_000)}`],
  ] as const) {
    it(`leaves ${what} to the slower one`, () => {
      expect(plainObject(text)).to.equal(undefined)
    })
  }
})
