import fc from 'fast-check'
import type { Challenge } from '../../../src/registry/auth/challenge.ts'

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,12}$/)

/** Any challenge that the grammar of RFC 9110 knows. */
export const challenge: fc.Arbitrary<Challenge> = fc.record(
  {
    scheme: token,
    params: fc.dictionary(token, fc.stringMatching(/^[\t -~\x80-\xff]*$/), { noNullPrototype: true }),
  },
  { noNullPrototype: true },
)

const pieces = fc.constantFrom('Bearer', 'realm', '=', '"', '\\', ',', ' ', '\t', 'x', '==', '\u0000', '\u{1f600}')

/** Any line, and much that is nearly a challenge. */
export const challengeLine = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces).map((parts) => parts.join('')),
)

/** What the grammar leaves to who writes a challenge. */
interface Spelling {
  readonly comma: string
  readonly equals: string
  readonly space: string
  readonly upperCase: boolean
  /** Whether each character of a quoted value is escaped, which only quotes and backslashes need. */
  readonly escapesAll: boolean
  /** Whether values are quoted that need no quotes. */
  readonly quotesAll: boolean
}

export const spelling: fc.Arbitrary<Spelling> = fc.record({
  comma: fc.constantFrom(',', ', ', ' ,\t', ', ,', '\t,,,'),
  equals: fc.constantFrom('=', ' = ', '\t=', '=\t'),
  space: fc.constantFrom(' ', '  ', ' , ,'),
  upperCase: fc.boolean(),
  escapesAll: fc.boolean(),
  quotesAll: fc.boolean(),
})

/** A challenge as a line of `WWW-Authenticate`. */
export function formatChallenge({ scheme, params }: Challenge, spelling: Spelling): string {
  const cased = (name: string) => (spelling.upperCase ? name.toUpperCase() : name)
  const escaped = (value: string) => value.replace(spelling.escapesAll ? /[^]/g : /["\\]/g, '\\$&')
  const isToken = (value: string) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)
  const written = (value: string) => (isToken(value) && !spelling.quotesAll ? value : `"${escaped(value)}"`)
  const pairs = Object.entries(params).map(([name, value]) => `${cased(name)}${spelling.equals}${written(value)}`)
  return cased(scheme) + (pairs.length === 0 ? '' : spelling.space + pairs.join(spelling.comma))
}
