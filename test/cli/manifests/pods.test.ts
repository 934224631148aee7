import { expect } from 'chai'
import { podsOf, type FoundPod } from '../../../src/cli/manifests/pods.ts'

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
    [
      'JobSet',
      { spec: { replicatedJobs: [{ name: 'workers', template: { spec: { template } } }] } },
      ['spec', 'replicatedJobs', 0, 'template', 'spec', 'template'],
    ],
    ['Elasticsearch', { spec: { nodeSets: [{ podTemplate: template }] } }, ['spec', 'nodeSets', 0, 'podTemplate']],
    [
      'LeaderWorkerSet',
      { spec: { leaderWorkerTemplate: { workerTemplate: template } } },
      ['spec', 'leaderWorkerTemplate', 'workerTemplate'],
    ],
    [
      'PyTorchJob',
      { spec: { pytorchReplicaSpecs: { Master: { kind: 'x', template } } } },
      ['spec', 'pytorchReplicaSpecs', 'Master', 'template'],
    ],
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

  it('are found all of them, in the order of the document', () => {
    const b = { spec: { containers: [{ name: 'b', image: 'nginx' }] } }
    const manifest = {
      kind: 'RayCluster',
      ...named,
      spec: { workerGroupSpecs: [{ template }, { template: b }], headGroupSpec: { template } },
    }
    expect(podsOf(manifest).map(({ workload, path }) => [workload, ...path])).to.deep.equal([
      ['RayCluster/api', 'spec', 'workerGroupSpecs', 0, 'template'],
      ['RayCluster/api', 'spec', 'workerGroupSpecs', 1, 'template'],
      ['RayCluster/api', 'spec', 'headGroupSpec', 'template'],
    ])
  })

  it('have the name of the manifest within another one that they belong to', () => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', ...named, spec: { template } }
    const manifest = { kind: 'Object', metadata: { name: 'outer' }, spec: { forProvider: { manifest: deployment } } }
    expect(podsOf(manifest).map(({ workload }) => workload)).to.deep.equal(['Deployment/api'])
  })

  it('are without metadata where their template has none', () => {
    const [pod] = podsOf({ kind: 'Deployment', ...named, spec: { template: { metadata: null, spec } } })
    expect(pod?.pod).to.deep.equal({ spec })
  })

  const others: readonly [what: string, manifest: unknown][] = [
    ['a Service', { kind: 'Service', ...named, spec: { ports: [] } }],
    ['a template of something else', { kind: 'Certificate', spec: { template: { spec: { issuer: 'a' } } } }],
    ['a template that is no object', { kind: 'Deployment', spec: { template: [spec] } }],
    ['a template of virtual machines', { kind: 'VirtualMachine', spec: { template: { spec: { domain: {} } } } }],
    ['a reference to a Pod', { kind: 'Event', involvedObject: { kind: 'Pod', name: 'api' } }],
    ['containers that are in no template', { kind: 'Set', ...named, spec }],
    ['a kind that is no text', { kind: 7, items: [spec] }],
    ['nothing', undefined],
  ]
  for (const [what, manifest] of others) {
    it(`are not to be found in ${what}`, () => {
      expect(podsOf(manifest)).to.be.empty
    })
  }
})
