import type { IncomingMessage, ServerResponse } from 'node:http'
import { createScatterCheck } from '../bodies/scattered.ts'

/** An answer in JSON. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** Bytes of a refused body that are read so that the client gets to read its answer, and the milliseconds for it. */
const mostDiscarded = 24 * 1024 * 1024
const longestDiscard = 10_000

/** An answer whose body is `{"error": sentence}`. */
export function errorReply(status: number, sentence: string): Reply {
  return { status, body: JSON.stringify({ error: sentence }) }
}

/** Sends the whole answer. Express's own `send` would look at each answer for an ETag and a charset. */
export function send(response: ServerResponse, { status, body }: Reply): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length })
  // ASCII, as nearly every answer is, need not be looked at again.
  response.end(body, length === body.length ? 'latin1' : 'utf8')
}

/**
 * Answers whether or not the request has been read, and closes the connection when its body has ended, or grown too long.
 * A connection that is closed while the client still sends is reset, and the client then loses the answer.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  response.shouldKeepAlive = false
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  if (request.readableEnded) {
    response.end(body)
    return
  }
  response.write(body)
  const timer = setTimeout(() => request.destroy(), longestDiscard)
  const isScattered = createScatterCheck()
  let discarded = 0
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    if (discarded > mostDiscarded || isScattered(chunk.length)) request.destroy()
  })
  request.on('end', () => response.end())
  response.on('close', () => {
    clearTimeout(timer)
  })
}
