import { LRUCache } from 'lru-cache'

export interface Breaker {
  /** A host asks to be left alone. @param retryAfter its `Retry-After` (RFC 9110 section 10.2.3), if it sent one. */
  open(host: string, retryAfter: string | undefined): void
  /** For how many milliseconds yet the host must not be asked: 0 where it may be. */
  remaining(host: string): number
}

/** In milliseconds. For a 429 that names no time. */
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
      const pause = retryAfter === undefined ? NaN : milliseconds(retryAfter, now())
      until.set(host, now() + Math.min(maxPause, Math.max(minPause, Number.isNaN(pause) ? defaultPause : pause)))
    },
    remaining: (host) => Math.max(0, (until.get(host) ?? 0) - now()),
  }
}

/** NaN where the text is neither a number of seconds nor a date. */
function milliseconds(retryAfter: string, now: number): number {
  return /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
}
