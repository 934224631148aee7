import { LRUCache } from 'lru-cache'
import { readRetryAfter } from '../network/retryAfter.ts'

export interface Breaker {
  /** A host asks to be left alone. @param retryAfter its `Retry-After` (RFC 9110 section 10.2.3), if it sent one. */
  open(host: string, retryAfter: string | undefined): void
  /** For how many milliseconds yet the host must not be asked: 0 where it may be. */
  remaining(host: string): number
}

/** In milliseconds. For a 429 that names no time, or none that can be read. */
const defaultPause = 30_000
/** Hosts that answer in the past or "now" would otherwise be asked in a loop. */
const minPause = 1000
/** A registry's word, or a mistake of its clock, must not switch the check off for hours. */
const maxPause = 15 * 60_000
/** Which hosts there are is for Pods' authors to say. */
const maxHosts = 1000

/** Remembers which registries answered 429, and until when they are not to be asked. */
export function createBreaker(now: () => number): Breaker {
  const until = new LRUCache<string, number>({ max: maxHosts })
  return {
    open(host, retryAfter) {
      const time = now()
      const pause = (retryAfter === undefined ? undefined : readRetryAfter(retryAfter, time)) ?? defaultPause
      until.set(host, time + Math.min(maxPause, Math.max(minPause, pause)))
    },
    remaining: (host) => Math.max(0, (until.get(host) ?? 0) - now()),
  }
}
