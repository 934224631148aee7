import { arrayAt, parseObject, textAt } from '../json.ts'
import type { Endpoint } from './endpoint.ts'
import { denied, missing, readable, unknown, type Finding } from './finding.ts'
import { hasManifestBody, hasManifestHeaders } from './manifest.ts'
import type { TransportResponse } from '../network/transport.ts'

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
  if (status === 408 || status === 429) return failure(response)
  return status === 501 || (status >= 400 && status < 500) ? undefined : failure(response)
}

/** What the answer to a GET of a manifest means. */
export function interpretGet(response: TransportResponse): Finding {
  switch (response.status) {
    case 200:
      return hasManifestHeaders(response) || hasManifestBody(response) ? readable : unknown('unexpected-answer')
    case 403:
      return judgeForbidden(response)
    case 404:
      return missing
    default:
      return failure(response)
  }
}

/** What the answer of a token endpoint means that gave no token. */
export function interpretTokenRefusal(response: TransportResponse, licensed: boolean): Finding {
  const { status } = response
  if (status === 200) return unknown('no-token')
  if (status === 401) return denied('unauthorized')
  if (status === 403) return licensed ? denied('denied') : judgeForbidden(response)
  // Without credentials it is one way to refuse a token, with them it says no more than the 404 of a manifest.
  if (status === 404) return licensed ? missing : denied('denied')
  if (status >= 300 && status < 400) return unknown('bad-redirect')
  return failure(response)
}

/** Firewalls and rate limiters say 403 as well, so only the registry's own word counts (distribution spec, "Error Codes"). */
function judgeForbidden({ body }: TransportResponse): Finding {
  const codes = arrayAt(parseObject(body), 'errors').map((error) => textAt(error, 'code'))
  return codes.includes('DENIED') || codes.includes('UNAUTHORIZED') ? denied('denied') : unknown('forbidden')
}

function failure({ status, headers }: TransportResponse): Finding {
  if (status === 429) {
    const retryAfter = headers['retry-after']
    return { ...unknown('rate-limited'), ...(typeof retryAfter === 'string' && { retryAfter }) }
  }
  if (status === 408) return unknown('timeout')
  return unknown(status >= 500 ? 'server-error' : 'unexpected-answer')
}
