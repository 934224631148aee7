import { expect } from 'chai'
import { isLater } from '../../src/kubernetes/resourceVersion.ts'

describe('One version of an object of the API server', () => {
  const order: readonly (readonly [version: string, than: string | undefined, later: boolean])[] = [
    ['10', '9', true],
    ['9', '10', false],
    ['10', '10', false],
    ['18446744073709551617', '18446744073709551616', true],
    ['10', undefined, false],
    ['10', '', false],
    ['', '9', false],
    ['b', 'a', false],
  ]
  for (const [version, than, later] of order) {
    it(`is ${later ? '' : 'not '}later than another one: "${version}" and ${than === undefined ? 'none' : `"${than}"`}`, () => {
      expect(isLater(version, than)).to.equal(later)
    })
  }
})
