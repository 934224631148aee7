import type { CacheConfig } from '../config/config.ts'
import type { AnonymousAccess, ProxyAccess } from '../decision/verdict.ts'
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
