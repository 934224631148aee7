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
    it(`finds nothing in ${value === undefined ? 'nothing' : JSON.stringify(value)}`, () => {
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
    const annotations = summarizeAnnotations({
      metadata: { annotations: { 'image-proxy-webhook/original-images': original } },
    })
    expect(recordOriginals(annotations, [rewritten('api', 'quay.io/a/b')])).to.equal(original)
  })

  it('records nothing of a container without a name', () => {
    expect(recordOriginals(undefined, [rewritten('', 'quay.io/a/b')])).to.equal(undefined)
  })
})
