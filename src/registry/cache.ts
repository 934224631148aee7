import { LRUCache } from 'lru-cache'
import type { Asker, PendingCheck, Verdict } from '../decision/verdict.ts'
import { cacheKey, type Reference } from '../reference/reference.ts'
import type { RegistryObserver } from './observer.ts'

export interface VerdictCache<V> {
  /** The verdict itself where it is known, or need not be waited for; else the check that finds it. */
  get(reference: Reference, asker: Asker, original?: Reference): V | PendingCheck<V>
  readonly entries: number
  readonly inFlight: ReadonlyMap<string, CheckUnderWay<V>>
}

/** A check that several may wait for. */
export interface CheckUnderWay<V> extends PendingCheck<V> {
  /** Tells that another asker waits for the same check. */
  join(asker: Asker): void
}

/** The verdict that counts for a registry that keeps silent. */
export interface SilenceAnswer<V> {
  readonly verdict: V
  /** Whether to ask the registry again in the background. */
  readonly asksAgain: boolean
}

/** A verdict that has run out, and the time of the next attempt after one that gave no answer. */
interface Postponed<V> {
  readonly verdict: V
  readonly refreshAt: number
}

export interface VerdictCacheOptions<V> {
  /**
   * Begins a check. Its verdict must not reject.
   * @param original the image at its own registry, where another one is asked
   */
  readonly check: (reference: Reference, key: string, asker: Asker, original: Reference | undefined) => CheckUnderWay<V>
  readonly isServedStale: (verdict: V) => boolean
  /** Undefined where the registry is not known to keep silent. */
  readonly silence?: (reference: Reference) => SilenceAnswer<V> | undefined
  readonly maxEntries: number
  /** Milliseconds. */
  readonly stale: number
  readonly now: () => number
  readonly observer: RegistryObserver
}

/** What an entry takes beside its key, and what it may take with a long key on the average. Both in bytes. */
const entryOverhead = 400
const entryBudget = 600

/**
 * Settled verdicts beside the checks in flight. Whoever asks for the same shares one check, and that goes on whoever
 * leaves. The check must not reject.
 *
 * A verdict that has run out is asked for anew. In the meantime it is served for `stale` milliseconds more where it
 * `isServedStale`, and otherwise where asking again ends in `unknown`. Nobody waits for a registry that keeps silent.
 */
export function createVerdictCache<V extends Verdict<string>>(options: VerdictCacheOptions<V>): VerdictCache<V> {
  const { check, isServedStale, silence = () => undefined, maxEntries, stale, now, observer } = options
  // Verdicts are stored without a wrapper, which would add a tenth to the memory of each.
  const settled = new LRUCache<string, V | Postponed<V>>({
    max: maxEntries,
    maxSize: maxEntries * entryBudget,
    sizeCalculation: (_, key) => entryOverhead + key.length,
  })
  const inFlight = new Map<string, CheckUnderWay<V>>()

  /** Whether a verdict that has run out is still better than none. */
  function isUsable({ access, checkedAt, ttl, answeredAt = checkedAt }: V, time: number): boolean {
    return access !== 'unknown' && time < answeredAt + ttl + stale
  }

  function begin(reference: Reference, key: string, asker: Asker, original: Reference | undefined): CheckUnderWay<V> {
    const underWay = check(reference, key, asker, original)
    const settling = { ...underWay, verdict: underWay.verdict.then((verdict) => settle(key, verdict)) }
    inFlight.set(key, settling)
    return settling
  }

  /**
   * Stores the verdict of a check that has ended.
   * @returns what counts from now on, which may be the earlier verdict
   */
  function settle(key: string, verdict: V): V {
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
    get(reference, asker, original) {
      const key = cacheKey(reference)
      const entry = settled.get(key)
      const known = entry && verdictOf(entry)
      const time = now()
      const isOutdated = entry !== undefined && isAnswerBefore(asker.since, entry)
      if (entry !== undefined && known !== undefined && !isOutdated && time < refreshAt(entry)) {
        observer.cache?.('hit')
        return known
      }
      const running = inFlight.get(key)
      running?.join(asker)
      const usable = known !== undefined && !isOutdated && isUsable(known, time) ? known : undefined
      const silent = silence(reference)
      if (silent !== undefined) {
        if (running === undefined && silent.asksAgain) begin(reference, key, asker, original)
        observer.cache?.(usable === undefined ? 'miss' : 'stale')
        return usable ?? silent.verdict
      }
      const underWay = running ?? begin(reference, key, asker, original)
      if (usable !== undefined && isServedStale(usable)) {
        observer.cache?.('stale')
        return usable
      }
      observer.cache?.(running === undefined ? 'miss' : 'shared')
      return underWay
    },
    get entries() {
      return settled.size
    },
    inFlight,
  }
}

/**
 * Whether the verdict is from before `since`. Not so for a registry that gave no answer just now, which is not to be
 * asked again so soon.
 */
function isAnswerBefore<V extends Verdict<string>>(since = -Infinity, entry: V | Postponed<V>): boolean {
  return !('refreshAt' in entry) && entry.access !== 'unknown' && entry.checkedAt < since
}

function verdictOf<V extends object>(entry: V | Postponed<V>): V {
  return 'refreshAt' in entry ? entry.verdict : entry
}

function refreshAt<V extends Verdict<string>>(entry: V | Postponed<V>): number {
  return 'refreshAt' in entry ? entry.refreshAt : entry.checkedAt + entry.ttl
}
