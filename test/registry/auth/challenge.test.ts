import { expect } from 'chai'
import fc from 'fast-check'
import { parseChallenges } from '../../../src/registry/auth/challenge.ts'
import { challenge, challengeLine, formatChallenge, spelling } from './arbitraries.ts'

type Parsed = readonly (readonly [scheme: string, params?: Record<string, string>])[]

const hub = { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' }

const cases: readonly (readonly [what: string, lines: readonly string[], expected: Parsed])[] = [
  ['reads nothing from no line', [], []],
  ['reads nothing from an empty line', [''], []],
  [
    'reads quoted parameters with commas in them',
    [`Bearer realm="${hub.realm}",service="${hub.service}",scope="${hub.scope}"`],
    [['bearer', hub]],
  ],
  ['reads a scheme alone', ['Negotiate'], [['negotiate']]],
  [
    'reads unquoted parameters',
    ['Digest algorithm=SHA-256, stale=FALSE'],
    [['digest', { algorithm: 'SHA-256', stale: 'FALSE' }]],
  ],
  ['reads an empty quoted value', ['Basic realm=""'], [['basic', { realm: '' }]]],
  ['takes escapes out of quoted values', ['Basic realm="a \\"b\\" \\\\ c"'], [['basic', { realm: 'a "b" \\ c' }]]],
  [
    'ignores the case of schemes and names, and keeps that of values',
    ['BEARER Realm="X"'],
    [['bearer', { realm: 'X' }]],
  ],
  [
    'allows blanks around the equals sign',
    ['Bearer realm = "x" ,\tservice\t=\t"y"'],
    [['bearer', { realm: 'x', service: 'y' }]],
  ],
  ['skips empty list elements', [',, Bearer realm="x",, ,service="y",'], [['bearer', { realm: 'x', service: 'y' }]]],
  [
    'reads several challenges on one line',
    ['Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="Gitea"'],
    [
      ['bearer', { realm: 'https://codeberg.org/v2/token', service: 'container_registry', scope: '*' }],
      ['basic', { realm: 'Gitea' }],
    ],
  ],
  [
    'reads challenges on several lines',
    ['Basic realm="a"', 'Bearer realm="b"'],
    [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b' }],
    ],
  ],
  ['reads several lines as one list', ['Bearer realm="a"', 'service="b"'], [['bearer', { realm: 'a', service: 'b' }]]],
  [
    'reads challenges between schemes without parameters',
    ['Negotiate, Basic realm="x", NTLM'],
    [['negotiate'], ['basic', { realm: 'x' }], ['ntlm']],
  ],
  ['drops a token68', ['Negotiate YWJj, Basic realm="x"'], [['negotiate'], ['basic', { realm: 'x' }]]],
  [
    'drops a token68 with padding',
    ['Negotiate a/b+c==', 'Negotiate YWI=, Negotiate YQ==, Basic'],
    [['negotiate'], ['negotiate'], ['negotiate'], ['basic']],
  ],
  [
    'drops a token68 with blanks before the comma',
    ['Negotiate YWJj ,Basic', 'Negotiate YWJj\t,Basic', 'Negotiate YQ== ,Basic', 'Negotiate YQ==\t,Basic'],
    [['negotiate'], ['basic'], ['negotiate'], ['basic'], ['negotiate'], ['basic'], ['negotiate'], ['basic']],
  ],
  ['ends an unquoted value at a tab', ['Digest a=b\tc="d"'], [['digest', { a: 'b', c: 'd' }]]],
  [
    'reads a line that was folded',
    ['Bearer\r\n realm\r\n =\r\n "a",\r\n service=b\r\n ,Negotiate YWI=\r\n ,Negotiate YWI\r\n ,Basic'],
    [['bearer', { realm: 'a', service: 'b' }], ['negotiate'], ['negotiate'], ['basic']],
  ],
  ['takes the last of a parameter given twice', ['Bearer realm="a",Realm="b"'], [['bearer', { realm: 'b' }]]],
  [
    'knows a parameter by any name',
    ['Bearer constructor=a,toString="b"'],
    [['bearer', { constructor: 'a', tostring: 'b' }]],
  ],
  // What registries and proxies send although the grammar has no place for it.
  [
    'reads an unquoted URL',
    ['Bearer realm=https://x.test/y?z=1,service=s'],
    [['bearer', { realm: 'https://x.test/y?z=1', service: 's' }]],
  ],
  [
    'reads an empty value between others',
    ['Bearer service="a",realm=,scope=b'],
    [['bearer', { service: 'a', realm: '', scope: 'b' }]],
  ],
  [
    'reads an open quote to the end of its line',
    ['Bearer realm="a, b', 'Basic realm="c"'],
    [
      ['bearer', { realm: 'a, b' }],
      ['basic', { realm: 'c' }],
    ],
  ],
  ['drops a backslash at the end of an open quote', ['Bearer realm="a\\'], [['bearer', { realm: 'a' }]]],
  [
    'puts up with a missing comma between parameters',
    ['Bearer realm="a" service="b"'],
    [['bearer', { realm: 'a', service: 'b' }]],
  ],
  [
    'puts up with a missing comma between challenges',
    ['Bearer realm="a" Basic realm="b"'],
    [
      ['bearer', { realm: 'a' }],
      ['basic', { realm: 'b' }],
    ],
  ],
  [
    'reads the first word of an unquoted value with blanks',
    ['Basic realm=My Registry, charset="UTF-8"'],
    [['basic', { realm: 'My', charset: 'UTF-8' }]],
  ],
  ['skips parameters that belong to no scheme', ['realm="x", Basic'], [['basic']]],
  ['skips a quoted text that is no value', ['Basic, (x"y, Bearer z", Digest'], [['basic'], ['digest']]],
  ['skips what can be neither a scheme nor a name', ['(x), Basic r@alm="a", @@'], [['basic']]],
]

describe('parseChallenges', () => {
  for (const [what, lines, expected] of cases) {
    it(what, () => {
      expect(parseChallenges(lines)).to.deep.equal(expected.map(([scheme, params = {}]) => ({ scheme, params })))
    })
  }

  it('keeps a parameter called __proto__ to itself', () => {
    const [challenge] = parseChallenges(['Bearer __proto__="x"'])
    expect(Object.entries(challenge?.params ?? {})).to.deep.equal([['__proto__', 'x']])
    expect(Object.getPrototypeOf(challenge?.params)).to.equal(Object.prototype)
  })

  it('reads back what is written by the grammar', () => {
    fc.assert(
      fc.property(fc.array(challenge), fc.boolean(), spelling, (challenges, onOneLine, spelling) => {
        const lines = challenges.map((challenge) => formatChallenge(challenge, spelling))
        expect(parseChallenges(onOneLine ? [lines.join(spelling.comma)] : lines)).to.deep.equal(challenges)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.array(challengeLine), (lines) => {
        parseChallenges(lines)
      }),
    )
  })

  it('takes time in proportion to the length of its input', () => {
    // With quadratic time any one of these would take far longer than a test may.
    for (const piece of ['"', '=', ' ', ',', '\\', 'a ', 'a=', 'a="', '"\\', ' =', '= ', 'a b=c ', '== ', 'a=\t']) {
      parseChallenges([`Bearer x${piece.repeat(200_000 / piece.length)}`])
    }
    parseChallenges([`Bearer x${'='.repeat(100_000)}${' '.repeat(100_000)}x`])
  })
})
