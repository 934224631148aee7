import type { V1Job } from '@kubernetes/client-node'
import type { RepairApi, Written } from './repairApi.ts'
import { releasedByUs, type PodOwner, type WaitingPod } from './waitingPod.ts'

/** What became of a Job's Pod; `obstacle` is a clause that says why it must not be taken out of the Job. */
export type Released = Written | { readonly obstacle: string }

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
  api: Pick<RepairApi, 'job' | 'releasePod' | 'deletePod'>,
  pod: WaitingPod,
  owner: PodOwner,
): Promise<Released> {
  const job = await api.job({ namespace: pod.namespace, name: owner.name })
  if (job === undefined || job.metadata?.uid !== owner.uid) return 'gone'
  const selecting = Object.keys(job.spec?.selector?.matchLabels ?? {}).filter((label) => label in pod.labels)
  const obstacle = obstacleToRelease(job, selecting)
  if (obstacle !== undefined) return { obstacle }
  const released = await api.releasePod(pod, selecting, { [releasedByUs]: owner.uid })
  return typeof released === 'object' ? api.deletePod({ ...pod, ...released }) : released
}

function obstacleToRelease({ spec }: V1Job, selecting: readonly string[]): string | undefined {
  const manager = spec?.managedBy ?? ownController
  if (manager !== ownController) return `it is managed by ${manager}`
  return selecting.length === 0 ? 'it selects its Pods by no label that could be taken away' : undefined
}
