import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorReply } from './reply.ts'

/** What the parser of Node.js calls its faults; every other one is a 400. */
const faults: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'the headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large', 'the extensions of a chunk are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request did not come to its end in time'],
}

/** Answers what is no HTTP, as JSON like every other error. Node.js would answer without a body. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Duplex) => {
    // In the middle of an answer another one would be taken for its rest.
    if (code === 'ECONNRESET' || !socket.writable || answerBegun(socket)) {
      socket.destroy()
      return
    }
    const [status, phrase, sentence] = faults[code] ?? [400, 'Bad Request', 'this is no HTTP/1.1 request']
    const { body } = errorReply(status, sentence)
    const headers = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`
    socket.end(`HTTP/1.1 ${status} ${phrase}\r\n${headers}\r\n${body}`)
  })
}

/** Node.js keeps the answer under way on its socket, where its own listener for these errors looks, too. */
function answerBegun(socket: Duplex): boolean {
  const answer: unknown = Reflect.get(socket, '_httpMessage')
  return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'headersSent') === true
}
