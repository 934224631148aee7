import { expect } from 'chai'
import { arrayAt, isObject, objectAt, parseObject, textAt } from '../src/json.ts'

/** What JSON can hold, and nothing. */
const values: readonly unknown[] = [undefined, null, true, 7, 'text', '', [], ['a'], {}, { a: 1 }]
const written = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

for (const value of values) {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)

  describe(`JSON of unknown shape that holds ${written(value)}`, () => {
    it(`is ${isMap ? 'an' : 'no'} object`, () => {
      expect([isObject(value), objectAt({ key: value }, 'key')]).to.deep.equal([isMap, isMap ? value : undefined])
    })

    it(`has ${Array.isArray(value) ? 'its' : 'no'} elements where an array is looked for`, () => {
      expect(arrayAt({ key: value }, 'key')).to.deep.equal(Array.isArray(value) ? value : [])
    })

    it(`is ${typeof value === 'string' ? 'the' : 'no'} text where one is looked for`, () => {
      expect(textAt({ key: value }, 'key')).to.equal(typeof value === 'string' ? value : undefined)
    })

    it('is looked into by any key without an error', () => {
      expect([objectAt(value, 'key'), arrayAt(value, 'key'), textAt(value, 'key')]).to.deep.equal([
        undefined,
        [],
        undefined,
      ])
    })
  })
}

describe('A text that should hold a JSON object', () => {
  it('is read where it does', () => {
    expect(parseObject('{"a":[1]}')).to.deep.equal({ a: [1] })
  })

  for (const text of ['', '{', 'null', '[]', '"{}"', '{} {}']) {
    it(`is undefined, and no error, where it is ${JSON.stringify(text)}`, () => {
      expect(parseObject(text)).to.equal(undefined)
    })
  }
})
