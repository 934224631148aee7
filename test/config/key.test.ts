import { expect } from 'chai'
import * as v from 'valibot'
import { key, keyWithout, requiredKey } from '../../src/config/key.ts'
import { valueSchema } from '../../src/config/shape.ts'

describe('a key of the configuration', () => {
  const schema = v.object({
    given: key('With a default.', v.string(), 'x'),
    optional: keyWithout('Without one.', v.string(), 'something else'),
    required: requiredKey('Must be there.', v.string()),
  })

  it('has its default where it is left out, or no value where it has none', () => {
    expect(v.parse(schema, { required: 'y' })).to.deep.equal({ given: 'x', required: 'y' })
  })

  it('must be there where it is required', () => {
    expect(v.safeParse(schema, {}).success).to.equal(false)
  })

  it('is described', () => {
    const described = Object.values(schema.entries).map((entry) => v.getDescription(valueSchema(entry)))
    expect(described).to.deep.equal(['With a default.', 'Without one.', 'Must be there.'])
  })

  it('tells in words what counts where it is left out', () => {
    expect(v.getMetadata(valueSchema(schema.entries.optional))).to.deep.equal({ fallback: 'something else' })
  })
})
