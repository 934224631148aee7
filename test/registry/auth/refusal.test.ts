import { expect } from 'chai'
import { interpretFailure, interpretForbidden, interpretTokenRefusal } from '../../../src/registry/auth/refusal.ts'
import type { TransportResponse } from '../../../src/network/transport.ts'

function response(status: number, body = '', headers: TransportResponse['headers'] = {}): TransportResponse {
  return { status, headers, body, network: 'public' }
}
const errors = (...codes: readonly string[]) => JSON.stringify({ errors: codes.map((code) => ({ code })) })

describe('a token endpoint that gives no token', () => {
  const rows: readonly (readonly [status: number, body: string, anonymous: string, licensed: string])[] = [
    [200, '{}', 'unknown no-token', 'unknown no-token'],
    [302, '', 'unknown bad-redirect', 'unknown bad-redirect'],
    [400, '', 'unknown unexpected-answer', 'unknown unexpected-answer'],
    [401, '', 'denied unauthorized', 'denied unauthorized'],
    [403, '<html>', 'unknown forbidden', 'denied denied'],
    [403, errors('DENIED'), 'denied denied', 'denied denied'],
    [404, '', 'denied denied', 'missing not-found'],
    [429, '', 'unknown rate-limited', 'unknown rate-limited'],
    [503, '', 'unknown server-error', 'unknown server-error'],
  ]
  for (const [status, body, anonymous, licensed] of rows) {
    for (const [isLicensed, expected] of [
      [false, anonymous],
      [true, licensed],
    ] as const) {
      it(`and answers ${`${status} ${body}`.trim()} means ${expected}, asked ${isLicensed ? 'with' : 'without'} credentials`, () => {
        const { access, reason } = interpretTokenRefusal(response(status, body), isLicensed)
        expect(`${access} ${reason}`).to.equal(expected)
      })
    }
  }
})

describe('a 403', () => {
  const rows: readonly (readonly [what: string, body: string, access: string])[] = [
    ['with the error DENIED', errors('DENIED'), 'denied'],
    ['with the error UNAUTHORIZED', errors('UNAUTHORIZED'), 'denied'],
    ['with DENIED among other errors', errors('TOOMANYREQUESTS', 'DENIED'), 'denied'],
    ['with another error', errors('TOOMANYREQUESTS'), 'unknown'],
    ['with an error in lower case', errors('denied'), 'unknown'],
    ['with a page of a firewall', '<html>DENIED</html>', 'unknown'],
    ['with errors that are no list', '{"errors":"DENIED"}', 'unknown'],
    ['with nothing', '', 'unknown'],
  ]
  for (const [what, body, access] of rows) {
    it(`${what} means ${access}`, () => {
      expect(interpretForbidden(response(403, body)).access).to.equal(access)
    })
  }
})

describe('a status that is no success', () => {
  const rows: readonly (readonly [status: number, reason: string])[] = [
    [204, 'unexpected-answer'],
    [304, 'unexpected-answer'],
    [405, 'unexpected-answer'],
    [408, 'server-error'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [799, 'server-error'],
  ]
  for (const [status, reason] of rows) {
    it(`is unknown (${reason}) where it is ${status}`, () => {
      expect(interpretFailure(response(status))).to.deep.equal({ access: 'unknown', reason })
    })
  }

  it('keeps the Retry-After of a 429 as it was sent', () => {
    expect(interpretFailure(response(429, '', { 'retry-after': 'soon' })).retryAfter).to.equal('soon')
  })

  it('keeps no Retry-After of anything else', () => {
    expect(interpretFailure(response(503, '', { 'retry-after': '9' }))).not.to.have.property('retryAfter')
  })
})
