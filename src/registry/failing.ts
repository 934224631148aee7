import { LRUCache } from 'lru-cache'
import type { VerdictReason } from '../decision/verdict.ts'
import type { Finding } from './finding.ts'
import type { RegistryObserver } from './observer.ts'

/** The reasons that lie with the registry as a whole, not with one image of it. */
const hostReasons = new Set<VerdictReason>([
  'rate-limited',
  'server-error',
  'timeout',
  'dns',
  'tls',
  'connection',
  'blocked-address',
])
/** Which hosts there are is for Pods' authors to say: beyond these, a recovery goes unnoticed. */
const maxHosts = 1000

/** Tells the observer when a registry begins or ceases to fail, from what checks find there. */
export function createFailingHosts(observer: RegistryObserver): (host: string, finding: Finding) => void {
  const failing = new LRUCache<string, true>({ max: maxHosts })
  return (host, { access, reason }) => {
    if (hostReasons.has(reason)) {
      if (!failing.has(host)) observer.host?.({ host, failing: true, reason })
      failing.set(host, true)
    } else if (access !== 'unknown' && failing.delete(host)) {
      observer.host?.({ host, failing: false })
    }
  }
}
