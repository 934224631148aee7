import { expect } from 'chai'
import * as v from 'valibot'
import { knownKeys } from '../../src/config/keys.ts'
import { formatPath } from '../../src/config/shape.ts'

const schema = v.object({
  section: v.object({ deadline: v.exactOptional(v.string()) }),
  rules: v.exactOptional(v.array(v.object({ match: v.string() }))),
  map: v.exactOptional(v.record(v.string(), v.string())),
})

/** What is left of a value, and where something was reported. */
function known(value: unknown): { tree: unknown; reported: string[] } {
  const reported: string[] = []
  const tree = knownKeys(schema, value, (path) => reported.push(formatPath(path)))
  return { tree, reported }
}

describe('the known part of a configuration', () => {
  it('has an empty map for each section that is missing', () => {
    expect(known(undefined)).to.deep.equal({ tree: { section: {} }, reported: [] })
  })

  it('counts an empty key as absent', () => {
    expect(known({ section: { deadline: null }, rules: null })).to.deep.equal({ tree: { section: {} }, reported: [] })
  })

  it('leaves out a key that has no name in the schema, and reports it', () => {
    expect(known({ section: { deadlin: '1s' } })).to.deep.equal({
      tree: { section: {} },
      reported: ['section.deadlin'],
    })
  })

  it('leaves out the unknown keys of the items of a list, and reports each', () => {
    expect(known({ rules: [{ match: 'x', because: 'y' }] })).to.deep.equal({
      tree: { section: {}, rules: [{ match: 'x' }] },
      reported: ['rules[0].because'],
    })
  })

  it('reports a section that is no map', () => {
    expect(known({ section: 'x' }).reported).to.deep.equal(['section'])
  })

  it('reports a list in place of a map of values', () => {
    expect(known({ map: ['x'] }).reported).to.include('map')
  })

  it('reports a key that every object has', () => {
    expect(known(JSON.parse('{"map": {"__proto__": "x"}}')).reported).to.deep.equal(['map.__proto__'])
  })
})
