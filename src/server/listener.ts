import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificate } from '../certificates/source.ts'

/** The API server keeps an idle connection for 90 s: one that we close first breaks the request that comes along it. */
const keepAliveTimeout = 120_000
/** Handshakes and headers that come more slowly than this are cut off, as is who sends nothing after the handshake. */
const defaultHeadersTimeout = 10_000
/** The same for bodies; the API server itself waits 30 s at the most. */
const requestTimeout = 40_000
const connectionsCheckingInterval = 1000
/** Each takes some 70 KB; an API server opens a few. */
const maxConnections = 1000

/** A server that can be started, and stopped without breaking a request. */
export interface Listener {
  /** @returns the port, which is another one where 0 was asked for */
  listen(port: number, host?: string): Promise<number>
  /** Takes no further connection, lets requests under way end, and cuts off what is left after `grace` milliseconds. */
  close(grace: number): Promise<void>
}

/** An https server for TLS 1.3 only. It refuses every handshake until it is given a certificate. */
export interface SecureListener extends Listener {
  /** Serves `certificate` from the next handshake on; connections that stand are kept. */
  use(certificate: Certificate): void
}

export function createListener(handler: RequestListener): Listener {
  const headersTimeout = defaultHeadersTimeout
  return listener(createHttpServer({ headersTimeout, requestTimeout, connectionsCheckingInterval }, handler))
}

/** @param headersTimeout milliseconds */
export function createSecureListener(
  handler: RequestListener,
  { headersTimeout = defaultHeadersTimeout }: { readonly headersTimeout?: number } = {},
): SecureListener {
  // Without a repeated minVersion setSecureContext would quietly reopen TLS 1.2.
  const minVersion = 'TLSv1.3'
  const server = createHttpsServer(
    {
      minVersion,
      keepAliveTimeout,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval,
      handshakeTimeout: headersTimeout,
    },
    handler,
  )
  server.maxConnections = maxConnections
  return {
    ...listener(server),
    use: ({ cert, key }) => {
      server.setSecureContext({ cert, key, minVersion })
    },
  }
}

function listener(server: Server): Listener {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // A client that speaks no HTTP, or no TLS, is dropped: the default answer, without a word about it in the log.
  server.on('tlsClientError', (_error: Error, socket: Socket) => {
    socket.destroy()
  })

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve((server.address() as AddressInfo).port)
        })
      }),
    close: (grace) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, grace)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}
