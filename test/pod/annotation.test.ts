import { expect } from 'chai'
import { readOriginals, recordOriginals, summarizeAnnotations } from '../../src/pod/annotation.ts'
import type { DecidedImage } from '../../src/pod/images.ts'

const rewritten = (name: string, image: string): DecidedImage => ({
  position: { list: 'containers', index: 0, name, image },
  decision: { image, action: 'rewrite', reason: 'private', location: `proxy.example/${image}` },
})

describe('reading the record of original images', () => {
  it('takes the texts of a JSON object', () => {
    expect([...readOriginals('{"api":"quay.io/a/b","other":7}')]).to.deep.equal([['api', 'quay.io/a/b']])
  })

  for (const value of [undefined, null, '', 'no JSON', '[]', '"text"']) {
    it(`finds no image in a record that is ${value === undefined ? 'absent' : JSON.stringify(value)}`, () => {
      expect([...readOriginals(value)]).to.deep.equal([])
    })
  }
})

describe('recording original images', () => {
  it('records what is rewritten where a Pod has no annotations', () => {
    expect(recordOriginals(undefined, [rewritten('api', 'quay.io/a/b')])).to.equal('{"api":"quay.io/a/b"}')
  })

  it('leaves the record as it is written where nothing new is to be told', () => {
    const original = '{ "api": "quay.io/a/b" }'
    const metadata = { annotations: { 'image-proxy-webhook/original-images': original } }
    const annotations = summarizeAnnotations({ metadata }, true)
    expect(recordOriginals(annotations, [rewritten('api', 'quay.io/a/b')])).to.equal(original)
  })

  const left = (name: string, image: string): DecidedImage => ({
    position: { list: 'containers', index: 1, name, image },
    decision: { image, action: 'leave', reason: 'public' },
  })
  const recorded = (original: unknown, rest: object = {}) =>
    summarizeAnnotations(
      { metadata: { annotations: { 'image-proxy-webhook/original-images': original, ...rest } } },
      true,
    )

  it('tells of an image that is rewritten before one of which nothing was recorded', () => {
    const outcomes = [rewritten('api', 'quay.io/a/b'), left('web', 'redis')]
    expect(recordOriginals(recorded('{"api":"quay.io/a/old"}'), outcomes)).to.equal('{"api":"quay.io/a/b"}')
  })

  it('keeps what is rewritten where another container of the same name is left', () => {
    const outcomes = [rewritten('api', 'quay.io/a/b'), left('api', 'redis')]
    expect(recordOriginals(recorded('{"web":"quay.io/a/web"}'), outcomes)).to.equal(
      '{"web":"quay.io/a/web","api":"quay.io/a/b"}',
    )
  })

  it('adds nothing to the annotations of a Pod that could not be stored', () => {
    const annotations = summarizeAnnotations({ metadata: { annotations: { theirs: 'x' } } }, false)
    expect(recordOriginals(annotations, [rewritten('api', 'quay.io/a/b')])).to.equal(undefined)
  })

  it('counts no byte of the record that it replaces', () => {
    const old = JSON.stringify({ api: `quay.io/a/${'x'.repeat(200 * 1024)}` })
    const theirs = 'x'.repeat(100 * 1024)
    expect(recordOriginals(recorded(old, { theirs }), [rewritten('api', 'quay.io/a/b')])).to.equal(
      '{"api":"quay.io/a/b"}',
    )
  })

  it('keeps nothing of a record that is longer than Kubernetes lets all annotations be', () => {
    const old = JSON.stringify({ web: `quay.io/a/${'x'.repeat(256 * 1024)}` })
    expect(recordOriginals(recorded(old), [rewritten('api', 'quay.io/a/b')])).to.equal('{"api":"quay.io/a/b"}')
  })

  it('counts annotations that are texts, and no others', () => {
    expect(recorded(undefined, { a: 'é', b: 7, c: null, d: ['x'] })?.otherBytes).to.equal(3)
  })

  it('records nothing of a container without a name', () => {
    expect(recordOriginals(undefined, [rewritten('', 'quay.io/a/b')])).to.equal(undefined)
  })
})
