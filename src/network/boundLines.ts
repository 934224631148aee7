import type { Readable } from 'node:stream'
import { TransportError } from './errors.ts'

/** Bytes that the HTTP client gets at once: of the shortest headers a thousand. */
const portion = 4 * 1024

/** More than the lines of any answer's head. */
const mostLines = 512

/** How many lines a connection has brought that are of no answer yet. */
export interface PendingLines {
  /** Counted up by the connection; whoever gets an answer's status and headers, or some of its body, sets it to 0. */
  pendingLines: number
}

/**
 * Ends a connection that brings line after line, and no answer. Until all headers of an answer have come, or all trailers
 * behind its body, the HTTP client keeps each in two objects, and bounds no more than the bytes within. 16 000 headers of one
 * character come in 64 KB and take 3 MB, of 64 hosts at once more memory than the process may have. So it gets to read a
 * portion at a time, and nothing more where it has made no answer of hundreds of lines. HTTP/2 is read elsewhere: Node.js
 * bounds how many headers an answer has there.
 */
export function boundLines(socket: Readable, connection: PendingLines): void {
  connection.pendingLines = 0
  const read = socket.read.bind(socket)
  socket.read = (size = socket.readableLength > portion ? portion : undefined) => {
    if (connection.pendingLines > mostLines) {
      socket.destroy(new TransportError('unexpected-answer', 'too many headers'))
      return null
    }
    const bytes = read(size) as Buffer | null
    if (bytes !== null) connection.pendingLines += lineEndsIn(bytes)
    return bytes
  }
}

function lineEndsIn(bytes: Buffer): number {
  let count = 0
  for (const byte of bytes) if (byte === 0x0a) count++
  return count
}
