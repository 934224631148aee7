import { expect } from 'chai'
import { toTransportError, TransportError } from '../../src/network/errors.ts'

const withCode = (code: string, message = 'what happened') => Object.assign(new Error(message), { code })

describe('the TransportError for', () => {
  const rows: readonly (readonly [code: string, reason: string])[] = [
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['ETIMEDOUT', 'timeout'],
    ['HPE_INVALID_CONSTANT', 'unexpected-answer'],
    ['UND_ERR_HEADERS_OVERFLOW', 'unexpected-answer'],
    ['UND_ERR_INVALID_ARG', 'unexpected-answer'],
    ['ERR_ASSERTION', 'unexpected-answer'],
    ['UND_ERR_SOCKET', 'connection'],
    ['UND_ERR_DESTROYED', 'connection'],
    ['ERR_HTTP2_STREAM_ERROR', 'connection'],
    ['ECONNREFUSED', 'connection'],
    ['ECONNRESET', 'connection'],
    ['EHOSTUNREACH', 'connection'],
    ['EPROTO', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ]
  for (const [code, reason] of rows) {
    it(`${code} has the reason ${reason}`, () => {
      expect(toTransportError(withCode(code)).reason).to.equal(reason)
    })
  }

  it('an error of the HTTP parser without a code has the reason unexpected-answer', () => {
    const error = Object.assign(new Error('garbage'), { name: 'HTTPParserError' })
    expect(toTransportError(error).reason).to.equal('unexpected-answer')
  })

  it('an assertion of which Node.js cannot read the source has the reason unexpected-answer', () => {
    expect(toTransportError(new SyntaxError('Expecting Unicode escape sequence')).reason).to.equal('unexpected-answer')
  })

  it('an error without a message has its code for one', () => {
    expect(toTransportError(withCode('ECONNREFUSED', '')).message).to.equal('ECONNREFUSED')
  })

  it('a TransportError is itself', () => {
    const error = new TransportError('dns', 'no such host')
    expect(toTransportError(error)).to.equal(error)
  })

  it('a fault of the program does not exist: it is thrown on', () => {
    const fault = new TypeError('undefined is not a function')
    expect(() => toTransportError(fault)).to.throw(fault)
  })
})
