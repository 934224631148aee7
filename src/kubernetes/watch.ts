import { setTimeout as pause } from 'node:timers/promises'
import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../json.ts'
import { ApiError, hasStatus, isTransient } from './apiError.ts'
import { createBackoff } from './backoff.ts'
import type { Api } from './client.ts'
import { versionOf } from './objects.ts'

export interface WatchListener {
  /** An object as it is now: at first each one there is, then each one that was added or changed. */
  seen(object: JsonObject): void
  gone(object: JsonObject): void
  /** Every object there is has been seen since the last call of `relisting`; what was not is gone. */
  listed?(): void
  relisting?(): void
  /** Why the API server tells nothing at this moment; undefined when it does again. Told once a fault. */
  fault?(sentence: string | undefined): void
}

export interface Watch {
  stop(): void
}

/** Objects in one answer of a list: bounds the memory that a cluster of any size takes. */
const page = '250'

/**
 * Lists the objects at `path` that `query` selects and then follows their changes, for ever: through restarts of the API
 * server, connections that break, and histories that are forgotten (410), after which it lists again. Keeps no object.
 */
export function watchObjects(
  api: Api,
  { path, query = {} }: { readonly path: string; readonly query?: Readonly<Record<string, string>> },
  listener: WatchListener,
): Watch {
  const stopping = new AbortController()
  const { signal } = stopping
  const stopped = (): boolean => signal.aborted
  /** An API server that restarts is back in seconds, and much may have changed; a permission that lacks is not. */
  const outage = createBackoff(100, 3000)
  const refusal = createBackoff(100, 30_000)
  /** Where to go on from; undefined where everything must be listed (again). */
  let version: string | undefined
  let failures = 0
  let fault: string | undefined

  function tell(sentence: string | undefined): void {
    if (sentence === fault) return
    fault = sentence
    listener.fault?.(sentence)
  }

  function relax(): void {
    outage.reset()
    refusal.reset()
  }

  async function run(): Promise<void> {
    while (!stopped()) {
      let backoff = outage
      try {
        version ??= await list()
        await follow({ ...query, resourceVersion: version, allowWatchBookmarks: 'true' })
        relax()
      } catch (error) {
        if (stopped()) return
        if (!(error instanceof ApiError)) throw error
        if (!isTransient(error)) backoff = refusal
        if (hasStatus(error, 410)) version = undefined
        // A watch that breaks once or twice is picked up where it was: only what lasts is a fault.
        else if (++failures > 2 || version === undefined) tell(error.message)
      }
      await pause(backoff.next(), undefined, { signal }).catch(() => undefined)
    }
  }

  async function list(): Promise<string> {
    listener.relisting?.()
    for (let next = ''; ;) {
      const answer = await api.request({
        path,
        query: { ...query, limit: page, ...(next === '' ? {} : { continue: next }) },
      })
      if (stopped()) throw new ApiError('stopped')
      for (const item of arrayAt(answer, 'items')) if (isObject(item)) listener.seen(item)
      next = textAt(objectAt(answer, 'metadata'), 'continue') ?? ''
      if (next !== '') continue
      listener.listed?.()
      return versionOf(answer)
    }
  }

  /** Resolves when the API server has closed the watch, as it does every few minutes. */
  async function follow(since: Readonly<Record<string, string>>): Promise<void> {
    const events = await api.watch(path, since, signal)
    failures = 0
    tell(undefined)
    for await (const { type, object } of events) {
      if (stopped()) return
      if (type === 'ERROR')
        throw new ApiError(`the watch ended: ${textAt(object, 'reason') ?? 'unknown'}`, Number(object['code']))
      relax()
      version = versionOf(object)
      if (type === 'DELETED') listener.gone(object)
      else if (type !== 'BOOKMARK') listener.seen(object)
    }
  }

  void run()
  return {
    stop: () => {
      stopping.abort()
    },
  }
}
