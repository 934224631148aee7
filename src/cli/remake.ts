import { objectAt, textAt } from '../json.ts'
import { imagesOf } from '../pod/images.ts'
import type { ExplainedPod } from './admitted.ts'
import type { RunningPod } from './clusterPods.ts'

/**
 * The `kubectl` commands that make those Pods anew which run something else than they would be admitted with, each once. A Job
 * cannot be restarted, and a Pod without an owner is nobody's to make anew: for these the command replaces the object.
 */
export function remakeCommands(pods: readonly (ExplainedPod & RunningPod)[]): string[] {
  return [...new Set(pods.filter(isOutdated).flatMap(commandFor))]
}

function isOutdated({ images, running, notAsked }: ExplainedPod & RunningPod): boolean {
  if (notAsked !== undefined) return false
  const runs = new Map(imagesOf(running).map(({ name, image }) => [name, image]))
  return images.some(
    ({ container, decision: { action, location } }) =>
      action === 'rewrite' && location !== undefined && runs.get(container) !== location,
  )
}

function commandFor({ namespace, owner, running }: RunningPod): string {
  const metadata = objectAt(running, 'metadata')
  const inNamespace = `-n ${namespace}`
  const restart = (kind: string, name: string) => `kubectl rollout restart ${kind}/${name} ${inNamespace}`
  const replace = (kind: string, name: string) =>
    `kubectl get ${kind} ${name} ${inNamespace} -o json | kubectl replace --force -f -`
  const name = owner?.name ?? textAt(metadata, 'name') ?? ''
  if (owner === undefined) return replace('pod', name)
  switch (owner.kind) {
    case 'ReplicaSet': {
      // A Deployment names its ReplicaSets after itself and the hash of their template.
      const hash = textAt(objectAt(metadata, 'labels'), 'pod-template-hash')
      return hash !== undefined && name.endsWith(`-${hash}`)
        ? restart('deployment', name.slice(0, -hash.length - 1))
        : `kubectl delete pod ${textAt(metadata, 'name') ?? ''} ${inNamespace}`
    }
    case 'StatefulSet':
    case 'DaemonSet':
      return restart(owner.kind.toLowerCase(), name)
    case 'Job':
      return `kubectl delete job ${name} ${inNamespace}   # and create it anew`
    default:
      return `kubectl delete pod ${textAt(metadata, 'name') ?? ''} ${inNamespace}   # ${owner.kind}/${name} makes another one`
  }
}
