import type { Reference } from '../reference/reference.ts'

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
  /**
   * When the host itself said so, where that was before `checkedAt`: an earlier answer stands in for a check that
   * failed.
   */
  readonly answeredAt?: number
}

export type AnonymousVerdict = Verdict<AnonymousAccess>
export type ProxyVerdict = Verdict<ProxyAccess>

/** Where verdicts come from. What is known already is returned as it is, everything else as a check under way. */
export interface Verdicts {
  /**
   * What an image's own registry grants without credentials: also known, for now, where that registry keeps silent.
   */
  anonymous(reference: Reference, asker: Asker): AnonymousVerdict | PendingCheck<AnonymousVerdict>
  /**
   * What the proxy grants with the license. Undefined where it is not to be asked.
   *
   * @param reference of the image behind the proxy
   * @param original the image at its own registry: a proxy that is asked too often speaks of that
   */
  proxy(reference: Reference, asker: Asker, original?: Reference): ProxyVerdict | PendingCheck<ProxyVerdict> | undefined
  /** An admission has its answer: checks that go on for others no longer count against its share. */
  leave?(asker: Asker): void
}

/**
 * One admission, as registries are asked on behalf of it: no Pod and no namespace may take more than its share of the
 * checks.
 */
export interface Asker {
  readonly namespace: string
  /** Milliseconds since the epoch: an answer from before does not count for whoever must know. */
  readonly since?: number
}

/** A check under way. Neither promise rejects. */
export interface PendingCheck<V> {
  readonly verdict: Promise<V>
  /** Resolves when the check gets its turn, or ends without one. */
  readonly begun: Promise<unknown>
  /** What counts for whoever cannot wait for the verdict, where something is known. */
  readonly meanwhile?: V
}

/** Whether the answer is a check under way, rather than a verdict that is known. */
export function isPending<V extends object>(answer: V | PendingCheck<V>): answer is PendingCheck<V> {
  return 'begun' in answer
}
