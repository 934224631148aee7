import type { Readable } from 'node:stream'
import { TransportError } from './errors.ts'

/** Bytes that the HTTP client gets at once: of the shortest headers a thousand. */
const portion = 4 * 1024

/** More than the lines of any answer's head. */
const mostLines = 512

/** Counts the lines that a connection has brought since the last sign of an answer. */
export interface PendingLines {
  /** Counted up by the connection; whoever gets an answer's status and headers, or some of its body, sets it to 0. */
  pendingLines: number
}

/**
 * Ends a connection that brings header after header without completing an answer. Until all headers of an answer, or
 * all trailers behind its body, have come, undici keeps two objects for each, and bounds only their bytes: 16 000
 * headers of one character come in 64 KB and take 3 MB, and those of 64 hosts at once more memory than the process may
 * have. So undici reads a small portion at a time, and none after some hundred lines that made no answer. HTTP/2 does
 * not pass here: Node.js bounds the number of its headers.
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
