import { setTimeout as pause } from 'node:timers/promises'
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node'
import { objectAt, textAt } from '../json.ts'
import { ApiError, hasStatus, isTransient } from './apiError.ts'
import type { Api } from './api.ts'
import { createBackoff } from './backoff.ts'
import { createFaultReporter } from './conditionReporter.ts'
import { faultOf } from './faultOf.ts'
import { pagesOf, type Page } from './pages.ts'

/** Some of the objects of one kind. */
export interface Selection<T extends KubernetesObject> {
  /** Of their collection, such as `/api/v1/secrets`. */
  readonly path: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
  /** One page of them, by a typed client: `(page) => api.core.listSecretForAllNamespaces(page)`. */
  list(page: Page): Promise<KubernetesListObject<T>>
}

export interface WatchListener<T> {
  /**
   * An object as it is now: at first each one there is, then each one that was added or changed. The library does not
   * convert what a watch tells: times are strings in it.
   */
  seen(object: T): void
  gone(object: T): void
  /** Every object there was by this `resourceVersion` has been seen since the last call of `relisting`; what was not is gone. */
  listed?(version: string): void
  relisting?(): void
  /** Why the API server tells nothing at this moment; undefined when it does again. Told once a fault. */
  fault?(sentence: string | undefined): void
}

export interface ObjectWatch {
  /** Lists everything anew, should the watch have missed anything. */
  relist(): void
  stop(): void
}

/** Milliseconds: a watch that lasted longer has worked, though nothing changed, and the waits begin with the first again. */
const steady = 5000

/**
 * Lists the objects of a selection and then follows their changes, for ever: through restarts of the API server,
 * connections that break, and histories that are forgotten (410), after which it lists again. Keeps no object.
 */
export function watchObjects<T extends KubernetesObject>(
  api: Api,
  { path, list, ...selectors }: Selection<T>,
  listener: WatchListener<T>,
): ObjectWatch {
  const stopping = new AbortController()
  const { signal } = stopping
  const stopped = (): boolean => signal.aborted
  /** A restarting API server is back within seconds, and asked again soon; a missing permission may be missing for days. */
  const outage = createBackoff(100, 3000)
  const refusal = createBackoff(100, 30_000)
  /** Where to go on from; undefined where everything must be listed (again). */
  let version: string | undefined
  let failures = 0
  let following = new AbortController()
  const report = createFaultReporter((sentence) => listener.fault?.(sentence))

  function relax(): void {
    outage.reset()
    refusal.reset()
  }

  async function run(): Promise<void> {
    while (!stopped()) {
      let backoff = outage
      try {
        version ??= await listAll()
        const opened = performance.now()
        await follow(version)
        // Something between here and the API server may end each watch at once.
        if (performance.now() - opened > steady) relax()
      } catch (error) {
        if (stopped()) return
        if (!isTransient(error)) backoff = refusal
        // The listener failed, and may have missed this object: everything is listed again.
        if (!(error instanceof ApiError)) version = undefined
        if (hasStatus(error, 410)) version = undefined
        // A watch that breaks once or twice is picked up where it was: only what lasts is a fault.
        else if (++failures > 2 || version === undefined) report(faultOf(error))
      }
      await pause(backoff.next(), undefined, { signal }).catch(() => undefined)
    }
  }

  /** @returns the version of the list, from which a watch goes on */
  async function listAll(): Promise<string> {
    listener.relisting?.()
    let version = ''
    for await (const { items, metadata } of pagesOf((page) => list({ ...selectors, ...page }))) {
      if (stopped()) throw new ApiError('stopped')
      for (const item of items) listener.seen(item)
      version = metadata?.resourceVersion ?? ''
    }
    listener.listed?.(version)
    return version
  }

  /** Resolves when the API server has closed the watch, as it does every few minutes. */
  async function follow(since: string): Promise<void> {
    const ending = new AbortController()
    following = ending
    const query = { ...selectors, resourceVersion: since, allowWatchBookmarks: 'true' }
    const opened = (): void => {
      failures = 0
      report(undefined)
    }
    const event = (type: string, object: unknown): void => {
      if (stopped() || ending.signal.aborted) return
      if (type === 'ERROR') {
        ending.abort(endOf(object))
        return
      }
      try {
        if (type === 'DELETED') listener.gone(object as T)
        else if (type !== 'BOOKMARK') listener.seen(object as T)
      } catch (error) {
        // The library swallows what its callback throws.
        ending.abort(error)
        return
      }
      relax()
      version = textAt(objectAt(object, 'metadata'), 'resourceVersion') ?? version
    }
    await api.watch(path, query, { opened, event }, AbortSignal.any([signal, ending.signal]))
    if (ending.signal.reason !== relisting) ending.signal.throwIfAborted()
  }

  void run()
  return {
    relist: () => {
      version = undefined
      following.abort(relisting)
    },
    stop: () => {
      stopping.abort()
    },
  }
}

/** The reason of an abort that is no fault: everything is to be listed anew. */
const relisting = Symbol('relisting')

/** @param status a `Status`, by which the API server ends a watch */
function endOf(status: unknown): ApiError {
  const { code } = { code: 0, ...(status as { readonly code?: number }) }
  return new ApiError(`the watch ended: ${textAt(status, 'reason') ?? 'unknown'}`, code)
}
