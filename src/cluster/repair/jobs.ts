import type { V1Job } from '@kubernetes/client-node'
import type { PodVersion, RepairApi, Written } from './repairApi.ts'
import { hasEverWorked, releasedByUs, type PodOwner, type WaitingPod } from './waitingPod.ts'

/** What became of a Job's Pod; `obstacle` is a clause that says why it must not be taken out of the Job. */
export type Released = Written | { readonly obstacle: string }

/** Times that a deletion is tried: the Job's controller writes once or twice as it gives a Pod up. */
const mostDeletions = 5
/** Kubernetes' own, which is what `managedBy` means where it is absent. */
const ownController = 'kubernetes.io/job-controller'

/**
 * Has a Job make a Pod anew. A Pod of a Job that is deleted counts as failed, and with a `backoffLimit` of 0 the Job with
 * it. One that the Job's selector does not match any more is none of the Job's: its controller gives it up and makes
 * another one, without a count. Nothing is changed about the Job itself, so that nothing has to be put back.
 *
 * @returns what became of the deletion. @throws ApiError
 */
export async function replacePodOfJob(
  api: Pick<RepairApi, 'job' | 'pod' | 'releasePod' | 'deletePod'>,
  pod: WaitingPod,
  owner: PodOwner,
): Promise<Released> {
  const job = await api.job({ namespace: pod.namespace, name: owner.name })
  if (job === undefined || job.metadata?.uid !== owner.uid) return 'gone'
  const selecting = Object.keys(job.spec?.selector?.matchLabels ?? {}).filter((label) => label in pod.labels)
  const obstacle = obstacleToRelease(job, selecting)
  if (obstacle !== undefined) return { obstacle }
  const released = await api.releasePod(pod, selecting, { [releasedByUs]: owner.uid })
  return typeof released === 'object' ? deleteReleased(api, { ...pod, ...released }) : released
}

/** The Job's controller takes its reference and its finalizer away at the same time, which makes another version of the Pod. */
async function deleteReleased(api: Pick<RepairApi, 'pod' | 'deletePod'>, pod: PodVersion): Promise<Written> {
  let version = pod
  for (let tries = 1; ; tries++) {
    const written = await api.deletePod(version)
    if (written !== 'changed' || tries === mostDeletions) return written
    const found = await api.pod(pod)
    if (found?.metadata?.uid !== pod.uid) return 'gone'
    if (hasEverWorked(found)) return 'changed'
    version = { ...pod, resourceVersion: found.metadata.resourceVersion ?? '' }
  }
}

function obstacleToRelease({ spec }: V1Job, selecting: readonly string[]): string | undefined {
  const manager = spec?.managedBy ?? ownController
  if (manager !== ownController) return `it is managed by ${manager}`
  return selecting.length === 0 ? 'it selects its Pods by no label that could be taken away' : undefined
}
