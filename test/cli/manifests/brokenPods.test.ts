import { expect } from 'chai'
import { brokenPodsOf } from '../../../src/cli/manifests/brokenPods.ts'

const broken = { metadata: { name: 'api' }, spec: { containers: { name: 'a', image: 'redis:7' } } }
const ofWorkload = { metadata: { name: 'api' }, spec: { template: broken } }

describe('a Pod that cannot be read', () => {
  const cases: readonly (readonly [kind: string, manifest: object, path: string])[] = [
    ['Pod', broken, 'spec'],
    ['PodTemplate', { metadata: { name: 'api' }, template: broken }, 'template.spec'],
    [
      'CronJob',
      { metadata: { name: 'api' }, spec: { jobTemplate: ofWorkload } },
      'spec.jobTemplate.spec.template.spec',
    ],
    ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job'].map(
      (kind) => [kind, ofWorkload, 'spec.template.spec'] as const,
    ),
  ]
  for (const [kind, manifest, path] of cases) {
    it(`is told where the containers of a ${kind} are a map`, () => {
      expect(brokenPodsOf({ kind, ...manifest })).to.deep.equal([
        `${kind}/api: ${path}.containers: expected a list, not a map`,
      ])
    })
  }

  it('is told where they are a text, or nothing', () => {
    for (const containers of ['redis:7', null]) {
      expect(brokenPodsOf({ kind: 'Pod', spec: { containers } })).to.deep.equal([
        'Pod/*: spec.containers: expected a list, not a plain value',
      ])
    }
  })

  it('is told of each item of a list', () => {
    const items = [{ kind: 'Pod', ...broken }, { kind: 'Service' }, { kind: 'Pod', ...broken }, 5]
    expect(brokenPodsOf({ kind: 'List', items })).to.have.lengthOf(2)
  })

  it('is not found where a custom kind uses the key containers for something else, or a Pod has none', () => {
    expect(brokenPodsOf({ kind: 'Kafka', ...ofWorkload })).to.deep.equal([])
    expect(brokenPodsOf({ kind: 'Pod', metadata: { name: 'api' } })).to.deep.equal([])
    expect(brokenPodsOf(undefined)).to.deep.equal([])
  })
})
