import { readAuthRequirement, type Target } from './authRequirement.ts'
import { isRedirect, maxRedirects, redirectTarget } from './redirect.ts'
import { denied, unknown, type Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import { tokenRequest, type Token, type TokenRequest } from './token.ts'
import type { TransportRequest, TransportResponse } from '../../network/transport.ts'

/** An answer that is neither a redirect nor a challenge. */
export interface Answer {
  readonly response: TransportResponse
  /** Whether credentials, or a token got with them, led to it. */
  readonly licensed: boolean
}

/** The authorization to send to one host. */
interface Grant {
  readonly authorization: string
  /** What led to it: a challenge within this check, what the host required of an earlier one, or a cached token. */
  readonly source: 'challenge' | 'memory' | 'cache'
  /** The token that is sent, and the request that got it. Absent for Basic. */
  readonly bearer?: { readonly request: TokenRequest; readonly value: string }
}

/**
 * Makes the requests of one check: they follow redirects and answer challenges (distribution, "Token Authentication
 * Specification"). A host that required a token of an earlier check is sent one with the first request.
 *
 * @param repository the path within the registry, for the scope.
 */
export function createAuthenticatedRequest(
  session: Session,
  {
    repository,
    ...asking
  }: { repository: string; checkKey: string; signal: AbortSignal } & Pick<TransportRequest, 'outlived'>,
): (method: 'GET' | 'HEAD', target: Target) => Promise<Answer | Refusal> {
  /** The answers of token endpoints within this check, so that none is asked for the same token twice. */
  const fetched = new Map<string, Token | Refusal>()
  /** What each host is sent; undefined where it is asked without an `Authorization`. */
  const grants = new Map<string, Grant | undefined>()
  /** Keys of fresh tokens that the registry refused. */
  const refused = new Set<string>()

  return async (method, start) => {
    let target = start
    let grant = await recalled(target)
    let hops = 0
    for (;;) {
      const response = await session.send(method, target, { authorization: grant?.authorization, ...asking })
      if ('access' in response) return response

      if (isRedirect(response)) {
        const next = redirectTarget(response, target)
        if (next === undefined || ++hops > maxRedirects) return unknown('bad-redirect')
        if (next.url.host !== target.url.host) grant = await recalled(next)
        target = next
        continue
      }

      const renewed = await challenged(response, target, grant)
      if (renewed === undefined) return { response, licensed: session.licensed && grant !== undefined }
      if (renewed !== 'bare' && 'access' in renewed) return renewed
      grant = renewed === 'bare' ? undefined : renewed
      grants.set(target.url.host, grant)
    }
  }

  /**
   * A grant for what the host required last. Without one it is asked anonymously, for its configuration may have
   * changed.
   */
  async function recalled(target: Target): Promise<Grant | undefined> {
    const { host } = target.url
    if (!grants.has(host)) {
      const requirement = session.recall(target)
      const granted =
        requirement?.scheme === 'bearer'
          ? await bearer(tokenRequest(requirement, target, repository), 'memory')
          : requirement && basic(target, 'memory')
      grants.set(host, granted === undefined || 'access' in granted ? undefined : granted)
    }
    return grants.get(host)
  }

  /**
   * How to go on after an answer: with another grant, without any, with a refusal, or not at all where the answer
   * stands.
   */
  async function challenged(response: TransportResponse, target: Target, grant: Grant | undefined) {
    const { status } = response
    if (status === 401) return answerChallenge(response, target, grant)
    // public.ecr.aws says 400 without a challenge to a token that it no longer takes, others 403.
    return status === 400 || status === 403 ? replaceCached(grant) : undefined
  }

  async function answerChallenge(
    response: TransportResponse,
    target: Target,
    grant: Grant | undefined,
  ): Promise<Grant | Refusal | 'bare'> {
    const requirement = readAuthRequirement(response, target)
    if (requirement !== undefined && 'access' in requirement) return requirement
    if (session.licensed && session.basic(target.url.host) === undefined) return unknown('bad-redirect')
    if (
      session.licensed &&
      requirement?.scheme === 'bearer' &&
      session.basic(requirement.realm.url.host) === undefined
    ) {
      return unknown('bad-realm')
    }
    // Harbor answers a request with a token by a Basic challenge, and one without by Bearer.
    if (grant === undefined || requirement?.scheme === 'bearer') session.remember(target, requirement)

    if (grant?.source === 'challenge') return denied('unauthorized')
    if (grant?.source === 'memory' && grant.bearer !== undefined) refused.add(grant.bearer.request.key)

    if (requirement?.scheme === 'bearer') {
      const request = tokenRequest(requirement, target, repository)
      const withdrawn = grant?.source === 'cache' ? grant.bearer?.value : undefined
      return refused.has(request.key) ? denied('unauthorized') : bearer(request, 'challenge', withdrawn)
    }
    const replaced = await replaceCached(grant)
    if (replaced !== undefined) return replaced
    if (!session.licensed) return grant === undefined ? denied('unauthorized') : 'bare'
    const credentials = requirement && basic(target, 'challenge')
    if (credentials !== undefined && credentials.authorization !== grant?.authorization) return credentials
    return grant === undefined ? unknown('unexpected-answer') : denied('unauthorized')
  }

  /** A new token in place of one from the cache that the registry no longer takes. */
  async function replaceCached(grant: Grant | undefined): Promise<Grant | Refusal | undefined> {
    if (grant?.source !== 'cache' || grant.bearer === undefined) return undefined
    return bearer(grant.bearer.request, 'challenge', grant.bearer.value)
  }

  function basic({ url }: Target, source: Grant['source']): Grant | undefined {
    const authorization = session.basic(url.host)
    return authorization === undefined ? undefined : { authorization, source }
  }

  async function bearer(request: TokenRequest, source: Grant['source'], rejected?: string): Promise<Grant | Refusal> {
    const token = fetched.get(request.key) ?? (await session.tokens.get(request, asking.checkKey, rejected))
    if ('access' in token) {
      fetched.set(request.key, token)
      return token
    }
    const { value, cached } = token
    if (!cached) fetched.set(request.key, token)
    return { authorization: `Bearer ${value}`, source: cached ? 'cache' : source, bearer: { request, value } }
  }
}
