import { ApiError } from '../kubernetes/apiError.ts'
import { connect, type Api } from '../kubernetes/client.ts'
import { annotationsOf, mirrorPod, originalImages, readOriginals } from '../pod/annotation.ts'
import { imagesOf, type ImagePosition } from '../pod/images.ts'
import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../json.ts'
import { isFault, UsageError, type CliContext } from './context.ts'
import type { FoundPod } from './pods.ts'

/** A page of the API server's answer: its own clients ask for as many. */
const pageSize = 500
/** What `kubectl` allows itself. */
const requestsPerSecond = 50

/**
 * The Pods that run in a namespace (in all of them where none is given) of the cluster that KUBECONFIG names, with their
 * images as their owner wrote them. Replicas are told once.
 * @throws UsageError where no cluster is named; Error where it does not answer
 */
export async function runningPods(
  namespace: string | undefined,
  { environment }: Pick<CliContext, 'environment'>,
): Promise<FoundPod[]> {
  const api = await open(environment)
  try {
    const pods = await listPods(api, namespace)
    const found = pods.filter((pod) => annotationsOf(pod)?.[mirrorPod] === undefined).map(toFoundPod)
    return [...new Map(found.map((pod) => [`${pod.workload} ${imageKey(pod)}`, pod])).values()]
  } catch (error) {
    if (error instanceof ApiError) throw new Error(`cannot read the cluster's Pods: ${error.message}`, { cause: error })
    throw error
  } finally {
    api.close()
  }
}

async function open(environment: CliContext['environment']): Promise<Api> {
  try {
    const api = await connect({ environment, requestsPerSecond })
    if (api !== undefined) return api
  } catch (error) {
    if (isFault(error)) throw new UsageError(`KUBECONFIG cannot be used: ${error.message}`)
    throw error
  }
  throw new UsageError('no cluster is named: set KUBECONFIG to the path of a kubeconfig file')
}

async function listPods(api: Api, namespace: string | undefined): Promise<unknown[]> {
  const path = namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
  const pods: unknown[] = []
  let next = ''
  do {
    const query = { limit: String(pageSize), fieldSelector, ...(next === '' ? {} : { continue: next }) }
    const page = await api.request({ path, query })
    pods.push(...arrayAt(page, 'items'))
    next = textAt(objectAt(page, 'metadata'), 'continue') ?? ''
  } while (next !== '')
  return pods
}

function toFoundPod(pod: unknown): FoundPod {
  const metadata = objectAt(pod, 'metadata')
  const namespace = textAt(metadata, 'namespace') ?? ''
  const owner = arrayAt(metadata, 'ownerReferences').find((owner) => isObject(owner) && owner['controller'] === true)
  const name = textAt(owner, 'name') ?? textAt(metadata, 'name') ?? ''
  const workload = `${namespace}/${textAt(owner, 'kind') ?? 'Pod'}/${name}`
  return { workload, namespace, path: [], pod: asWritten(pod) }
}

/** Undoes what the webhook did to a Pod's images, as far as its annotation tells. */
function asWritten(pod: unknown): JsonObject {
  const originals = readOriginals(textAt(annotationsOf(pod), originalImages))
  const copy = structuredClone(isObject(pod) ? pod : {})
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

function imageKey({ pod }: FoundPod): string {
  return JSON.stringify(imagesOf(pod).map(({ name, image }) => [name, image]))
}
