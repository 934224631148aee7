import type { Endpoint } from './endpoint.ts'
import { denied, interpretFailure, interpretForbidden, missing, unknown, type Refusal } from './auth/refusal.ts'
import { hasManifestBody, hasManifestHeaders } from './manifest.ts'
import type { TransportResponse } from '../network/transport.ts'

/** What the requests of one check amount to, before it is known whose access was asked for. */
export interface Finding extends Omit<Refusal, 'access'> {
  readonly access: 'readable' | Refusal['access']
}

export const readable: Finding = { access: 'readable', reason: 'readable' }

/**
 * What the answer to a HEAD of a manifest means; undefined where only a GET can tell. Redirects and 401 are dealt with
 * before (see `createAuthenticatedRequest`).
 *
 * @param licensed whether credentials of a license were sent: a 403 then needs no explanation.
 */
export function interpretHead(response: TransportResponse, endpoint: Endpoint, licensed: boolean): Finding | undefined {
  const finding = firstGlance(response, endpoint, licensed)
  if (finding !== undefined || endpoint.mayGet) return finding
  return interpretGet(response)
}

function firstGlance(response: TransportResponse, endpoint: Endpoint, licensed: boolean): Finding | undefined {
  const { status } = response
  if (status === 200) return hasManifestHeaders(response) ? readable : undefined
  if (status === 403 && licensed) return denied('denied')
  if (status === 404) return endpoint.honestHead ? missing : undefined
  if (status === 408 || status === 429) return interpretFailure(response)
  return status === 501 || (status >= 400 && status < 500) ? undefined : interpretFailure(response)
}

/** What the answer to a GET of a manifest means. */
export function interpretGet(response: TransportResponse): Finding {
  switch (response.status) {
    case 200:
      return hasManifestHeaders(response) || hasManifestBody(response) ? readable : unknown('unexpected-answer')
    case 403:
      return interpretForbidden(response)
    case 404:
      return missing
    default:
      return interpretFailure(response)
  }
}
