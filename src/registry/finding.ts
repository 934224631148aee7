import type { VerdictReason } from '../decision/verdict.ts'

/** What the requests of one check amount to, before it is known whose access was asked for. */
export interface Finding {
  readonly access: 'readable' | 'denied' | 'missing' | 'unknown'
  readonly reason: VerdictReason
  /** The `Retry-After` of a 429, as sent. */
  readonly retryAfter?: string
}

export const readable: Finding = { access: 'readable', reason: 'readable' }
export const missing: Finding = { access: 'missing', reason: 'not-found' }

export function denied(reason: 'unauthorized' | 'denied'): Finding {
  return { access: 'denied', reason }
}

export function unknown(reason: VerdictReason): Finding {
  return { access: 'unknown', reason }
}
