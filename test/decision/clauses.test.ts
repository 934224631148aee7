import { expect } from 'chai'
import { anonymousClauses, refusalClause } from '../../src/decision/clauses.ts'

describe('the clause about an image', () => {
  it('says of a registry that could not be asked nothing about credentials', () => {
    expect(anonymousClauses.unknown).not.to.match(/credentials/)
  })

  it('tells an image that the proxy does not find from one that the license does not grant', () => {
    expect(refusalClause({ reason: 'not-found' })).to.match(/^the proxy does not find it/)
    expect(refusalClause({ reason: 'unauthorized' })).to.match(/^the license does not grant it/)
  })

  for (const reason of ['not-found', 'unauthorized'] as const) {
    it(`names a registry that is not linked as a cause where the reason is ${reason}, since a proxy answers either for it`, () => {
      expect(refusalClause({ reason })).to.match(/not linked/)
    })
  }
})
