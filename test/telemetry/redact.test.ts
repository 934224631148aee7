import { expect } from 'chai'

import { describeError, redact } from '../../src/telemetry/redact.ts'

const canary = 'c4n4ry'

const names = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'auth',
  'password',
  'token',
  'access_token',
  'identitytoken',
  'apiKey',
  'secret',
  'licenseId',
  'licenseID',
  'license_id',
  'LICENSE_ID',
  'dockerconfigjson',
  '.dockerconfigjson',
]

const shapes: readonly (readonly [what: string, around: (name: string) => unknown])[] = [
  ['at the top', (name) => ({ [name]: canary })],
  ['four levels down', (name) => ({ a: [{ b: { c: [{ [name]: canary }] } }] })],
  ['over a list', (name) => ({ [name]: [canary, canary] })],
  ['over a map', (name) => ({ [name]: { [canary]: canary } })],
]

describe('redact', () => {
  for (const name of names) {
    for (const [what, around] of shapes) {
      it(`hides the value of ${name} ${what}`, () => {
        const clean = redact(`${JSON.stringify({ level: 'info', ...(around(name) as object) })}\n`)
        expect(clean).not.to.include(canary)
        expect(JSON.parse(clean)).to.include({ level: 'info' })
      })
    }
  }

  for (const text of [
    `failed: Basic ${canary}`,
    `failed: "Bearer ${canary}.x-y_z/+=="`,
    `authorization: bearer ${canary}`,
    `fetch https://user:${canary}@a.example/v2/ failed`,
    `fetch https://${canary}@a.example/v2/ failed`,
  ]) {
    it(`hides the credentials in the text ${text.replace(canary, '…')}`, () => {
      expect(redact(`${JSON.stringify({ msg: text, deep: [{ text }] })}\n`)).not.to.include(canary)
    })
  }

  for (const line of [
    {
      level: 'info',
      image: 'quay.io/my-org/token:v1',
      namespace: 'auth',
      msg: 'the token of auth.example is refreshed',
    },
    { images: [{ image: 'a@sha256:0', cached: true, location: 'proxy.example/proxy/app/a' }], step: 'proxy-token' },
    { url: 'https://auth.example/token', license: 'read', secretName: 'my-app-registry' },
  ]) {
    it(`leaves ${JSON.stringify(line)} as it is`, () => {
      const text = `${JSON.stringify(line)}\n`
      expect(redact(text)).to.equal(text)
    })
  }
})

describe('describeError', () => {
  it('tells type, message, code and stack, and of causes the same', () => {
    const cause = Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED' })
    const described = describeError(new Error('no answer', { cause }))
    expect(described).to.deep.include({ type: 'Error', message: 'no answer' })
    expect(described).to.have.property('stack').that.includes('redact.test.ts')
    expect(described).to.have.property('cause').that.includes({ type: 'TypeError', code: 'ECONNREFUSED' })
  })

  it('tells nothing else, such as the request of an HTTP client', () => {
    const error = Object.assign(new Error('x'), { request: { headers: { cookie: canary } }, body: canary })
    expect(JSON.stringify(describeError(error))).not.to.include(canary)
  })

  it('ends where causes go in a circle', () => {
    const error = new Error('x')
    error.cause = error
    expect(JSON.stringify(describeError(error))).to.be.a('string')
  })

  it('takes what is no error', () => {
    expect([describeError('text'), describeError({ canary }), describeError(undefined)]).to.deep.equal([
      'text',
      { type: 'object' },
      { type: 'undefined' },
    ])
  })
})
