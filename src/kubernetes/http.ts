import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { ApiError } from './apiError.ts'
import type { Authentication, Connection } from './kubeconfig.ts'

export interface HttpRequest {
  /** Where the connection to the API server is a direct one. */
  readonly agent: Agent
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly body?: string
  readonly contentType?: string
  readonly signal?: AbortSignal
  /** Milliseconds without a byte, after which the connection counts as dead. */
  readonly idle: number
}

/** Connections that are kept, so that a request costs no handshake. @param most at once; further requests wait */
export function createAgent(most: number): Agent {
  return new Agent({ keepAlive: true, keepAliveMsecs: 15_000, maxSockets: most, maxFreeSockets: most })
}

/** Sends a request and resolves with the answer's head. @throws ApiError where there is no answer */
export async function open(connection: Connection, request: HttpRequest): Promise<IncomingMessage> {
  const { agent, method, path, body, contentType, signal, idle } = request
  const { headers: credentials, ...options } = await authenticate(connection)
  const headers = {
    ...credentials,
    Accept: 'application/json',
    'User-Agent': 'image-proxy-webhook',
    ...(body === undefined ? {} : { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }),
  }
  const send = connection.server.protocol === 'http:' ? httpRequest : httpsRequest
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new ApiError(`the API server cannot be reached: ${error.message}`))
    }
    const outgoing = send(
      new URL(path, connection.server),
      { agent, ...options, method, headers, ...(signal && { signal }) },
      resolve,
    )
    outgoing.on('error', fail)
    outgoing.setTimeout(idle, () => outgoing.destroy(new Error(`nothing came for ${idle / 1000} s`)))
    outgoing.end(body)
  })
}

/** A token that cannot be read at this moment is no reason to stop asking. */
async function authenticate(connection: Connection): Promise<Authentication> {
  try {
    return await connection.authenticate()
  } catch (error) {
    throw new ApiError(`the credentials for the API server cannot be read: ${String(error)}`)
  }
}

/** Reads the rest of an answer as text. @throws ApiError where it breaks off */
export async function read(answer: IncomingMessage): Promise<string> {
  try {
    return await text(answer)
  } catch (error) {
    throw brokenOff(error)
  }
}

/** Each line of an answer that has no end. @throws ApiError where it breaks off */
export async function* lines(answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of answer) {
      const parts = (rest + String(chunk)).split('\n')
      rest = parts.pop() ?? ''
      yield* parts
    }
  } catch (error) {
    throw brokenOff(error)
  }
}

function brokenOff(error: unknown): ApiError {
  return new ApiError(`the API server's answer broke off: ${error instanceof Error ? error.message : String(error)}`)
}
