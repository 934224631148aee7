import { ApiError } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import { annotationsOf, mirrorPod, originalImages, readOriginals } from '../pod/annotation.ts'
import { imagesOf, type ImagePosition } from '../pod/images.ts'
import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../json.ts'
import { openCluster } from './openCluster.ts'
import type { CliContext } from './terminal/context.ts'
import type { FoundPod } from './manifests/pods.ts'

/** A page of the API server's answer: its own clients ask for as many. */
const pageSize = 500

/** A Pod of a cluster, with its images as its owner wrote them. */
export interface RunningPod extends FoundPod {
  /** Its controller; undefined where it has none. */
  readonly owner: { readonly kind: string; readonly name: string } | undefined
  /** The Pod as it runs. */
  readonly running: JsonObject
}

/**
 * The Pods that run in a namespace (in all of them where none is given) of the cluster that the kubeconfig names, with
 * their images as their owner wrote them. Replicas are told once.
 * @throws UsageError where no cluster is named; Error where it does not answer
 */
export async function runningPods(
  { namespace, kubeContext }: { readonly namespace?: string; readonly kubeContext?: string },
  context: Pick<CliContext, 'environment' | 'readFile'>,
): Promise<RunningPod[]> {
  const api = await openCluster(context, kubeContext)
  try {
    const pods = await listPods(api, namespace)
    const found = pods.filter((pod) => annotationsOf(pod)?.[mirrorPod] === undefined).map(toRunningPod)
    // Of replicas the last one counts: one that runs its images as they are written goes behind those that were rewritten.
    const rewrittenFirst = found.toSorted((a, b) => Number(isAsWritten(a)) - Number(isAsWritten(b)))
    const one = new Map(rewrittenFirst.map((pod) => [keyOf(pod), pod]))
    return [...new Set(found.map(keyOf))].flatMap((key) => one.get(key) ?? [])
  } catch (error) {
    if (error instanceof ApiError) throw new Error(`cannot read the cluster's Pods: ${error.message}`, { cause: error })
    throw error
  } finally {
    api.close()
  }
}

async function listPods(api: Api, namespace: string | undefined): Promise<JsonObject[]> {
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
  const pods: JsonObject[] = []
  let next: string | undefined
  do {
    const page = { limit: pageSize, fieldSelector, ...(next && { _continue: next }) }
    const { items, metadata } = await (namespace === undefined
      ? api.core.listPodForAllNamespaces(page)
      : api.core.listNamespacedPod({ namespace, ...page }))
    pods.push(...items.filter(isObject))
    next = metadata?._continue
  } while (next)
  return pods
}

function toRunningPod(pod: JsonObject): RunningPod {
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
  return { workload, namespace, path: [], pod: asWritten(pod), owner, running: pod }
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
