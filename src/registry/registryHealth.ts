import { LRUCache } from 'lru-cache'
import type { VerdictReason } from '../decision/verdict.ts'
import type { Finding } from './interpret.ts'
import type { RegistryObserver } from './observer.ts'

/** The reasons of verdicts that mean that the host has not answered at all. */
const unreachable: readonly VerdictReason[] = ['timeout', 'dns', 'tls', 'connection', 'blocked-address', 'deadline']
/** The reasons that lie with the registry as a whole, not with one image of it. */
const hostReasons: ReadonlySet<VerdictReason> = new Set([...unreachable, 'rate-limited', 'server-error'])
/**
 * The authors of Pods choose which hosts there are, so these are bounded in number and in characters. Where a failing
 * host has been forgotten, its recovery is not reported.
 */
const maxHosts = 1000
const maxCharacters = 128 * 1024
/**
 * Milliseconds from which on a check without a result counts as silence: it has held its slot for as long as a check of
 * a silent host.
 */
const wasted = 2000
/** Milliseconds between two questions to a host that keeps silent. */
const silencePause = 30_000

/** What checks found of registries as a whole. */
export interface RegistryHealth {
  /**
   * Is told what a check found that took so many milliseconds, without its queueing. Tells the observer when a registry
   * begins or ceases to fail.
   */
  found(host: string, finding: Finding, milliseconds: number): void
  /** Whether the host answered when it was last asked, if that is remembered. */
  hasAnswered(host: string): boolean
  /**
   * Whether the last check of the host ended in silence: it, or its name server, accepted the question and said nothing, as
   * behind a firewall that drops packets. Whoever is refused at once is not silent; a host that kept a check busy for long, with
   * slow redirects for instance, and told nothing is as good as silent.
   */
  isSilent(host: string): boolean
  /** Whether a silent host may be asked again by now. */
  isDue(host: string): boolean
  /** Whether a host may be asked now: one that is silent is then left alone for a while. */
  mayAsk(host: string): boolean
}

/** @param now milliseconds, which must not go back */
export function createRegistryHealth(observer: RegistryObserver, now: () => number): RegistryHealth {
  const failing = remembered<true>()
  const answering = remembered<true>()
  /** When each silent host may be asked again. */
  const silent = remembered<number>()

  const isDue = (host: string): boolean => now() >= (silent.get(host) ?? 0)

  return {
    found(host, { access, reason }, milliseconds) {
      const isWaste = access === 'unknown' && reason !== 'busy' && milliseconds >= wasted
      if (isWaste || unreachable.includes(reason)) answering.delete(host)
      else answering.set(host, true)
      if (isWaste || reason === 'timeout') silent.set(host, now() + silencePause)
      else if (reason !== 'busy') silent.delete(host)
      if (hostReasons.has(reason)) {
        if (!failing.has(host)) observer.host?.({ host, failing: true, reason })
        failing.set(host, true)
      } else if (access !== 'unknown' && failing.delete(host)) {
        observer.host?.({ host, failing: false })
      }
    },
    hasAnswered: (host) => answering.get(host) === true,
    isSilent: (host) => silent.has(host),
    isDue,
    mayAsk(host) {
      if (!silent.has(host)) return true
      if (!isDue(host)) return false
      silent.set(host, now() + silencePause)
      return true
    },
  }
}

function remembered<V extends true | number>() {
  return new LRUCache<string, V>({
    max: maxHosts,
    maxSize: maxCharacters,
    sizeCalculation: (_, host) => Math.max(1, host.length),
  })
}
