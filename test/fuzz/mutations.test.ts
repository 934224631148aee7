import fc from 'fast-check'
import { expect } from 'chai'
import { mutated, toJson, toYaml } from './mutations.ts'

const MB = 1_000_000

/** Many documents with up to four changes to this one. */
const mutationsOf = (document: unknown) => fc.sample(mutated([document]), { numRuns: 500, seed: 1 })

describe('a mutated document', () => {
  it('is the same for the same seed, whatever documents were made before', () => {
    const made = () => mutationsOf({ a: {}, b: [] }).map((document) => toJson(document))
    expect(made()).to.deep.equal(made())
  })
  it('has no more than some megabytes of JSON, however often what is long is repeated', () => {
    const sizes = mutationsOf([['x'.repeat(70_000)]]).map((document) => toJson(document).length)
    expect(Math.max(...sizes)).to.be.within(MB, 10 * MB)
  })
  it('has no more than 400 000 characters of YAML, however often what is nested deeply is repeated', () => {
    const sizes = mutationsOf([['nested 100000']]).map((document) => toYaml(document).length)
    expect(Math.max(...sizes)).to.equal(400_000)
  })
})
