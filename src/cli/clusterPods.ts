import { ApiError } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import { listAll } from '../kubernetes/pages.ts'
import type { Labels } from '../kubernetes/labelSelector.ts'
import { annotationsOf, mirrorPod, originalImages, readOriginals } from '../pod/annotation.ts'
import { imagesOf, type ImagePosition } from '../pod/images.ts'
import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../json.ts'
import { openCluster, pageSize } from './openCluster.ts'
import { readReach } from './readReach.ts'
import type { CliContext } from './terminal/context.ts'
import type { FoundPod } from './manifests/pods.ts'
import { reachNotes, whyNotAsked, type WebhookReach } from './webhookReach.ts'

/** A Pod of a cluster, with its images as its owner wrote them. */
export interface RunningPod extends FoundPod {
  /** Its controller; undefined where it has none. */
  readonly owner: { readonly kind: string; readonly name: string } | undefined
  /** The Pod as it runs. */
  readonly running: JsonObject
}

export interface Where {
  /** All of them where it is absent. */
  readonly namespace?: string
  readonly kubeContext?: string
  /** The MutatingWebhookConfiguration of the release that is asked about; whichever there are where it is absent. */
  readonly configuration?: string | undefined
}

/** What runs in a cluster. */
export interface RunningPods {
  readonly pods: readonly RunningPod[]
  /** Sentences about what the cluster does not tell. */
  readonly notes: readonly string[]
}

/**
 * The Pods that run in a namespace (in all of them where none is given) of the cluster that the kubeconfig names, with
 * their images as their owner wrote them. Replicas are told once.
 * @throws UsageError where no cluster is named; Error where it does not answer
 */
export async function runningPods(
  { namespace, kubeContext, configuration }: Where,
  context: Pick<CliContext, 'environment' | 'readFile'>,
): Promise<RunningPods> {
  const api = await openCluster(context, kubeContext)
  const where = { ...(namespace && { namespace }), ...(configuration && { configuration }) }
  try {
    const [listed, reach] = await Promise.all([listPods(api, namespace), readReach(api, where)])
    const own = listed.filter((pod) => annotationsOf(pod)?.[mirrorPod] === undefined)
    const found = own.map((pod) => toRunningPod(pod, reach))
    // Of replicas the last one counts: one that runs its images as they are written goes behind those that were rewritten.
    const rewrittenFirst = found.toSorted((a, b) => Number(isAsWritten(a)) - Number(isAsWritten(b)))
    const one = new Map(rewrittenFirst.map((pod) => [keyOf(pod), pod]))
    const pods = [...new Set(found.map(keyOf))].flatMap((key) => one.get(key) ?? [])
    return { pods, notes: reachNotes(reach) }
  } catch (error) {
    if (error instanceof ApiError) throw new Error(podsFault(error, namespace), { cause: error })
    throw error
  } finally {
    api.close()
  }
}

function podsFault({ message, status }: ApiError, namespace: string | undefined): string {
  const scope = namespace === undefined ? '-A' : `-n ${namespace}`
  const narrower = namespace === undefined ? '; explain -n NAMESPACE reads one namespace alone' : ''
  const advice = `: to list pods must be permitted (kubectl auth can-i list pods ${scope})${narrower}`
  return `cannot read the cluster's Pods: ${message}${status === 403 ? advice : ''}`
}

async function listPods(api: Api, namespace: string | undefined): Promise<JsonObject[]> {
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
  const pods = await listAll(
    (page) =>
      namespace === undefined
        ? api.core.listPodForAllNamespaces({ ...page, fieldSelector })
        : api.core.listNamespacedPod({ namespace, ...page, fieldSelector }),
    pageSize,
  )
  return pods.filter(isObject)
}

function toRunningPod(pod: JsonObject, reach: WebhookReach): RunningPod {
  const metadata = objectAt(pod, 'metadata')
  const namespace = textAt(metadata, 'namespace') ?? ''
  const controller = arrayAt(metadata, 'ownerReferences').find(
    (owner) => isObject(owner) && owner['controller'] === true,
  )
  const owner =
    controller === undefined
      ? undefined
      : { kind: textAt(controller, 'kind') ?? '', name: textAt(controller, 'name') ?? '' }
  const workload = `${namespace}/${owner?.kind ?? 'Pod'}/${owner?.name ?? textAt(metadata, 'name') ?? ''}`
  const notAsked = whyNotAsked(reach, namespace, labelsOf(metadata))
  const reason = notAsked === undefined ? {} : { notAsked }
  return { workload, namespace, path: [], pod: asWritten(pod), owner, running: pod, ...reason }
}

function labelsOf(metadata: JsonObject | undefined): Labels {
  const labels = Object.entries(objectAt(metadata, 'labels') ?? {})
  return Object.fromEntries(labels.map(([key, value]) => [key, String(value)]))
}

function isAsWritten({ pod, running }: RunningPod): boolean {
  return imageKey(pod) === imageKey(running)
}

function keyOf({ workload, pod }: RunningPod): string {
  return `${workload} ${imageKey(pod)}`
}

/** Undoes what the webhook did to a Pod's images, as far as its annotation tells. */
function asWritten(pod: JsonObject): JsonObject {
  const originals = readOriginals(textAt(annotationsOf(pod), originalImages))
  const copy = structuredClone(pod)
  for (const position of imagesOf(copy)) {
    const original = originals.get(position.name)
    if (original !== undefined) setImage(copy, position, original)
  }
  return copy
}

function setImage(pod: JsonObject, { list, index }: ImagePosition, image: string): void {
  const element = arrayAt(objectAt(pod, 'spec'), list)[index]
  const volume = objectAt(element, 'image')
  if (volume !== undefined) Object.assign(volume, { reference: image })
  else if (isObject(element)) Object.assign(element, { image })
}

function imageKey(pod: JsonObject): string {
  return JSON.stringify(imagesOf(pod).map(({ name, image }) => [name, image]))
}
