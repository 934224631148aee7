import { setTimeout as pause } from 'node:timers/promises'
import {
  ResponseContext,
  SelfDecodingBody,
  type PromiseHttpLibrary,
  type RequestContext,
} from '@kubernetes/client-node'
import { request as send } from 'undici'
import { ApiError, isTransient, refusal, unreachable } from './apiError.ts'
import { createBackoff } from './backoff.ts'
import { faultOf } from './faultOf.ts'
import type { PooledKubeConfig } from './kubeConfig.ts'
import type { RateLimit } from './rateLimit.ts'

export interface Delivery {
  /** Goes before what is not: someone waits for it. Default: false. */
  readonly urgent?: boolean
  /** Goes after what is not urgent either: nobody waits for it. Default: false. */
  readonly background?: boolean
  /** What is transient (overload, a restart) is tried again for some seconds: see `retryDelay`. Default: true. */
  readonly retry?: boolean
}

const attempts = 6
/** Milliseconds without a word from the API server. */
const silence = 15_000
/** Milliseconds: a Retry-After beyond it would outlast whoever waits for the request. */
const longestRetryAfter = 15_000

/**
 * Milliseconds until a request is tried again: what the API server asks for in Retry-After, up to 15 s, and the
 * backoff's wait on top. Without a Retry-After the attempts of a request spread over 3 to 6 s.
 */
export function retryDelay({ retryAfter = 0 }: ApiError, backoff: number): number {
  return Math.min(retryAfter, longestRetryAfter) + backoff
}

/**
 * How the typed clients' requests reach the API server: at the pace that `limit` sets, tried again where that may help,
 * with the credentials of the moment. Rejects with an ApiError for every answer that is no success, so that the clients'
 * own exception, which quotes the whole answer, is never made.
 */
export function createHttpLibrary(
  { config, limit, closing }: { config: PooledKubeConfig; limit: RateLimit; closing: AbortSignal },
  { urgent = false, background = false, retry = true }: Delivery,
): PromiseHttpLibrary {
  async function attempt(request: RequestContext): Promise<ResponseContext> {
    await authenticate(config, request)
    // Directly before sending: any delay after the permission could put more requests into one second than are allowed.
    const went = await limit.take(urgent, background)
    if (closing.aborted) throw new ApiError('the connection to the API server is closed')
    const answer = exchange(request)
    went()
    const { status, headers, body } = await answer
    if (status < 200 || status > 299) {
      throw refusal(status, body.toString(), headers['retry-after'], request.getBody())
    }
    return new ResponseContext(status, headers, new SelfDecodingBody(Promise.resolve(body)))
  }

  return {
    async send(request) {
      const backoff = createBackoff(200, 5000)
      for (let left = retry ? attempts - 1 : 0; ; left--) {
        try {
          return await attempt(request)
        } catch (error) {
          if (left === 0 || closing.aborted || !isTransient(error)) throw error
          // Ends the pause when the client is closed, since no further attempt will be made.
          await pause(retryDelay(error, backoff.next()), undefined, { signal: closing }).catch(() => undefined)
        }
      }
    },
  }
}

/** A token that cannot be read is a transient fault, which is tried again: the kubelet replaces the file. @throws ApiError */
async function authenticate(config: PooledKubeConfig, request: RequestContext): Promise<void> {
  try {
    await config.applySecurityAuthentication(request)
  } catch (error) {
    throw new ApiError(`the credentials for the API server cannot be read: ${credentialsFault(error)}`)
  }
}

/** A parser's message quotes what a credential plugin printed, which may be a token; of one that failed nothing is told. */
function credentialsFault(error: unknown): string {
  if (error instanceof SyntaxError) return 'what the credential plugin of the kubeconfig prints is no JSON'
  return faultOf(error) || 'the credential plugin of the kubeconfig failed'
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

async function exchange(request: RequestContext): Promise<Answer> {
  const dispatcher = request.getDispatcher()
  const body = request.getBody()
  try {
    const answer = await send(request.getUrl(), {
      ...(dispatcher && { dispatcher }),
      method: request.getHttpMethod(),
      headers: request.getHeaders(),
      ...(typeof body === 'string' && { body }),
      headersTimeout: silence,
      bodyTimeout: silence,
    })
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const)
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(headers),
      body: Buffer.from(await answer.body.arrayBuffer()),
    }
  } catch (error) {
    throw unreachable(error)
  }
}
