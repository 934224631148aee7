import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { readCoverage } from '../../../src/cluster/repair/coverage.ts'

const chartsOwn = readFileSync(
  new URL('../../../charts/image-proxy-webhook/templates/mutatingwebhookconfiguration.yaml', import.meta.url),
  'utf8',
)

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
