import type { V1Job, V1Pod } from '@kubernetes/client-node'
import type { Operation } from 'fast-json-patch'
import type { Api } from '../../kubernetes/api.ts'
import { hasStatus } from '../../kubernetes/apiError.ts'
import type { Page } from '../../kubernetes/pages.ts'
import { watchObjects, type ObjectWatch, type WatchListener } from '../../kubernetes/watch.ts'

export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** A Pod as it was seen: should it be another one by now, or have changed, nothing is written. */
export interface PodVersion extends ObjectName {
  readonly uid: string
  readonly resourceVersion: string
}

/**
 * What became of a write.
 * - `changed`: the object is not as it was when the write was decided upon, and nothing was written
 * - `gone`: it does not exist any more
 */
export type Written = 'done' | 'changed' | 'gone'

/** A namespace, as far as a repair asks. */
export interface NamespaceFacts {
  readonly labels: Readonly<Record<string, string>>
  readonly isTerminating: boolean
}

/** All that a repair asks of the API server. Each call @throws ApiError where it is refused or cannot be reached */
export interface RepairApi {
  /** Follows the Pods that are Pending. @param listenerFor for those of a namespace, or of all of them (undefined) */
  watchPendingPods(listenerFor: (namespace: string | undefined) => WatchListener<V1Pod>): Pick<ObjectWatch, 'stop'>
  namespace(name: string): Promise<NamespaceFacts | undefined>
  /** The Pod of that name, whatever it does. */
  pod(name: ObjectName): Promise<V1Pod | undefined>
  /** By JSON Patch, whose `test` operations say what it was decided for. */
  patchPod(name: ObjectName, operations: readonly Operation[]): Promise<Written>
  /**
   * Tries to give the first container of a Pod another image, which nothing comes of (a dry run): the admission webhooks are
   * asked all the same. @returns their warnings, as the API server's header has them
   */
  tryImage(name: ObjectName, image: string): Promise<string>
  deletePod(pod: PodVersion): Promise<Written>
  /** Takes labels away from a Pod, and adds annotations. @returns its version then, unless nothing was written */
  releasePod(
    pod: PodVersion,
    labels: readonly string[],
    annotations: Readonly<Record<string, string>>,
  ): Promise<Pick<PodVersion, 'resourceVersion'> | Exclude<Written, 'done'>>
  job(name: ObjectName): Promise<V1Job | undefined>
}

/**
 * @param namespaces that are looked after; `*` for all of them
 * @param fieldManager of what is written
 */
export function createRepairApi(api: Api, namespaces: readonly string[], fieldManager: string): RepairApi {
  const { core, batch } = api
  const scopes: readonly (string | undefined)[] = namespaces.includes('*') ? [undefined] : namespaces
  // Whoever asked looks anew before it is tried again.
  const once = { retry: false }

  function watchPods(namespace: string | undefined, listener: WatchListener<V1Pod>): ObjectWatch {
    const scope = namespace === undefined ? '' : `/namespaces/${namespace}`
    const list = (page: Page) =>
      namespace === undefined ? core.listPodForAllNamespaces(page) : core.listNamespacedPod({ ...page, namespace })
    return watchObjects(api, { path: `/api/v1${scope}/pods`, fieldSelector: 'status.phase=Pending', list }, listener)
  }

  return {
    watchPendingPods(listenerFor) {
      const watches = scopes.map((scope) => watchPods(scope, listenerFor(scope)))
      return {
        stop: () => {
          for (const watch of watches) watch.stop()
        },
      }
    },
    async namespace(name) {
      const { metadata } = (await found(core.readNamespace({ name }))) ?? {}
      return metadata && { labels: metadata.labels ?? {}, isTerminating: metadata.deletionTimestamp !== undefined }
    },
    // By a list, so that no further verb is needed.
    pod: async ({ namespace, name }) =>
      (await core.listNamespacedPod({ namespace, fieldSelector: `metadata.name=${name}` })).items[0],
    async patchPod(name, operations) {
      const patch = core.patchNamespacedPod(
        { ...name, body: operations, fieldManager },
        api.with({ ...once, patch: 'JsonPatch' }),
      )
      // 422 is what a failed `test` is answered with.
      return written(patch, [409, 422])
    },
    async tryImage(name, image) {
      const body: Operation[] = [{ op: 'replace', path: '/spec/containers/0/image', value: image }]
      const { headers } = await core.patchNamespacedPodWithHttpInfo(
        { ...name, body, fieldManager, dryRun: 'All' },
        api.with({ ...once, patch: 'JsonPatch' }),
      )
      return headers['warning'] ?? ''
    },
    deletePod: ({ namespace, name, uid, resourceVersion }) =>
      written(
        core.deleteNamespacedPod(
          { namespace, name, body: { preconditions: { uid, resourceVersion } } },
          api.with(once),
        ),
      ),
    async releasePod({ namespace, name, uid, resourceVersion }, labels, annotations) {
      const gone = Object.fromEntries(labels.map((label) => [label, null]))
      const body = { metadata: { uid, resourceVersion, labels: gone, annotations } }
      const options = api.with({ ...once, patch: 'MergePatch' })
      try {
        const { metadata } = await core.patchNamespacedPod({ namespace, name, body, fieldManager }, options)
        return { resourceVersion: metadata?.resourceVersion ?? '' }
      } catch (error) {
        return unwritten(error)
      }
    },
    job: (name) => found(batch.readNamespacedJob(name)),
  }
}

async function found<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    throw error
  }
}

async function written(write: Promise<unknown>, conflicts?: readonly number[]): Promise<Written> {
  try {
    await write
    return 'done'
  } catch (error) {
    return unwritten(error, conflicts)
  }
}

/** Why nothing was written. @throws what tells of something else */
function unwritten(error: unknown, conflicts: readonly number[] = [409]): Exclude<Written, 'done'> {
  if (hasStatus(error, 404)) return 'gone'
  if (hasStatus(error, ...conflicts)) return 'changed'
  throw error
}
