import { expect } from 'chai'
import * as v from 'valibot'
import { formatPath, isMap, isWithin, leavesOf, type Path } from '../../src/config/shape.ts'

describe('the path of a key', () => {
  const table: readonly (readonly [path: Path, text: string])[] = [
    [[], ''],
    [['check', 'cache', 'maxEntries'], 'check.cache.maxEntries'],
    [['policy', 'rules', 0, 'match'], 'policy.rules[0].match'],
    [['check', 'endpoints', 'docker.io'], 'check.endpoints["docker.io"]'],
    [['a b'], '["a b"]'],
    [['x'.repeat(41)], `["${'x'.repeat(41)}"]`],
  ]
  for (const [path, text] of table) {
    it(`is written ${text || 'as nothing where it is empty'}`, () => {
      expect(formatPath(path)).to.equal(text)
    })
  }

  it('is within itself and within each part of it', () => {
    const path = ['a', 'b', 1]
    expect([[], ['a'], ['a', 'b'], path].map((root) => isWithin(path, root))).to.deep.equal([true, true, true, true])
  })

  it('is not within what is beside it or below it', () => {
    expect([['b'], ['a', 'c'], ['a', 'b', 'c']].map((root) => isWithin(['a', 'b'], root))).to.deep.equal([
      false,
      false,
      false,
    ])
  })
})

describe('a map of YAML', () => {
  it('is an object', () => {
    expect(isMap({ a: 1 })).to.equal(true)
  })

  for (const [what, value] of [
    ['a list', []],
    ['null', null],
    ['a text', 'x'],
    ['a date', new Date()],
    ['an ordered map of YAML 1.1', new Map()],
  ] as const) {
    it(`is not ${what}`, () => {
      expect(isMap(value)).to.equal(false)
    })
  }
})

describe('the leaves of a schema', () => {
  it('are its keys that hold a value, in its order, whether they may be left out or not', () => {
    const schema = v.object({
      b: v.object({ c: v.optional(v.string(), 'x'), a: v.exactOptional(v.number()) }),
      a: v.array(v.object({ inner: v.string() })),
    })
    expect(leavesOf(schema).map(({ path, schema }) => [path.join('.'), schema.type])).to.deep.equal([
      ['b.c', 'string'],
      ['b.a', 'number'],
      ['a', 'array'],
    ])
  })
})
