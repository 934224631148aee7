import { LRUCache } from 'lru-cache'
import { forAnyRepository, type AuthRequirement, type Target } from './authRequirement.ts'
import { isRedirect, maxRedirects, redirectTarget } from './redirect.ts'
import { unknown, type Refusal } from './refusal.ts'
import type { VerdictReason } from '../../decision/verdict.ts'
import { createTokens, type Tokens } from './token.ts'
import { TransportError } from '../../network/errors.ts'
import type { Transport, TransportRequest, TransportResponse } from '../../network/transport.ts'

/** What each host (with its port, as URLs spell it) may be shown. */
export type Credentials = ReadonlyMap<string, { readonly username: string; readonly password: string }>

export type RequestStep = 'manifest' | 'token' | 'proxy-manifest' | 'proxy-token'

/** One request that was made, for metrics, logs and `check --verbose`. None of it holds a secret. */
export interface RequestEvent {
  readonly step: RequestStep
  /** The cache key of the reference whose check made the request. */
  readonly key: string
  readonly method: 'GET' | 'HEAD'
  /** Without its query: that of a redirect may be signed. */
  readonly url: string
  readonly status?: number
  /** Why there is no status. */
  readonly error?: VerdictReason
  readonly milliseconds: number
}

/** The time that the request for a token has. */
interface TimeBudget {
  readonly signal: AbortSignal
  /** Stops the timer when the request has ended. */
  end(): void
}

/**
 * What all anonymous checks share, or all checks with the credentials of one license: tokens, and what hosts required.
 */
export interface Session {
  readonly tokens: Tokens
  readonly licensed: boolean
  /** The `Authorization` that shows this host the credentials; undefined where it must not see them. */
  basic(host: string): string | undefined
  /** What the host required the last time that it answered with a challenge. */
  recall(target: Target): AuthRequirement | undefined
  remember(target: Target, requirement: AuthRequirement | undefined): void
  /** Asks for a manifest, once, and follows nothing. Rejects only where this program is at fault. */
  send(
    method: 'GET' | 'HEAD',
    target: Target,
    options: Pick<TransportRequest, 'outlived'> & {
      authorization: string | undefined
      checkKey: string
      signal: AbortSignal
    },
  ): Promise<TransportResponse | Refusal>
}

/** Image authors choose the hosts, and hosts the length of their challenges, so both are bounded. */
const maxRememberedHosts = 1000
const maxRememberedCharacters = 1024 * 1024

/**
 * @param accept the media types that a manifest may have.
 * @param observe is told of every request.
 */
export function createSession({
  transport,
  accept,
  openTimeBudget,
  credentials,
  observe,
  now,
}: {
  transport: Transport
  accept: string
  openTimeBudget: () => TimeBudget
  credentials?: Credentials
  observe: (event: RequestEvent) => void
  now: () => number
}): Session {
  const licensed = credentials !== undefined
  const requirements = new LRUCache<string, AuthRequirement>({
    max: maxRememberedHosts,
    maxSize: maxRememberedCharacters,
    sizeCalculation: sizeOf,
  })

  async function send(
    step: RequestStep,
    checkKey: string,
    request: TransportRequest,
  ): Promise<TransportResponse | Refusal> {
    const started = performance.now()
    const tell = (outcome: { status: number } | { error: Refusal['reason'] }) => {
      const { method, url } = request
      const milliseconds = performance.now() - started
      observe({ step, key: checkKey, method, url: url.origin + url.pathname, ...outcome, milliseconds })
    }
    try {
      const response = await transport.request(request)
      tell({ status: response.status })
      return response
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      tell({ error: error.reason })
      return unknown(error.reason)
    }
  }

  function basic(host: string): string | undefined {
    const own = credentials?.get(host)
    return own && `Basic ${Buffer.from(`${own.username}:${own.password}`).toString('base64')}`
  }

  /** Follows redirects within the host alone: it sends the host's credentials, and believes its token. */
  async function sendForToken(
    target: Target,
    checkKey: string,
    signal: AbortSignal,
    hops = 0,
  ): Promise<TransportResponse | Refusal> {
    const { url, trust } = target
    const headers = authorized({ accept: 'application/json' }, basic(url.host))
    const step = licensed ? 'proxy-token' : 'token'
    const response = await send(step, checkKey, { method: 'GET', url, headers, trust, signal })
    if ('access' in response || !isRedirect(response) || hops === maxRedirects) return response
    const next = redirectTarget(response, target)
    return next?.url.host === url.host ? sendForToken(next, checkKey, signal, hops + 1) : response
  }

  const tokens = createTokens({
    licensed,
    now,
    async send(request, checkKey) {
      // The token may be for several checks, so the request has a time budget of its own and does not end with the
      // check that began it.
      const timeBudget = openTimeBudget()
      try {
        return await sendForToken(request, checkKey, timeBudget.signal)
      } finally {
        timeBudget.end()
      }
    },
  })

  return {
    tokens,
    licensed,
    basic,
    recall: (target) => requirements.get(hostKey(target)),
    remember(target, requirement) {
      if (requirement === undefined) requirements.delete(hostKey(target))
      else requirements.set(hostKey(target), forAnyRepository(requirement))
    },
    send(method, { url, trust }, { authorization, checkKey, ...rest }) {
      const headers = authorized({ accept }, authorization)
      return send(licensed ? 'proxy-manifest' : 'manifest', checkKey, { method, url, headers, trust, ...rest })
    },
  }
}

/** The size of an entry in characters, for the bound of the cache. */
function sizeOf(requirement: AuthRequirement, key: string): number {
  if (requirement.scheme === 'basic') return key.length
  const { realm, service = '', scopes } = requirement
  return key.length + realm.url.href.length + service.length + scopes.length
}

function authorized(headers: Record<string, string>, authorization: string | undefined): Record<string, string> {
  return authorization === undefined ? headers : { ...headers, authorization }
}

/**
 * The trust is part of the key: a realm on a private address may be asked for an endpoint of the operator, but not for
 * an image.
 */
function hostKey({ url, trust }: Target): string {
  return `${trust} ${url.host}`
}
