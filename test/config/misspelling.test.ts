import { expect } from 'chai'
import { meantBy } from '../../src/config/misspelling.ts'

describe('what a misspelled name means', () => {
  const candidates = ['deadline', 'timeout', 'perHost', 'id']
  const table: readonly (readonly [name: string, meant: string | undefined])[] = [
    ['deadlin', 'deadline'],
    ['deadlines', 'deadline'],
    ['dedaline', 'deadline'],
    ['DEADLINE', 'deadline'],
    ['per-host', 'perHost'],
    ['per_host', 'perHost'],
    ['deadXXX', undefined],
    // Two edits turn any two letters into any others.
    ['ab', undefined],
    ['x'.repeat(41), undefined],
  ]
  for (const [name, meant] of table) {
    it(`is ${meant ?? 'nothing known'} for ${name}`, () => {
      expect(meantBy(name, candidates)).to.equal(meant)
    })
  }
})
