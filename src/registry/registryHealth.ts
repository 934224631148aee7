import { LRUCache } from 'lru-cache'
import type { VerdictReason } from '../decision/verdict.ts'
import type { Finding } from './interpret.ts'
import type { RegistryObserver } from './observer.ts'

/** Reasons of a host that has not answered at all. */
const unreachable: readonly VerdictReason[] = ['timeout', 'dns', 'tls', 'connection', 'blocked-address', 'deadline']
/** The reasons that lie with the registry as a whole, not with one image of it. */
const hostReasons: ReadonlySet<VerdictReason> = new Set([...unreachable, 'rate-limited', 'server-error'])
/** The authors of Pods choose which hosts there are: beyond these, a recovery goes unnoticed. */
const maxHosts = 1000
/** Milliseconds between two questions to a host that keeps silent. */
const silencePause = 30_000

/** What checks found of registries as a whole. */
export interface RegistryHealth {
  /** Is told what a check found. Tells the observer when a registry begins or ceases to fail. */
  found(host: string, finding: Finding): void
  /** Whether the host answered when it was last asked, if that is remembered. */
  hasAnswered(host: string): boolean
  /**
   * Whether the last check of the host ended in silence: it, or its name server, accepted the question and said nothing, as
   * behind a firewall that drops packets. Whoever is refused at once is not silent.
   */
  isSilent(host: string): boolean
  /** Whether a silent host may be asked again by now. */
  isDue(host: string): boolean
  /** Whether a host may be asked now: one that is silent is then left alone for a while. */
  mayAsk(host: string): boolean
}

export function createRegistryHealth(observer: RegistryObserver, now: () => number): RegistryHealth {
  const failing = new LRUCache<string, true>({ max: maxHosts })
  const answering = new LRUCache<string, true>({ max: maxHosts })
  /** When each silent host may be asked again. */
  const silent = new LRUCache<string, number>({ max: maxHosts })

  const isDue = (host: string): boolean => now() >= (silent.get(host) ?? 0)

  return {
    found(host, { access, reason }) {
      if (unreachable.includes(reason)) answering.delete(host)
      else answering.set(host, true)
      if (reason === 'timeout') silent.set(host, now() + silencePause)
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
