/** An answer of the API server that is no success, or none at all: then `status` is 0. The message never quotes an object. */
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
