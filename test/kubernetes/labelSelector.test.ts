import { expect } from 'chai'
import { selects } from '../../src/kubernetes/labelSelector.ts'

describe('A label selector', () => {
  const expression = (operator: string, ...values: string[]) => ({
    matchExpressions: [{ key: 'tier', operator, values }],
  })
  const cases: readonly (readonly [string, object | undefined, object, boolean])[] = [
    ['that is absent', undefined, {}, true],
    ['that is empty', {}, { a: 'b' }, true],
    ['with an equal label', { matchLabels: { tier: 'web' } }, { tier: 'web' }, true],
    ['with a label of another value', { matchLabels: { tier: 'web' } }, { tier: 'db' }, false],
    ['with a label that is not there', { matchLabels: { tier: 'web' } }, {}, false],
    ['In a list with the value', expression('In', 'web', 'db'), { tier: 'db' }, true],
    ['In a list without the value', expression('In', 'web'), { tier: 'db' }, false],
    ['In a list, of a label that is not there', expression('In', 'web'), {}, false],
    ['NotIn a list with the value', expression('NotIn', 'web'), { tier: 'web' }, false],
    ['NotIn a list without the value', expression('NotIn', 'web'), { tier: 'db' }, true],
    ['NotIn a list, of a label that is not there', expression('NotIn', 'web'), {}, true],
    ['Exists, of a label that is there', expression('Exists'), { tier: '' }, true],
    ['Exists, of a label that is not there', expression('Exists'), {}, false],
    ['DoesNotExist, of a label that is there', expression('DoesNotExist'), { tier: 'x' }, false],
    ['DoesNotExist, of a label that is not there', expression('DoesNotExist'), {}, true],
    ['with an operator that nobody knows', expression('Like', 'web'), { tier: 'web' }, false],
    ['of which one of two parts holds', { matchLabels: { a: 'b' }, ...expression('Exists') }, { a: 'b' }, false],
  ]
  for (const [what, selector, labels, expected] of cases) {
    it(`${what} selects ${expected ? 'the labels' : 'nothing'}`, () => {
      expect(selects(selector, labels as never)).to.equal(expected)
    })
  }
})
