import { expect } from 'chai'
import { ApiError, hasStatus, isTerminating, isTransient, refusal, unreachable } from '../../src/kubernetes/apiError.ts'

describe('A refusal by the API server, read from a Status', () => {
  it('says the status and the message', () => {
    const { message, status } = refusal(403, JSON.stringify({ reason: 'Forbidden', message: 'secrets is forbidden' }))
    expect([message, status]).to.deep.equal(['the API server answers 403: secrets is forbidden', 403])
  })

  it('has the reasons of its causes beside its own', () => {
    const details = { causes: [{ reason: 'NamespaceTerminating' }, { field: 'metadata' }] }
    expect(refusal(403, JSON.stringify({ reason: 'Forbidden', details })).reasons).to.deep.equal([
      'Forbidden',
      'NamespaceTerminating',
    ])
  })

  for (const status of [400, 422]) {
    it(`says its reasons alone, each once, for a ${status}, whose message quotes the object`, () => {
      const details = { causes: [{ reason: 'Invalid' }, { reason: 'FieldValueInvalid' }] }
      const body = JSON.stringify({ reason: 'Invalid', message: 'data: "CANARY-LICENSE-ID"', details })
      expect(refusal(status, body).message).to.equal(`the API server answers ${status}: Invalid, FieldValueInvalid`)
    })
  }

  for (const body of ['', '<html>', '[]', '{"message":5}']) {
    it(`says that no reason is given where the body is ${JSON.stringify(body)}`, () => {
      expect(refusal(503, body).message).to.equal('the API server answers 503: no reason given')
    })
  }

  const waits: readonly (readonly [header: string | undefined, milliseconds: number | undefined])[] = [
    ['2', 2000],
    ['0', undefined],
    ['-1', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    [undefined, undefined],
  ]
  for (const [header, milliseconds] of waits) {
    it(`asks to wait for ${milliseconds ?? 'no'} ms where Retry-After is ${header ?? 'absent'}`, () => {
      expect(refusal(429, '', header).retryAfter).to.equal(milliseconds)
    })
  }
})

describe('A request that got no answer', () => {
  it('has status 0', () => {
    expect(unreachable(new Error('x')).status).to.equal(0)
  })

  it('is told by what caused it where its own message is a general one', () => {
    const error = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED 10.0.0.1:443') })
    expect(unreachable(error).message).to.equal('the API server cannot be reached: connect ECONNREFUSED 10.0.0.1:443')
  })

  it('is told by its own message where no other error caused it', () => {
    expect(unreachable(new Error('aborted', { cause: 'x' })).message).to.equal(
      'the API server cannot be reached: aborted',
    )
  })
})

describe('An error of the API server', () => {
  for (const status of [0, 429, 500, 503, 599]) {
    it(`may be gone at the next attempt with status ${status}`, () => {
      expect(isTransient(new ApiError('', status))).to.be.true
    })
  }

  for (const status of [400, 403, 404, 409, 410, 422, 499]) {
    it(`stays at the next attempt with status ${status}`, () => {
      expect(isTransient(new ApiError('', status))).to.be.false
    })
  }

  it('is transient in no other class: a bug is not tried again', () => {
    expect(isTransient(new TypeError('x is not a function'))).to.be.false
  })

  it('has one of several statuses', () => {
    const error = new ApiError('', 409)
    expect([hasStatus(error, 404, 409), hasStatus(error, 404), hasStatus({ status: 409 }, 409)]).to.deep.equal([
      true,
      false,
      false,
    ])
  })

  it('says that the namespace is going away by a cause alone', () => {
    expect(isTerminating(new ApiError('', 403, ['Forbidden', 'NamespaceTerminating']))).to.be.true
    expect(isTerminating(new ApiError('', 403, ['Forbidden']))).to.be.false
  })
})
