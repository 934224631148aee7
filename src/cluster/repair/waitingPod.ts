import type { V1Container, V1ContainerStatus, V1OwnerReference, V1Pod } from '@kubernetes/client-node'
import { summarizePod, type PodSummary } from '../../pod/summary.ts'

/**
 * The annotation of a Pod that the webhook has taken out of its Job, and is about to delete: should it find such a Pod, it
 * died in between. Its value is the Job's uid, which no template of a Pod could have.
 */
export const releasedByUs = 'image-proxy-webhook/released'

/** The object that controls a Pod, of which a Pod has one at the most. */
export type PodOwner = Pick<V1OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>

/** A Pod that waits for an image, and no more of it than its repair needs: there may be thousands. */
export interface WaitingPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** Undefined for a Pod that nothing would make anew. */
  readonly owner: PodOwner | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Whose image is waited for, named as decisions are: containers, and as `volume/NAME` the image volumes that these mount. */
  readonly waiting: ReadonlySet<string>
  /** Containers that run or have run. */
  readonly started: ReadonlySet<string>
  /** Whether a regular container or a sidecar is among these: such a Pod may have done work that its end would undo. */
  readonly hasWorked: boolean
  /** Whether its Job goes on without it already. */
  readonly isReleased: boolean
  /** What an admission looks at. */
  readonly summary: PodSummary
}

/** https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/images/types.go */
const pullFailures = ['ErrImagePull', 'ImagePullBackOff']

/** What is needed of a Pod that waits for an image; undefined for any other, and for one that is never touched. */
export function readWaitingPod(pod: V1Pod): WaitingPod | undefined {
  const { metadata, spec } = pod
  if (metadata?.deletionTimestamp !== undefined) return undefined
  const statuses = statusesOf(pod)
  const isStuck = ({ name, imagePullPolicy }: V1Container): boolean =>
    imagePullPolicy !== 'Never' && pullFailures.includes(statuses.get(name)?.state?.waiting?.reason ?? '')
  const stuck = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].filter(isStuck)
  if (stuck.length === 0) return undefined
  const summary = summarizePod(pod)
  if (summary.isLeftAlone) return undefined
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    owner: controllerOf(pod),
    labels: { ...metadata?.labels },
    waiting: new Set(stuck.flatMap((container) => [container.name, ...imageVolumesOf(container, pod)])),
    started: startedIn(pod),
    hasWorked: hasEverWorked(pod),
    isReleased: isReleased(pod),
    summary,
  }
}

/** The Job's controller gives it up a moment later. */
function isReleased(pod: V1Pod): boolean {
  const job = pod.metadata?.annotations?.[releasedByUs]
  return job !== undefined && job === (controllerOf(pod)?.uid ?? job)
}

/** The object that controls a Pod. */
export function controllerOf({ metadata }: V1Pod): PodOwner | undefined {
  const found = metadata?.ownerReferences?.find(({ controller }) => controller === true)
  if (found === undefined) return undefined
  const { apiVersion, kind, name, uid } = found
  return { apiVersion, kind, name, uid }
}

/** Whether any container of the Pod runs, or has ever run. */
export function hasEverStarted(pod: V1Pod): boolean {
  return startedIn(pod).size > 0
}

/** Whether a regular container or a sidecar of the Pod runs, or has ever run. */
export function hasEverWorked(pod: V1Pod): boolean {
  const started = startedIn(pod)
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...(pod.spec?.containers ?? []), ...sidecars].some(({ name }) => started.has(name))
}

function startedIn(pod: V1Pod): Set<string> {
  const started = [...statusesOf(pod).values()].filter(({ state, lastState, restartCount }) => {
    return Boolean(state?.running ?? state?.terminated ?? lastState?.terminated) || restartCount > 0
  })
  return new Set(started.map(({ name }) => name))
}

function statusesOf({ status }: V1Pod): Map<string, V1ContainerStatus> {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return new Map(all.map((each) => [each.name, each]))
}

/** A container whose image volume cannot be pulled waits for the same reason as one whose own image cannot. */
function imageVolumesOf({ volumeMounts }: V1Container, { spec }: V1Pod): string[] {
  const mounted = new Set(volumeMounts?.map(({ name }) => name))
  const volumes = (spec?.volumes ?? []).filter(({ name, image }) => image !== undefined && mounted.has(name))
  return volumes.map(({ name }) => `volume/${name}`)
}
