import { arrayAt, objectAt, textAt, type JsonObject } from '../../json.ts'
import { summarizePod, type PodSummary } from '../../pod/summary.ts'

/** The object that controls a Pod, of which a Pod has one at the most. */
export interface PodOwner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

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
  /** What an admission looks at. */
  readonly summary: PodSummary
}

/** https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/images/types.go */
const pullFailures = ['ErrImagePull', 'ImagePullBackOff']

/** What is needed of a Pod that waits for an image; undefined for any other, and for one that is never touched. */
export function readWaitingPod(pod: JsonObject): WaitingPod | undefined {
  const metadata = objectAt(pod, 'metadata')
  if (metadata?.['deletionTimestamp'] !== undefined) return undefined

  const spec = objectAt(pod, 'spec')
  const containers = [...arrayAt(spec, 'initContainers'), ...arrayAt(spec, 'containers')]
  const statuses = statusesOf(pod)
  const stuck = containers.filter((container) => {
    return container !== undefined && waitsForImage(container, statuses.get(textAt(container, 'name') ?? ''))
  })
  if (stuck.length === 0) return undefined
  const summary = summarizePod(pod)
  if (summary.isLeftAlone) return undefined

  const started = new Set([...statuses].flatMap(([name, status]) => (hasStarted(status) ? [name] : [])))
  return {
    namespace: textAt(metadata, 'namespace') ?? '',
    name: textAt(metadata, 'name') ?? '',
    uid: textAt(metadata, 'uid') ?? '',
    resourceVersion: textAt(metadata, 'resourceVersion') ?? '',
    owner: controllerOf(pod),
    labels: textsOf(objectAt(metadata, 'labels')),
    waiting: new Set(stuck.flatMap((container) => [textAt(container, 'name') ?? '', ...volumesOf(container, spec)])),
    started,
    hasWorked: hasWorked(spec, started),
    summary,
  }
}

/** The object that controls a Pod or a Job. */
export function controllerOf(object: JsonObject): PodOwner | undefined {
  const references = arrayAt(objectAt(object, 'metadata'), 'ownerReferences')
  const found = references.find((reference) => (reference as JsonObject | undefined)?.['controller'] === true)
  if (found === undefined) return undefined
  return {
    apiVersion: textAt(found, 'apiVersion') ?? '',
    kind: textAt(found, 'kind') ?? '',
    name: textAt(found, 'name') ?? '',
    uid: textAt(found, 'uid') ?? '',
  }
}

/** Whether a regular container or a sidecar of the Pod runs, or has ever run. */
export function hasEverWorked(pod: JsonObject): boolean {
  const started = [...statusesOf(pod)].flatMap(([name, status]) => (hasStarted(status) ? [name] : []))
  return hasWorked(objectAt(pod, 'spec'), new Set(started))
}

/** Whether any container of the Pod runs, or has ever run. */
export function hasEverStarted(pod: JsonObject): boolean {
  return [...statusesOf(pod).values()].some(hasStarted)
}

function statusesOf(pod: JsonObject): Map<string, JsonObject> {
  const status = objectAt(pod, 'status')
  const all = [...arrayAt(status, 'initContainerStatuses'), ...arrayAt(status, 'containerStatuses')] as JsonObject[]
  return new Map(all.map((each) => [textAt(each, 'name') ?? '', each]))
}

function waitsForImage(container: unknown, status: JsonObject | undefined): boolean {
  const reason = textAt(objectAt(objectAt(status, 'state'), 'waiting'), 'reason')
  return pullFailures.includes(reason ?? '') && textAt(container, 'imagePullPolicy') !== 'Never'
}

function hasStarted(status: JsonObject): boolean {
  const state = objectAt(status, 'state')
  return (
    objectAt(state, 'running') !== undefined ||
    objectAt(state, 'terminated') !== undefined ||
    objectAt(objectAt(status, 'lastState'), 'terminated') !== undefined ||
    Number(status['restartCount'] ?? 0) > 0
  )
}

function hasWorked(spec: JsonObject | undefined, started: ReadonlySet<string>): boolean {
  const sidecars = arrayAt(spec, 'initContainers').filter(
    (container) => textAt(container, 'restartPolicy') === 'Always',
  )
  return [...arrayAt(spec, 'containers'), ...sidecars].some((container) => started.has(textAt(container, 'name') ?? ''))
}

/** A container whose image volume cannot be pulled waits for the same reason as one whose own image cannot. */
function volumesOf(container: unknown, spec: JsonObject | undefined): string[] {
  const images = imageVolumes(spec).map((volume) => textAt(volume, 'name'))
  const mounted = arrayAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name'))
  return images.filter((name) => mounted.includes(name)).map((name) => `volume/${name ?? ''}`)
}

function imageVolumes(spec: JsonObject | undefined): readonly unknown[] {
  return arrayAt(spec, 'volumes').filter((volume) => objectAt(volume, 'image') !== undefined)
}

function textsOf(object: JsonObject | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key, String(value)]))
}
