/**
 * What kept a request from its answer. `timeout` is silence, of a name server, an address, a handshake or an answer; all
 * others were told, mostly at once.
 */
export type TransportFault = 'timeout' | 'dns' | 'tls' | 'connection' | 'blocked-address' | 'unexpected-answer'

/** Why a request has no answer. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly reason: TransportFault

  constructor(reason: TransportFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** By the code of an error of Node, OpenSSL or undici; what none matches comes from OpenSSL and is about TLS. */
const reasons: readonly (readonly [code: RegExp, reason: TransportFault])[] = [
  [/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'timeout'],
  // undici asserts, rather than checks, some of what an answer must be, such as a status of 100 at the least.
  [/^(HPE_|ERR_ASSERTION$|UND_ERR_(HEADERS_OVERFLOW|RES_|INVALID_ARG))/, 'unexpected-answer'],
  [/^(UND_ERR_|ERR_HTTP2_|E(?!RR|PROTO))/, 'connection'],
]

/** The `TransportError` for what a connection or the HTTP client failed with. Throws what is no such failure: a bug. */
export function toTransportError(cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause
  const code = codeOf(cause)
  if (!(cause instanceof Error) || code === undefined) throw cause
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1] ?? 'tls'
  return new TransportError(reason, cause.message === '' ? code : cause.message, { cause })
}

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  if ('code' in cause && typeof cause.code === 'string') return cause.code
  // For the message of a failed assertion Node.js reads the source, and stumbles over that of a bundle.
  if (cause instanceof SyntaxError) return 'ERR_ASSERTION'
  // undici's parser gives a code to some of its errors only.
  return cause.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : undefined
}
