import { expect } from 'chai'
import { podsOf, type FoundPod } from '../../src/cli/pods.ts'

const spec = { containers: [{ name: 'a', image: 'redis:7' }] }
const template = { metadata: { labels: { app: 'a' } }, spec }
const named = { metadata: { name: 'api' } }

describe('the Pods of a manifest', () => {
  const kinds: readonly [kind: string, manifest: object, path: FoundPod['path']][] = [
    ['Pod', { spec }, []],
    ['PodTemplate', { template }, ['template']],
    ['CronJob', { spec: { jobTemplate: { spec: { template } } } }, ['spec', 'jobTemplate', 'spec', 'template']],
    ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'Rollout'].map(
      (kind): [string, object, FoundPod['path']] => [kind, { spec: { template } }, ['spec', 'template']],
    ),
  ]
  for (const [kind, manifest, path] of kinds) {
    it(`are found in a ${kind}`, () => {
      const [pod, ...others] = podsOf({ kind, ...named, ...manifest })
      expect(others).to.be.empty
      expect(pod).to.deep.include({ workload: `${kind}/api`, path })
      expect(pod?.pod['spec']).to.equal(spec)
    })
  }

  it('are found in lists, and in lists within lists', () => {
    const pod = { kind: 'Pod', metadata: { generateName: 'job-', namespace: 'batch' }, spec }
    const manifest = { kind: 'List', items: [{ kind: 'ConfigMap' }, { kind: 'PodList', items: [pod] }] }
    expect(podsOf(manifest).map(({ workload, namespace, path }) => ({ workload, namespace, path }))).to.deep.equal([
      { workload: 'batch/Pod/job-*', namespace: 'batch', path: ['items', 1, 'items', 0] },
    ])
  })

  it('are without metadata where their template has none', () => {
    const [pod] = podsOf({ kind: 'Deployment', ...named, spec: { template: { metadata: null, spec } } })
    expect(pod?.pod).to.deep.equal({ spec })
  })

  const others: readonly [what: string, manifest: unknown][] = [
    ['a Service', { kind: 'Service', ...named, spec: { ports: [] } }],
    ['a template of something else', { kind: 'Certificate', spec: { template: { spec: { issuer: 'a' } } } }],
    ['a template that is no object', { kind: 'Deployment', spec: { template: [spec] } }],
    ['a kind that is no text', { kind: 7, items: [spec] }],
    ['nothing', undefined],
  ]
  for (const [what, manifest] of others) {
    it(`are not to be found in ${what}`, () => {
      expect(podsOf(manifest)).to.be.empty
    })
  }
})
