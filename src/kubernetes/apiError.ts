import { arrayAt, objectAt, parseObject, textAt } from '../json.ts'
import { faultOf } from './faultOf.ts'
import { quotesSecret } from './quotedSecret.ts'

/**
 * An answer of the API server that is no success, or none at all: then `status` is 0. The message never quotes an
 * object.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** The API server's own word, such as `AlreadyExists`; the causes' words where it names some. */
  readonly reasons: readonly string[]
  /** Milliseconds that the API server asks to wait. */
  readonly retryAfter: number | undefined

  constructor(message: string, status = 0, reasons: readonly string[] = [], retryAfter?: number) {
    super(message)
    this.status = status
    this.reasons = reasons
    this.retryAfter = retryAfter
  }
}

/**
 * Reads a refusal's body, a `Status`: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 * @param retryAfter the header of that name: the API server writes seconds
 * @param sent the body of the request that was refused
 */
export function refusal(status: number, body: string, retryAfter?: string, sent?: unknown): ApiError {
  const object = parseObject(body)
  const causes = arrayAt(objectAt(object, 'details'), 'causes')
  const reasons = [object, ...causes].flatMap((source) => textAt(source, 'reason') ?? [])
  // A validation error quotes the object; the other messages say who may not do what, or what is not there.
  const message = status === 400 || status === 422 ? '' : (textAt(object, 'message') ?? '')
  const told = (quotesSecret(message, sent) ? '' : message) || [...new Set(reasons)].join(', ') || 'no reason given'
  const seconds = Number(retryAfter)
  return new ApiError(
    `the API server answers ${status}: ${told}`,
    status,
    reasons,
    seconds > 0 ? seconds * 1000 : undefined,
  )
}

const noAnswer = 'the API server cannot be reached'

/** The error of a request that got no answer. */
export function unreachable(error: unknown): ApiError {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return new ApiError(`${noAnswer}: ${faultOf(reason)}`)
}

/**
 * Cuts the reason off a sentence about a request that got no answer. While an API server is away, one request is
 * refused and the next times out: with their reasons, one outage would look like many different faults.
 */
export function withoutReason(sentence: string): string {
  const start = sentence.indexOf(noAnswer)
  return start < 0 ? sentence : sentence.slice(0, start + noAnswer.length)
}

/** Whether an error is an answer of the API server with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status)
}

/** A namespace that is on its way out takes no new object. */
export function isTerminating(error: unknown): boolean {
  return error instanceof ApiError && error.reasons.includes('NamespaceTerminating')
}

/** Whether the same request may succeed later: overload, a restarting API server, a connection that broke. */
export function isTransient(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500)
}
