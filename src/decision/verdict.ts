/** What an image's own registry grants without credentials. */
export type AnonymousAccess = 'public' | 'private' | 'missing' | 'unknown'

/** What the proxy grants with the license. */
export type ProxyAccess = 'served' | 'refused' | 'unknown'

/**
 * Why a verdict says what it says: a closed set, so that it can label a metric. The reasons from `rate-limited` on
 * belong to `unknown` verdicts.
 */
export type VerdictReason =
  | 'readable'
  | 'unauthorized'
  | 'denied'
  | 'not-found'
  | 'rate-limited'
  | 'server-error'
  | 'timeout'
  | 'dns'
  | 'tls'
  | 'connection'
  | 'blocked-address'
  | 'forbidden'
  | 'bad-redirect'
  | 'bad-realm'
  | 'no-token'
  | 'unexpected-answer'
  | 'busy'
  | 'deadline'

/** An answer about one image, with its own lifetime. */
export interface Verdict<Access extends string> {
  readonly access: Access
  readonly reason: VerdictReason
  /** Milliseconds since the epoch. */
  readonly checkedAt: number
  /** Milliseconds from `checkedAt` during which the verdict need not be asked again. */
  readonly ttl: number
}

export type AnonymousVerdict = Verdict<AnonymousAccess>
export type ProxyVerdict = Verdict<ProxyAccess>
