import { expect } from 'chai'
import { warnings } from '../../src/decision/warnings.ts'
import type { VerdictReason } from '../../src/decision/verdict.ts'
import { anonymous, proxy } from '../support/decisions.ts'

describe('a warning', () => {
  it('reads the same whether a host refused, timed out, was blocked or has no name', () => {
    const reasons: VerdictReason[] = [
      'connection',
      'timeout',
      'blocked-address',
      'dns',
      'tls',
      'deadline',
      'server-error',
    ]
    const sentences = reasons.map((reason) => warnings.undecided('10.0.0.1/a/b', anonymous('unknown', reason)))
    expect(new Set(sentences)).to.have.lengthOf(1)
  })

  it('says when a registry limits requests, and of nothing else that it does', () => {
    expect(warnings.undecided('redis', anonymous('unknown', 'rate-limited'))).to.include('limits requests')
    expect(warnings.undecided('redis', anonymous('unknown', 'timeout'))).not.to.include('limits requests')
  })

  for (const [access, isSaid] of [
    ['private', true],
    ['missing', false],
    ['unknown', false],
  ] as const) {
    it(`says ${isSaid ? '' : 'nothing '}of the proxy where an image is left alone that is ${access}`, () => {
      expect(warnings.undecided('quay.io/a/b', anonymous(access)).includes('proxy')).to.equal(isSaid)
    })
  }

  const texts: readonly (readonly [what: string, text: string, quoted: string])[] = [
    ['72 characters whole', 'x'.repeat(72), `"${'x'.repeat(72)}"`],
    ['73 characters cut off', 'x'.repeat(73), `"${'x'.repeat(72)}..."`],
    ['the first and the last printable character', ' ~', '" ~"'],
    ['control characters as question marks', '\x1f\x7f\x1b[2J\n', '"???[2J?"'],
    ['other alphabets as question marks', 'ä漢', '"??"'],
  ]
  for (const [what, text, quoted] of texts) {
    it(`shows ${what}`, () => {
      expect(warnings.invalid(text, 'no reference')).to.include(`image ${quoted} is left alone`)
    })
  }

  it('tells a refused license from an image that the proxy does not find', () => {
    const denied = warnings.refused('quay.io/a/b', anonymous('private'), proxy('refused', 'denied'))
    const absent = warnings.refused('quay.io/a/b', anonymous('private'), proxy('refused', 'not-found'))
    expect(denied).to.include('license').and.include('expired')
    expect(absent).to.include('does not find it')
  })

  it('fits what the API server passes on: 256 printable ASCII characters', () => {
    const image = `quay.io/${'ä\n'.repeat(500)}`
    const sentences = [
      warnings.invalid(image, 'invalid reference'),
      warnings.refused(image, anonymous('missing'), proxy('refused', 'not-found')),
      warnings.refused(image, anonymous('private'), proxy('refused')),
      warnings.undecided(image, anonymous('private')),
      warnings.noPullSecret(image, 'x'.repeat(253)),
      warnings.audit(image, image),
    ]
    for (const sentence of sentences) expect(sentence).to.match(/^[\x20-\x7e]{20,256}$/)
  })
})
