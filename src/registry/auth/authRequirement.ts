import { parseChallenges } from './challenge.ts'
import { unknown, type Refusal } from './refusal.ts'
import type { Trust } from '../../network/guard.ts'
import type { TransportResponse } from '../../network/transport.ts'

/** A URL, and who chose its host. */
export interface Target {
  readonly url: URL
  readonly trust: Trust
}

/** What a registry requires before it answers. */
export type AuthRequirement =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      readonly realm: Target
      readonly service?: string
      /** Separated by blanks. */
      readonly scopes: string
    }

/**
 * In characters. Requirements are remembered by host, image authors choose the hosts, and V8 keeps the whole header line
 * alive of which a parameter is a part.
 */
const maxChallengeLength = 4096

/**
 * Reads what a 401 asks for. Any Bearer challenge beats Basic; one without a realm is none. The first counts whose
 * realm is a URL to send something to. Undefined where nothing usable is asked for, and a refusal where no realm is such
 * a URL or all that is said is too long.
 */
export function readAuthRequirement(response: TransportResponse, by: Target): AuthRequirement | Refusal | undefined {
  const lines = [response.headers['www-authenticate'] ?? []].flat()
  const challenges = parseChallenges(lines)
  const bearers = challenges.filter(({ scheme, params }) => scheme === 'bearer' && Boolean(params['realm']))
  if (bearers.length === 0) return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined
  if (lines.join().length > maxChallengeLength) return unknown('bad-realm')

  for (const { params } of bearers) {
    const { realm: text = '', service, scope: scopes = '' } = params
    const realm = named(text, by, response)
    if (realm === undefined || realm.url.href.length > maxChallengeLength) continue
    return { scheme: 'bearer', realm, scopes, ...(service !== undefined && { service }) }
  }
  return unknown('bad-realm')
}

/** A requirement as it holds for every repository of the host. */
export function forAnyRepository(requirement: AuthRequirement): AuthRequirement {
  if (requirement.scheme === 'basic') return requirement
  const scopes = requirement.scopes.split(' ').filter((scope) => !scope.startsWith('repository:'))
  return { ...requirement, scopes: scopes.join(' ') }
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
