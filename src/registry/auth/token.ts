import { LRUCache } from 'lru-cache'
import { parseObject } from '../../json.ts'
import type { AuthRequirement, Target } from './authRequirement.ts'
import { interpretTokenRefusal, type Refusal } from './refusal.ts'
import type { Trust } from '../../network/guard.ts'
import type { TransportResponse } from '../../network/transport.ts'

/** The request for one token, of a realm for a service and scopes, to be shown to the host that required it. */
export interface TokenRequest {
  readonly key: string
  readonly url: URL
  readonly trust: Trust
}

export interface Token {
  readonly value: string
  /** Whether it was fetched for an earlier check and may have been withdrawn since. */
  readonly cached: boolean
}

export interface Tokens {
  /**
   * A token for a requirement, or why there is none. Whoever asks for one that is being fetched shares that request.
   *
   * @param rejected the value of a cached token that the registry no longer takes: it is not given again.
   */
  get(request: TokenRequest, checkKey: string, rejected?: string): Promise<Token | Refusal>
}

/**
 * Milliseconds that a token lives where its `expires_in` is missing (distribution, "Token Authentication
 * Specification").
 */
const defaultLifetime = 60_000
/** A token used until its very end would expire on its way: the last tenth of its life is left out, 10 s at most. */
const maxMargin = 10_000
/**
 * How many tokens are kept. A token serves one repository, whose verdicts are cached anyway, so more would gain little.
 */
const maxTokens = 1000
const maxCachedCharacters = 4 * 1024 * 1024
/** In characters. Node.js and nginx refuse larger header fields, so a longer token could not be sent. */
const maxTokenLength = 16 * 1024

/** The request for a token to pull from a repository. @param by the host that required it */
export function tokenRequest(
  requirement: AuthRequirement & { scheme: 'bearer' },
  by: Target,
  repository: string,
): TokenRequest {
  const parameters = new URLSearchParams()
  if (requirement.service !== undefined) parameters.set('service', requirement.service)
  const scopes = [`repository:${repository}:pull`, ...requirement.scopes.split(' ')].filter((scope) => scope !== '')
  for (const scope of new Set(scopes)) parameters.append('scope', scope)

  const { url: realm, trust } = requirement.realm
  const url = new URL(realm)
  url.hash = ''
  url.search = [realm.search.slice(1), parameters.toString()].filter((part) => part !== '').join('&')
  // A token of one host must not go to another that names the same realm.
  return { key: `${by.trust} ${by.url.origin} ${url.href}`, url, trust }
}

/**
 * @param send makes the request for a token.
 * @param licensed whether it is made with credentials.
 */
export function createTokens({
  send,
  licensed,
  now,
}: {
  send: (request: TokenRequest, checkKey: string) => Promise<TransportResponse | Refusal>
  licensed: boolean
  now: () => number
}): Tokens {
  const cached = new LRUCache<string, { readonly value: string; readonly until: number }>({
    max: maxTokens,
    maxSize: maxCachedCharacters,
    sizeCalculation: ({ value }, key) => value.length + key.length,
  })
  const inFlight = new Map<string, Promise<Token | Refusal>>()

  async function fetch(request: TokenRequest, checkKey: string): Promise<Token | Refusal> {
    const asked = now()
    const response = await send(request, checkKey)
    if ('access' in response) return response
    const granted = response.status === 200 ? readToken(response.body) : undefined
    if (granted === undefined) return interpretTokenRefusal(response, licensed)

    const { value, lifetime } = granted
    cached.set(request.key, { value, until: asked + lifetime - Math.min(lifetime / 10, maxMargin) })
    return { value, cached: false }
  }

  return {
    async get(request, checkKey, rejected) {
      const held = cached.get(request.key)
      if (held !== undefined && held.value !== rejected && now() < held.until) {
        return { value: held.value, cached: rejected === undefined }
      }
      let fetching = inFlight.get(request.key)
      if (fetching === undefined) {
        fetching = fetch(request, checkKey).finally(() => inFlight.delete(request.key))
        inFlight.set(request.key, fetching)
      }
      return fetching
    },
  }
}

function readToken(body: string): { value: string; lifetime: number } | undefined {
  const { token, access_token: accessToken, expires_in: expiresIn } = parseObject(body) ?? {}
  const value = [token, accessToken].find((candidate) => typeof candidate === 'string' && candidate !== '')
  if (typeof value !== 'string' || value.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(value)) return undefined
  const seconds = Number(expiresIn ?? NaN)
  return { value, lifetime: Number.isFinite(seconds) ? seconds * 1000 : defaultLifetime }
}
