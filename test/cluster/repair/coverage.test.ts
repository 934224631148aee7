import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { readCoverage, selects } from '../../../src/cluster/repair/coverage.ts'

const chartsOwn = readFileSync(
  new URL('../../../charts/image-proxy-webhook/templates/mutatingwebhookconfiguration.yaml', import.meta.url),
  'utf8',
)

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

describe('What a MutatingWebhookConfiguration covers', () => {
  const webhook = (namespace: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    objectSelector: { matchExpressions: [{ key: 'image-proxy-webhook/ignore', operator: 'NotIn', values: ['true'] }] },
    matchConditions: [{ name: 'not-ignored', expression: 'true' }],
  })
  const labels = (name: string) => ({ 'kubernetes.io/metadata.name': name })

  it('is a Pod that the selectors for namespaces and for objects both select', () => {
    const { covers } = readCoverage([webhook('a')])
    expect([
      covers(labels('a'), {}),
      covers(labels('b'), {}),
      covers(labels('a'), { 'image-proxy-webhook/ignore': 'true' }),
    ]).to.deep.equal([true, false, false])
  })

  it('is what any of its webhooks covers, and nothing where it has none', () => {
    expect(readCoverage([webhook('a'), webhook('b')]).covers(labels('b'), {})).to.be.true
    expect(readCoverage([]).covers({}, {})).to.be.false
  })

  it('is for the API server alone to judge where there is a condition that is not the chart’s', () => {
    const other = { ...webhook('a'), matchConditions: [{ name: 'no-istio', expression: 'true' }] }
    expect(readCoverage([webhook('a')]).hasForeignConditions).to.be.false
    expect(readCoverage([webhook('a'), other]).hasForeignConditions).to.be.true
  })

  it('knows every condition of the chart by its name', () => {
    const names = [...chartsOwn.matchAll(/^ {6}- name: (\S+)$/gm)].map(([, name = '']) => ({
      name,
      expression: 'true',
    }))
    expect(names).not.to.be.empty
    expect(readCoverage([{ matchConditions: names }]).hasForeignConditions).to.be.false
  })
})
