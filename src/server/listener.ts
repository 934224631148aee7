import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificate } from '../certificates/source.ts'
import type { Handler } from './application.ts'
import { boundConnections } from './connections.ts'
import { answerClientErrors } from './clientErrors.ts'
import { errorReply, refuse } from './reply.ts'

/** The API server keeps an idle connection for 90 s: one that we close first breaks the request that comes along it. */
const keepAliveTimeout = 120_000
/** Headers that come more slowly than this are cut off, as is who sends nothing after the handshake. */
const defaultHeadersTimeout = 10_000
const defaultHandshakeTimeout = 10_000
/** The same for bodies; the API server itself waits 30 s at the most. */
const requestTimeout = 40_000
const connectionsCheckingInterval = 1000
/** Each takes some 70 KB, and its headers beside; an API server opens a few. */
const defaultConnections = 400
const maxHeaderSize = 8 * 1024
/** Requests without a Host are refused as others are, with JSON. */
const requireHostHeader = false
/** Of the plain port, which a kubelet and a Prometheus or two ask. */
const plainConnections = 100

/** Of TLS 1.2 the suites of RFC 9325 (section 4.2), with AEAD and forward secrecy; all of TLS 1.3 are so. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** A server that can be started, and stopped without breaking a request. */
export interface Listener {
  /** @returns the port, which is another one where 0 was asked for */
  listen(port: number, host?: string): Promise<number>
  /** Takes no further connection, lets requests under way end, and cuts off what is left after `grace` milliseconds. */
  close(grace: number): Promise<void>
}

/** An https server. It refuses every handshake until it is given a certificate. */
export interface SecureListener extends Listener {
  /** Serves `certificate` from the next handshake on; connections that stand are kept. */
  use(certificate: Certificate): void
}

export interface SecureListenerOptions {
  /** The oldest version of TLS that is spoken. */
  readonly minVersion?: '1.2' | '1.3'
  /** Milliseconds. */
  readonly handshakeTimeout?: number
  /** Milliseconds. */
  readonly headersTimeout?: number
  readonly maxConnections?: number
  /** Is told of each handshake that fails; who hangs up without a word has begun none. */
  readonly handshakeFailed?: () => void
}

export function createListener(handler: Handler): Listener {
  const headersTimeout = defaultHeadersTimeout
  const server = createHttpServer(
    {
      ...handler.messages,
      maxHeaderSize,
      requireHostHeader,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval,
    },
    handler,
  )
  return listener(server, plainConnections)
}

export function createSecureListener(
  handler: Handler,
  {
    minVersion = '1.2',
    handshakeTimeout = defaultHandshakeTimeout,
    headersTimeout = defaultHeadersTimeout,
    maxConnections = defaultConnections,
    handshakeFailed,
  }: SecureListenerOptions = {},
): SecureListener {
  // Repeated with each certificate: setSecureContext would quietly return to the defaults.
  const tls = { minVersion: `TLSv${minVersion}`, ciphers, honorCipherOrder: true } as const
  const server = createHttpsServer(
    {
      ...tls,
      ...handler.messages,
      requireHostHeader,
      maxHeaderSize,
      keepAliveTimeout,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval,
      handshakeTimeout,
    },
    handler,
  )
  // A client that speaks no TLS, or none that is accepted, is dropped without a word about it in the log.
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    socket.destroy()
    if (error.code !== 'ECONNRESET') handshakeFailed?.()
  })
  return {
    ...listener(server, maxConnections),
    use: ({ cert, key }) => {
      server.setSecureContext({ ...tls, cert, key })
    },
  }
}

function listener(server: Server, maxConnections: number): Listener {
  const open = boundConnections(server, maxConnections)
  answerClientErrors(server)
  server.on('checkExpectation', (request, response) => {
    refuse(request, response, errorReply(417, 'expected no Expect but 100-continue'))
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
          for (const socket of open) socket.destroy()
        }, grace)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}
