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

/** A challenge as a line of `WWW-Authenticate`. */
export function formatChallenge({ scheme, params }: Challenge): string {
  const pairs = Object.entries(params).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
  return `${scheme} ${pairs.join(', ')}`.trimEnd()
}
