import { parseChallenges } from './challenge.ts'
import { unknown, type Finding } from './finding.ts'
import type { TransportResponse, Trust } from './transport.ts'

/** A URL, and who chose its host. */
export interface Target {
  readonly url: URL
  readonly trust: Trust
}

/** What a registry wants to see before it answers. */
export type Demand =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: Target; readonly service?: string; readonly scopes: readonly string[] }

/**
 * Reads what a 401 asks for. Any Bearer challenge beats Basic; one without a realm is none. Undefined where nothing
 * usable is asked for, and a finding where the realm is no URL to send anything to.
 */
export function readDemand(response: TransportResponse, by: Target): Demand | Finding | undefined {
  const lines = response.headers['www-authenticate'] ?? []
  const challenges = parseChallenges(typeof lines === 'string' ? [lines] : lines)
  const bearer = challenges.find(({ scheme, params }) => scheme === 'bearer' && Boolean(params['realm']))
  if (bearer === undefined) return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined

  const { realm = '', service, scope = '' } = bearer.params
  const target = named(realm, by, response)
  if (target === undefined) return unknown('bad-realm')
  const scopes = scope.split(' ').filter((part) => part !== '')
  return { scheme: 'bearer', realm: target, scopes, ...(service !== undefined && { service }) }
}

/** A demand as it holds for every repository of the host. */
export function forAnyRepository(demand: Demand): Demand {
  if (demand.scheme === 'basic') return demand
  return { ...demand, scopes: demand.scopes.filter((scope) => !scope.startsWith('repository:')) }
}

/**
 * The target that a response names in a realm or a redirect; undefined where it is not https, has credentials in it or
 * cannot be parsed. Another host is trusted no further than the one that named it: one on a public address must not
 * point into a private network.
 */
export function named(text: string, by: Target, { network }: TransportResponse): Target | undefined {
  const url = URL.parse(text, by.url.href)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  if (url.host === by.url.host) return { url, trust: by.trust }
  return { url, trust: network === 'allowed' ? 'image' : 'named' }
}
