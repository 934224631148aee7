import { expect } from 'chai'
import fc from 'fast-check'
import { parseDocument, stringify } from 'yaml'
import { plainObject, simpleObject } from '../src/plainYaml.ts'

/** What the slower parser reads, and undefined where it finds a fault or no object. */
function read(text: string, { merge = true } = {}): unknown {
  const document = parseDocument(text, { merge, logLevel: 'silent' })
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

describe('The reader of simple YAML', () => {
  const settings = {
    appSlug: 'my-app',
    proxy: { template: '{domain}/proxy/{appSlug}/{image}', otherDomains: [] },
    server: { port: 8443, tls: { minVersion: '1.2' } },
    policy: { rules: [{ match: ['quay.io/*', 'a:5000/b'], action: 'leave' }], default: 'rewrite' },
    check: { perHost: 4, timeout: '2s', endpoints: {}, allowedNetworks: [], caFile: null },
  }

  for (const [what, text] of [
    ['lines of keys and values', stringify(settings)],
    ['lines with quotes', stringify(settings, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })],
    ['JSON on one line', JSON.stringify(settings)],
    ['JSON on many lines', JSON.stringify(settings, null, 2)],
    ['comments', `# The webhook's.\n${stringify(settings).replaceAll('\n', ' # a: b\n')}\n`],
    ['lists in lists', 'a:\n  - - b\n    - c\n  - - d\n'],
  ] as const) {
    it(`takes ${what}`, () => {
      expect(simpleObject(text))
        .to.deep.equal(read(text, { merge: false }))
        .and.not.to.equal(undefined)
    })
  }

  for (const [what, text] of [
    ['a block of text', 'a: |\n  b\n'],
    ['a list in brackets', 'a: [b, c]\n'],
    ['a tab', 'a:\n  \tb: c\n'],
    ['a carriage return', 'a: 1\r\n'],
    ['a carriage return between values of JSON', '{"a":\r1}'],
    ['an anchor', 'a: &b c\n'],
    ['a key that is null', 'a: 1\nnull: 2\n'],
    ['a key that is empty', 'a: 1\n: 2\n'],
    ['a key of more than a Secret may have', `${'a'.repeat(254)}: 1\n`],
    ['a value of more lines than one', 'a: b\n  c\n'],
    ['a value in quotes and more', 'a:\n- "b"c: d\n'],
    ['letters of other languages', 'a: \u00e4\n'],
    ['a directive', '%YAML 1.1\n---\na: 1\n'],
    ['a key that is there twice in JSON', '{"a": 1, "a": 2}'],
    ['a key that is there twice', 'a: 1\na: 2\n'],
  ] as const) {
    it(`leaves ${what} to the slower one`, () => {
      expect(simpleObject(text)).to.equal(undefined)
    })
  }

  /** Texts that are nearly simple, so that a part of them is. */
  const lines = fc
    .array(
      fc.constantFrom(
        ...[
          'a',
          'b',
          ': ',
          ':\n',
          '\n',
          '\n  ',
          '\n    ',
          '- ',
          ' # c',
          '#',
          '"',
          "'",
          '{}',
          '[]',
          '\n- ',
          ', ',
          '1',
          'a: ',
          'b: ',
        ],
        ...[
          '\n- a: ',
          '\n  - b: ',
          '\na: ',
          '\n  b: ',
          'a:\n  ',
          'b:\n    ',
          '.',
          '!',
          '&a ',
          '---',
          '...',
          'null',
          '~',
          '? ',
          ':',
        ],
        ...[
          '-',
          '<<',
          '0o7',
          '=',
          ' ',
          'true',
          '1e3',
          "''",
          '"a"',
          "'b'",
          '|',
          '>',
          ',',
          '`',
          '- - ',
          '\t',
          '\r\n',
          '\r',
        ],
      ),
      { maxLength: 12 },
    )
    .map((pieces) => pieces.join(''))
  const json = fc
    .array(
      fc.constantFrom(
        ...[
          '"a"',
          '"b"',
          ':',
          ',',
          '{',
          '}',
          '[',
          ']',
          ' ',
          '\n',
          '\t',
          '\r',
          '1',
          '1e400',
          '-0',
          '12345678901234567890',
          'null',
        ],
        ...[
          '"\\/"',
          '"\\ud800"',
          '"__proto__"',
          '"\u2028"',
          '"<<"',
          '"null"',
          '""',
          '"#"',
          '{"a":1}',
          '"a":[]',
          '"b" : 1',
        ],
      ),
      { maxLength: 9 },
    )
    .map((pieces) => `{"k":${pieces.join('')}}`)
  const written = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))

  it('reads what it reads as the slower one does, however odd the text is', () => {
    const text = fc.oneof(
      ...['', 'k:\n  ', 'k: ', 'a:\n- '].map((start) => lines.map((rest) => start + rest)),
      json,
      written.map((value) => stringify(value)),
      written.map((value) => JSON.stringify(value, null, 1)),
    )
    fc.assert(
      fc.property(text, (text) => {
        const simple = simpleObject(text)
        if (simple !== undefined) expect(JSON.stringify(simple)).to.equal(JSON.stringify(read(text, { merge: false })))
      }),
      { numRuns: 2000 },
    )
  })
})
