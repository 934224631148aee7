import { LRUCache } from 'lru-cache'
import type { Verdict } from '../decision/verdict.ts'
import { cacheKey, type Reference } from '../reference/reference.ts'
import type { RegistryObserver } from './observer.ts'

export interface VerdictCache<V> {
  /**
   * The verdict itself where it is known, else the check that finds it.
   * @param since milliseconds since the epoch: an answer from before does not count, if there was one
   */
  get(reference: Reference, since?: number): V | Promise<V>
  readonly entries: number
  readonly inFlight: ReadonlyMap<string, Promise<V>>
}

/** A verdict that has run out, and when to ask again because asking again led to nothing. */
interface Postponed<V> {
  readonly verdict: V
  readonly refreshAt: number
}

/** What an entry takes beside its key, and what it may take with a long key on the average. Both in bytes. */
const entryOverhead = 400
const entryBudget = 600

/**
 * Settled verdicts beside the checks in flight. Whoever asks for the same shares one check, and that goes on whoever
 * leaves. The check must not reject.
 *
 * A verdict that has run out is asked for anew. In the meantime it is served for `stale` milliseconds more where it
 * `isServedStale`, and otherwise where asking again ends in `unknown`.
 */
export function createVerdictCache<V extends Verdict<string>>({
  check,
  isServedStale,
  maxEntries,
  stale,
  now,
  observer,
}: {
  check: (reference: Reference, key: string) => Promise<V>
  isServedStale: (verdict: V) => boolean
  maxEntries: number
  stale: number
  now: () => number
  observer: RegistryObserver
}): VerdictCache<V> {
  // Verdicts as they are: there may be many, and an object around each would be a tenth of what they take.
  const settled = new LRUCache<string, V | Postponed<V>>({
    max: maxEntries,
    maxSize: maxEntries * entryBudget,
    sizeCalculation: (_, key) => entryOverhead + key.length,
  })
  const inFlight = new Map<string, Promise<V>>()

  /** Whether a verdict that has run out is still better than none. */
  function isUsable({ access, checkedAt, ttl }: V, time: number): boolean {
    return access !== 'unknown' && time < checkedAt + ttl + stale
  }

  async function refresh(reference: Reference, key: string): Promise<V> {
    const verdict = await check(reference, key)
    inFlight.delete(key)
    const time = now()
    const entry = settled.peek(key)
    const known = entry && verdictOf(entry)
    if (verdict.access === 'unknown' && known !== undefined && isUsable(known, time)) {
      settled.set(key, { verdict: known, refreshAt: time + verdict.ttl })
      return known
    }
    if (verdict.ttl > 0) settled.set(key, verdict)
    return verdict
  }

  return {
    get(reference, since = -Infinity) {
      const key = cacheKey(reference)
      const entry = settled.get(key)
      const known = entry && verdictOf(entry)
      const time = now()
      const isOutdated = entry !== undefined && isAnswerBefore(since, entry)
      if (entry !== undefined && known !== undefined && !isOutdated && time < refreshAt(entry)) {
        observer.cache?.('hit')
        return known
      }
      const running = inFlight.get(key)
      const checking = running ?? refresh(reference, key)
      if (running === undefined) inFlight.set(key, checking)
      if (known !== undefined && !isOutdated && isServedStale(known) && isUsable(known, time)) {
        observer.cache?.('stale')
        return known
      }
      observer.cache?.(running === undefined ? 'miss' : 'shared')
      return checking
    },
    get entries() {
      return settled.size
    },
    inFlight,
  }
}

/** A registry that just now gave no answer is not asked the sooner. */
function isAnswerBefore<V extends Verdict<string>>(since: number, entry: V | Postponed<V>): boolean {
  return !('refreshAt' in entry) && entry.access !== 'unknown' && entry.checkedAt < since
}

function verdictOf<V extends object>(entry: V | Postponed<V>): V {
  return 'refreshAt' in entry ? entry.verdict : entry
}

function refreshAt<V extends Verdict<string>>(entry: V | Postponed<V>): number {
  return 'refreshAt' in entry ? entry.refreshAt : entry.checkedAt + entry.ttl
}
