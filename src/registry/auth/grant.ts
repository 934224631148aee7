import type { Target } from './authRequirement.ts'
import type { Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import type { Token, TokenRequest } from './token.ts'

/** The authorization to send to one host. */
export interface Grant {
  readonly authorization: string
  /** What led to it: a challenge within this check, what the host required of an earlier one, or a cached token. */
  readonly source: 'challenge' | 'memory' | 'cache'
  /** The token that is sent, and the request that got it. Absent for Basic. */
  readonly bearer?: { readonly request: TokenRequest; readonly value: string }
}

/** Where the requests of one check get what they are authorized by. */
export interface Grants {
  /** The credentials that the host may be shown; undefined where it must not see any. */
  basic(target: Target, source: Grant['source']): Grant | undefined
  /** A token, or why there is none. @param rejected the value of a cached one that the registry no longer takes */
  bearer(request: TokenRequest, source: Grant['source'], rejected?: string): Promise<Grant | Refusal>
  /** A new token in place of one from the cache that the registry no longer takes; undefined where it was none of these. */
  replaceCached(grant: Grant | undefined): Promise<Grant | Refusal | undefined>
}

export function createGrants(session: Pick<Session, 'basic' | 'tokens'>, checkKey: string): Grants {
  /** The answers of token endpoints within this check, so that none is asked for the same token twice. */
  const fetched = new Map<string, Token | Refusal>()

  async function bearer(request: TokenRequest, source: Grant['source'], rejected?: string): Promise<Grant | Refusal> {
    const token = fetched.get(request.key) ?? (await session.tokens.get(request, checkKey, rejected))
    if ('access' in token) {
      fetched.set(request.key, token)
      return token
    }
    const { value, cached } = token
    if (!cached) fetched.set(request.key, token)
    return { authorization: `Bearer ${value}`, source: cached ? 'cache' : source, bearer: { request, value } }
  }

  return {
    basic({ url }, source) {
      const authorization = session.basic(url.host)
      return authorization === undefined ? undefined : { authorization, source }
    },
    bearer,
    async replaceCached(grant) {
      if (grant?.source !== 'cache' || grant.bearer === undefined) return undefined
      return bearer(grant.bearer.request, 'challenge', grant.bearer.value)
    },
  }
}
