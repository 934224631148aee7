import { LRUCache } from 'lru-cache'
import type { VerdictReason } from '../decision/verdict.ts'
import type { Finding } from './finding.ts'
import type { RegistryObserver } from './observer.ts'

/** Reasons of a host that has not answered at all. */
const silence: readonly VerdictReason[] = ['timeout', 'dns', 'tls', 'connection', 'blocked-address', 'deadline']
/** The reasons that lie with the registry as a whole, not with one image of it. */
const hostReasons: ReadonlySet<VerdictReason> = new Set([...silence, 'rate-limited', 'server-error'])
/** Which hosts there are is for Pods' authors to say: beyond these, a recovery goes unnoticed. */
const maxHosts = 1000

/** What checks found of registries as a whole. */
export interface Hosts {
  /** Is told what a check found. Tells the observer when a registry begins or ceases to fail. */
  found(host: string, finding: Finding): void
  /** Whether the host answered when it was last asked, if that is remembered. */
  hasAnswered(host: string): boolean
}

export function createHosts(observer: RegistryObserver): Hosts {
  const failing = new LRUCache<string, true>({ max: maxHosts })
  const answering = new LRUCache<string, true>({ max: maxHosts })

  function found(host: string, { access, reason }: Finding): void {
    if (silence.includes(reason)) answering.delete(host)
    else answering.set(host, true)
    if (hostReasons.has(reason)) {
      if (!failing.has(host)) observer.host?.({ host, failing: true, reason })
      failing.set(host, true)
    } else if (access !== 'unknown' && failing.delete(host)) {
      observer.host?.({ host, failing: false })
    }
  }
  return { found, hasAnswered: (host) => answering.get(host) === true }
}
