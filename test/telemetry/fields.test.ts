import { expect } from 'chai'
import * as fc from 'fast-check'
import { excerpt } from '../../src/telemetry/fields.ts'

const jsonBytes = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2

describe('an excerpt', () => {
  it('is the text itself where its JSON has no more than so many bytes', () => {
    const texts = ['quay.io/a/b:1', 'x'.repeat(100), 'ä'.repeat(50), '\n'.repeat(16), '"'.repeat(50), '']
    expect(texts.map((text) => excerpt(text, 100))).to.deep.equal(texts)
  })

  it('is cut before the first character whose JSON has no room', () => {
    expect(excerpt('x'.repeat(101), 100)).to.equal(`${'x'.repeat(100)}...`)
    expect(excerpt('\u0000'.repeat(17), 100)).to.equal(`${'\u0000'.repeat(16)}...`)
    expect(excerpt('€'.repeat(34), 100)).to.equal(`${'€'.repeat(33)}...`)
  })

  it('has never more than so many bytes as JSON and three dots, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(300), (text, longest) => {
        expect(jsonBytes(excerpt(text, longest))).to.be.at.most(longest + 3)
      }),
    )
  })

  it('is bounded for halves of surrogate pairs as well', () => {
    expect(jsonBytes(excerpt('\ud800'.repeat(100), 60))).to.be.at.most(63)
  })
})
