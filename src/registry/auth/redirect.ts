import { named, type Target } from './authRequirement.ts'
import type { TransportResponse } from '../../network/transport.ts'

const statuses = new Set([301, 302, 303, 307, 308])

/** How many redirects one request may follow. */
export const maxRedirects = 5

/** Whether an answer has a status that names another place to ask (RFC 9110 section 15.4). */
export function isRedirect({ status }: TransportResponse): boolean {
  return statuses.has(status)
}

/** Where a redirect leads; undefined where it says nothing, or names what must not be asked (see `named`). */
export function redirectTarget(response: TransportResponse, from: Target): Target | undefined {
  const { location } = response.headers
  return typeof location === 'string' ? named(location, from, response) : undefined
}
