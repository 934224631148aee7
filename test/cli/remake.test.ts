import { expect } from 'chai'
import { remakeCommands } from '../../src/cli/remake.ts'

const image = 'quay.io/my-org/api:v1'
const location = `proxy.replicated.com/proxy/my-app/${image}`

/** What `explain` found of one Pod, which runs `runs`. */
function pod(owner: { kind: string; name: string } | undefined, runs = image, labels: Record<string, string> = {}) {
  const decision = { image, action: 'rewrite', reason: 'private', location } as const
  return {
    workload: 'prod/x',
    namespace: 'prod',
    path: [],
    pod: {},
    patch: [],
    images: [{ decision, milliseconds: 1, container: 'api' }],
    owner,
    running: { metadata: { name: 'api-x1', labels }, spec: { containers: [{ name: 'api', image: runs }] } },
  }
}

describe('The command that makes a Pod anew', () => {
  const replicaSet = { kind: 'ReplicaSet', name: 'api-6d4f' }
  const commands: readonly [what: string, found: ReturnType<typeof pod>, command: string][] = [
    [
      'restarts its Deployment',
      pod(replicaSet, image, { 'pod-template-hash': '6d4f' }),
      'kubectl rollout restart deployment/api -n prod',
    ],
    [
      'deletes it where its ReplicaSet has no Deployment',
      pod({ kind: 'ReplicaSet', name: 'api' }),
      'kubectl delete pod api-x1 -n prod',
    ],
    [
      'restarts its StatefulSet',
      pod({ kind: 'StatefulSet', name: 'db' }),
      'kubectl rollout restart statefulset/db -n prod',
    ],
    [
      'restarts its DaemonSet',
      pod({ kind: 'DaemonSet', name: 'agent' }),
      'kubectl rollout restart daemonset/agent -n prod',
    ],
    [
      'deletes its Job, which cannot be restarted',
      pod({ kind: 'Job', name: 'once' }),
      'kubectl delete job once -n prod   # and create it anew',
    ],
    [
      'deletes it where a custom resource owns it',
      pod({ kind: 'Cluster', name: 'db' }),
      'kubectl delete pod api-x1 -n prod   # Cluster/db makes another one',
    ],
    [
      'replaces it where nobody owns it',
      pod(undefined),
      'kubectl get pod api-x1 -n prod -o json | kubectl replace --force -f -',
    ],
  ]
  for (const [what, found, command] of commands) {
    it(what, () => {
      expect(remakeCommands([found])).to.deep.equal([command])
    })
  }

  it('is told once for all Pods of a workload', () => {
    const owner = { kind: 'StatefulSet', name: 'db' }
    expect(remakeCommands([pod(owner), pod(owner)])).to.have.lengthOf(1)
  })

  it('is not told for a Pod that runs what it would be admitted with', () => {
    expect(remakeCommands([pod(undefined, location)])).to.deep.equal([])
  })
})
