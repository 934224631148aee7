import { setTimeout as pause } from 'node:timers/promises'
import type { IncomingMessage } from 'node:http'
import { isObject, objectAt, arrayAt, textAt, type JsonObject } from '../json.ts'
import { ApiError, isTransient } from './apiError.ts'
import { createBackoff } from './backoff.ts'
import { findConnection, type ConnectionOptions } from './connection.ts'
import type { Connection } from './kubeconfig.ts'
import { createAgent, lines, open, read } from './http.ts'
import { createRateLimit } from './rateLimit.ts'

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Default: `application/json`. */
  readonly contentType?: string
  /** Goes before what is not: someone waits for it. */
  readonly urgent?: boolean
  /** Default: true. What is transient is tried again. */
  readonly retry?: boolean
}

export interface WatchEvent {
  /** ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. */
  readonly type: string
  readonly object: JsonObject
}

/** Access to a cluster's API server, at no more requests a second than configured. */
export interface Api {
  /** The namespace of whoever asks. */
  readonly namespace: string
  /**
   * One request and the object it answers with. What is transient (overload, a restart) is tried again, for about 10 s.
   * @throws ApiError
   */
  request(request: ApiRequest): Promise<JsonObject>
  /** Opens a watch: its events, until it ends. Both the call and the iteration @throws ApiError */
  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AsyncIterable<WatchEvent>>
  close(): void
}

export interface ClientOptions extends ConnectionOptions {
  readonly requestsPerSecond: number
  /** Told of each request that is sent, a retry included. */
  readonly onRequest?: (method: string, path: string) => void
}

const attempts = 6
/** Each costs memory; the API server answers most requests in milliseconds. */
const connections = 16
/** Milliseconds without a word from the API server, which itself gives up on a request after 60 s. */
const timeout = 15_000
/** The API server sends a bookmark about once a minute: a watch that is silent for longer has lost its connection. */
const silence = 150_000

/** Connects to the cluster that the environment tells of; undefined where it tells of none. @throws see findConnection */
export async function connect(options: ClientOptions): Promise<Api | undefined> {
  const connection = await findConnection(options)
  return connection === undefined ? undefined : createClient(connection, options)
}

export function createClient(
  connection: Connection,
  { requestsPerSecond, onRequest }: Pick<ClientOptions, 'requestsPerSecond' | 'onRequest'>,
): Api {
  const limit = createRateLimit(requestsPerSecond)
  const requests = createAgent(connections)
  // A watch occupies its connection: apart, so that many of them leave some for requests.
  const watches = createAgent(Infinity)
  const closing = new AbortController()

  async function attempt(request: ApiRequest, idle: number, signal?: AbortSignal): Promise<IncomingMessage> {
    const { method = 'GET', path, query = {}, body, contentType = 'application/json', urgent = false } = request
    await limit.take(urgent)
    if (closing.signal.aborted) throw new ApiError('the connection to the API server is closed')
    onRequest?.(method, path)
    const search = new URLSearchParams(query).toString()
    return open(connection, {
      agent: signal === undefined ? requests : watches,
      method,
      path: search === '' ? path : `${path}?${search}`,
      ...(body === undefined ? {} : { body: JSON.stringify(body), contentType }),
      idle,
      ...(signal && { signal }),
    })
  }

  async function once(request: ApiRequest): Promise<JsonObject> {
    const answer = await attempt(request, timeout)
    const object = parsed(await read(answer))
    const status = answer.statusCode ?? 0
    if (status >= 200 && status < 300) return object
    throw refusal(status, object, answer.headers['retry-after'])
  }

  return {
    namespace: connection.namespace,
    async request(request) {
      const backoff = createBackoff(200, 5000)
      for (let left = attempts - 1; ; left--) {
        try {
          return await once(request)
        } catch (error) {
          if (left === 0 || request.retry === false || closing.signal.aborted || !isTransient(error)) throw error
          await pause(Math.min(error.retryAfter ?? 0, timeout) + backoff.next())
        }
      }
    },
    async watch(path, query, signal) {
      const until = AbortSignal.any([signal, closing.signal])
      const answer = await attempt({ path, query: { ...query, watch: 'true' }, urgent: true }, silence, until)
      const status = answer.statusCode ?? 0
      if (status !== 200) throw refusal(status, parsed(await read(answer)))
      return events(answer)
    },
    close: () => {
      closing.abort()
      requests.destroy()
      watches.destroy()
    },
  }
}

async function* events(answer: IncomingMessage): AsyncGenerator<WatchEvent> {
  for await (const line of lines(answer)) {
    const event = parsed(line)
    yield { type: textAt(event, 'type') ?? '', object: objectAt(event, 'object') ?? {} }
  }
}

function parsed(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Turns a `Status` into an error: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function refusal(status: number, body: JsonObject, retryAfter?: string): ApiError {
  const causes = arrayAt(objectAt(body, 'details'), 'causes')
  const reasons = [body, ...causes].flatMap((source) => textAt(source, 'reason') ?? [])
  // A validation error quotes the object; the other messages say who may not do what, or what is not there.
  const message = status === 400 || status === 422 ? undefined : textAt(body, 'message')
  const told = message ?? ([...new Set(reasons)].join(', ') || 'no reason given')
  const seconds = Number(retryAfter)
  return new ApiError(
    `the API server answers ${status}: ${told}`,
    status,
    reasons,
    seconds > 0 ? seconds * 1000 : undefined,
  )
}
