import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { createServer as createHttpsServer, type Server as NodeHttpsServer, type ServerOptions } from 'node:https'
import type { RequestListener } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { ServerCertificate } from './certificates.ts'

/** Where a server listens. An empty host stands for every address of the machine. */
export interface Listen {
  readonly host: string
  readonly port: number
}

export interface RunningServer<Kind extends Server = Server> {
  readonly server: Kind
  readonly port: number
  /** `localhost` and the port. */
  readonly host: string
  /** How many connections were accepted since the start. */
  readonly accepted: number
  /** The connections that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Stops listening and ends every connection at once. */
  close(): Promise<void>
}

/** Starts an https server that speaks HTTP/1.1 on a free port of 127.0.0.1. */
export async function startHttpsServer(
  certificate: ServerCertificate,
  handler: RequestListener,
  options: ServerOptions = {},
): Promise<RunningServer<NodeHttpsServer>> {
  return startServer(createHttpsServer({ ...certificate, ...options }, handler))
}

/** Starts an https server that speaks HTTP/2, and nothing else, on a free port of 127.0.0.1. */
export async function startHttp2Server(
  certificate: ServerCertificate,
  handler: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<RunningServer<Http2SecureServer>> {
  return startServer(createSecureServer({ ...certificate }, handler))
}

/** Makes any server (plain TCP too) listen on a free port of 127.0.0.1, or where it is told, and counts its connections. */
export async function startServer<Kind extends Server>(
  server: Kind,
  { host = '127.0.0.1', port = 0 }: Partial<Listen> = {},
): Promise<RunningServer<Kind>> {
  const sockets = new Set<Socket>()
  let accepted = 0
  server.on('connection', (socket: Socket) => {
    accepted++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that goes away in the middle is what many tests are about, not an error of the server.
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  return {
    server,
    port: address.port,
    host: `localhost:${address.port}`,
    get accepted() {
      return accepted
    },
    sockets,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
