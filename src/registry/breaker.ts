import { LRUCache } from 'lru-cache'
import { readRetryAfter } from '../network/retryAfter.ts'

export interface Breaker {
  /** A host has answered 429. @param retryAfter its `Retry-After` (RFC 9110 section 10.2.3), if it sent one. */
  open(key: string, retryAfter: string | undefined): void
  /** Milliseconds for which the host must not be asked yet; 0 where it may be asked. */
  remaining(key: string): number
}

/** Milliseconds, for a 429 without a `Retry-After` that can be read. */
const defaultPause = 30_000
/** Milliseconds at the least: a `Retry-After` of 0, or in the past, would otherwise lead to a loop of requests. */
const minPause = 1000
/** A registry's word, or a mistake of its clock, must not switch the check off for hours. */
const maxPause = 15 * 60_000
/** The authors of Pods choose which hosts there are: bounded in number and in characters. */
const maxKeys = 1000
const maxCharacters = 256 * 1024

/**
 * Remembers who answered 429, and until when it is not to be asked.
 * @param longest milliseconds of a pause at the most, whatever a `Retry-After` says
 */
export function createBreaker(now: () => number, longest = maxPause): Breaker {
  const until = new LRUCache<string, number>({
    max: maxKeys,
    maxSize: maxCharacters,
    sizeCalculation: (_, key) => key.length,
  })
  return {
    open(key, retryAfter) {
      const time = now()
      const pause = (retryAfter === undefined ? undefined : readRetryAfter(retryAfter, time)) ?? defaultPause
      until.set(key, time + Math.min(longest, Math.max(minPause, pause)))
    },
    remaining: (key) => Math.max(0, (until.get(key) ?? 0) - now()),
  }
}
