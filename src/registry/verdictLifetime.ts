import type { CacheConfig } from '../config/config.ts'
import type { AnonymousAccess, ProxyAccess, VerdictReason } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'
import type { Finding } from './interpret.ts'

/** What findings mean for one kind of access, and how long that may be relied upon. */
export interface AccessKind<Access extends string> {
  access(finding: Finding): Access
  /** In milliseconds, before jitter. */
  lifetime(access: Access, reference: Reference, cache: CacheConfig): number
  /**
   * Whether a verdict that has run out is served while it is asked for anew. Not those that someone puts right (pushes
   * the image, renews the license, links the registry) and then tries again.
   */
  isServedStale(access: Access): boolean
}

const anonymousAccess = { readable: 'public', denied: 'private', missing: 'missing', unknown: 'unknown' } as const
const proxyAccess = { readable: 'served', denied: 'refused', missing: 'refused', unknown: 'unknown' } as const
const proxyLifetime = { served: 'private', refused: 'missing', unknown: 'unknown' } as const

export const anonymousKind: AccessKind<AnonymousAccess> = {
  access: ({ access }) => anonymousAccess[access],
  lifetime: (access, { digest }, cache) => cache[access === 'public' && digest !== undefined ? 'publicDigest' : access],
  isServedStale: (access) => access === 'public' || access === 'private',
}

export const proxyKind: AccessKind<ProxyAccess> = {
  access: ({ access }) => proxyAccess[access],
  lifetime: (access, _, cache) => cache[proxyLifetime[access]],
  isServedStale: (access) => access === 'served',
}

/** The fraction by which a lifetime may be longer or shorter at random: verdicts that came together do not run out together. */
const jitter = 0.1

/**
 * The milliseconds for which one verdict counts. `busy` is not remembered, as it says nothing about the image; a registry
 * that limits requests may be asked again when the pause that it asked for is over.
 *
 * @param usual milliseconds, before jitter
 * @param pause milliseconds for which whoever was asked is not to be asked again
 * @param random between 0 and 1
 */
export function lifetimeOf(reason: VerdictReason, usual: number, pause: number, random: number): number {
  if (reason === 'busy') return 0
  const lifetime = usual * (1 - jitter + 2 * jitter * random)
  return Math.round(reason === 'rate-limited' ? Math.min(lifetime, pause) : lifetime)
}
