import type { AnonymousVerdict, ProxyVerdict, Verdict } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'

/** Where verdicts come from. What is known already is returned as it is, everything else as a check under way. */
export interface Verdicts {
  anonymous(reference: Reference, asker: Asker): AnonymousVerdict | PendingCheck<AnonymousVerdict>
  /**
   * Undefined where the proxy is not to be asked.
   *
   * @param reference of the image behind the proxy
   * @param original as it was written
   */
  proxy(reference: Reference, asker: Asker, original?: Reference): ProxyVerdict | PendingCheck<ProxyVerdict> | undefined
}

/** Who asks, so that nobody takes up more than a share: one object for each admission. */
export interface Asker {
  readonly namespace: string
  /** Milliseconds since the epoch: an answer from before does not count. Absent where any will do that is remembered. */
  readonly since?: number
}

/** A check under way. Neither promise rejects. */
export interface PendingCheck<V> {
  readonly verdict: Promise<V>
  /** Resolves when the check gets its turn, or ends without one. */
  readonly begun: Promise<void>
}

export function isPending<V extends object>(answer: V | PendingCheck<V>): answer is PendingCheck<V> {
  return 'begun' in answer
}

/** What is known at the deadline of an image whose registry has not answered by then. */
export function tooLate(): Verdict<'unknown'> {
  return { access: 'unknown', reason: 'deadline', checkedAt: Date.now(), ttl: 0 }
}
