import { arrayAt, parseObject, textAt } from '../../json.ts'
import type { VerdictReason } from '../../decision/verdict.ts'
import type { TransportResponse } from '../../network/transport.ts'

/** Why a request led to no manifest and no token. */
export interface Refusal {
  readonly access: 'denied' | 'missing' | 'unknown'
  readonly reason: VerdictReason
  /** The `Retry-After` of a 429, as sent. */
  readonly retryAfter?: string
}

export const missing: Refusal = { access: 'missing', reason: 'not-found' }

/** The refusal of somebody who is not, or not enough, authorized. */
export function denied(reason: 'unauthorized' | 'denied'): Refusal {
  return { access: 'denied', reason }
}

/** The refusal that says nothing about the repository. */
export function unknown(reason: VerdictReason): Refusal {
  return { access: 'unknown', reason }
}

/** What the answer of a token endpoint means that gave no token. */
export function interpretTokenRefusal(response: TransportResponse, licensed: boolean): Refusal {
  const { status } = response
  if (status === 200) return unknown('no-token')
  if (status === 401) return denied('unauthorized')
  if (status === 403) return licensed ? denied('denied') : interpretForbidden(response)
  // Without credentials a 404 is a way to refuse a token; with them it means what the 404 of a manifest means.
  if (status === 404) return licensed ? missing : denied('denied')
  if (status >= 300 && status < 400) return unknown('bad-redirect')
  return interpretFailure(response)
}

/**
 * What a 403 means. Firewalls and rate limiters answer so as well, so only the registry's own word counts
 * (distribution spec, "Error Codes").
 */
export function interpretForbidden({ body }: TransportResponse): Refusal {
  const codes = arrayAt(parseObject(body), 'errors').map((error) => textAt(error, 'code'))
  return codes.includes('DENIED') || codes.includes('UNAUTHORIZED') ? denied('denied') : unknown('forbidden')
}

/** What any other status means that is no success: nothing is known of the repository. */
export function interpretFailure({ status, headers }: TransportResponse): Refusal {
  if (status === 429) {
    const retryAfter = headers['retry-after']
    return { ...unknown('rate-limited'), ...(typeof retryAfter === 'string' && { retryAfter }) }
  }
  // A 408 is an answer all the same: `timeout` is kept for hosts that say nothing, which are left alone for a while.
  return unknown(status >= 500 || status === 408 ? 'server-error' : 'unexpected-answer')
}
