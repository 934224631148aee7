import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { Duplex, Writable } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { createAuthority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer, startServer } from '../../testbed/httpsServer.ts'
import {
  bearer,
  challenge,
  failure,
  html,
  manifestBody,
  ociManifestType,
  redirect,
  status,
  type Reply,
} from './registry.ts'

interface HostileServer {
  /** `localhost:PORT` */
  readonly host: string
  close(): Promise<void>
}

interface HostileRegistry {
  /** Completes "a registry that …". */
  readonly does: string
  /** What the log gives as the reason, where the webhook's own patience is not what ends it. */
  readonly anonymous: string
  readonly start: (certificate: ServerCertificate) => Promise<HostileServer>
}

/** Registries that keep whoever asks waiting. */
export const hangingRegistries: readonly HostileRegistry[] = [
  overTcp('takes the connection and says nothing', () => undefined),
  overHttps('never answers', () => undefined),
  overHttps('hangs after its headers', (request, response) => {
    if (!answersHead(request, response)) response.writeHead(200, { 'content-type': 'text/html' }).flushHeaders()
  }),
  overHttps('hangs in its body', (request, response) => {
    if (!answersHead(request, response)) response.writeHead(200).write(manifestBody.slice(0, 20))
  }),
  overHttps('drips its body', (request, response) => {
    if (!answersHead(request, response)) drip(response.writeHead(200), ' ')
  }),
  overTls('drips its headers', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX-Drip: ')
    drip(socket, 'x')
  }),
  overHttps('has a token endpoint that never answers', (request, response) => {
    if (request.url?.startsWith('/token') !== true) reply(response, challenge(bearer('/token')))
  }),
].map((registry) => ({ ...registry, anonymous: 'timeout' }))

/** Registries whose answers are of no use. */
export const uselessRegistries: readonly HostileRegistry[] = [
  { ...overTcp('resets the connection', (socket) => socket.resetAndDestroy()), anonymous: 'connection' },
  { ...overTcp('speaks no TLS', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')), anonymous: 'tls' },
  { ...overTcp('talks garbage', (socket) => socket.end(Buffer.alloc(4096, 'garbage'))), anonymous: 'tls' },
  {
    ...overTls('talks garbage over TLS', (socket) => socket.end(Buffer.alloc(4096, 'garbage'))),
    anonymous: 'unexpected-answer',
  },
  {
    does: 'has a certificate of nobody’s',
    anonymous: 'tls',
    start: async () => {
      const stranger = await createAuthority('Nobody')
      return startHttpsServer(await stranger.issue({ names: ['localhost'] }), (_, response) => {
        reply(response, manifest)
      })
    },
  },
  {
    ...overHttps('resets the connection after the request', (request) => request.socket.destroy()),
    anonymous: 'connection',
  },
  {
    ...overHttps('resets the connection in its body', (request, response) => {
      if (answersHead(request, response)) return
      response.writeHead(200, { 'content-length': '1000' }).write('{', () => request.socket.destroy())
    }),
    anonymous: 'connection',
  },
  {
    ...overHttps('sends a body without end', (request, response) => {
      if (!answersHead(request, response)) flood(response.writeHead(200))
    }),
    anonymous: 'unexpected-answer',
  },
  {
    ...overTls('sends headers without end', (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Flood: ')
      flood(socket)
    }),
    anonymous: 'unexpected-answer',
  },
  { ...answering('redirects in circles', redirect('/v2/team/app/manifests/1')), anonymous: 'bad-redirect' },
  { ...answering('redirects to nowhere', status(307)), anonymous: 'bad-redirect' },
  { ...answering('redirects to http', redirect('http://localhost/')), anonymous: 'bad-redirect' },
  { ...answering('has a realm that is no URL', challenge(bearer('https://['))), anonymous: 'bad-realm' },
  {
    ...answering('limits requests, and says for how long', status(429, { 'retry-after': '3600' })),
    anonymous: 'rate-limited',
  },
  { ...answering('limits requests, and does not say for how long', status(429)), anonymous: 'rate-limited' },
  { ...answering('fails with 500', failure(500, 'UNKNOWN')), anonymous: 'server-error' },
  { ...answering('is a portal page', html(200)), anonymous: 'unexpected-answer' },
  { ...answering('answers with a status that does not exist', status(799)), anonymous: 'server-error' },
]

type Hostile = Pick<HostileRegistry, 'does' | 'start'>

const manifest: Reply = { status: 200, headers: { 'content-type': ociManifestType } }

function overTcp(does: string, talk: (socket: Socket) => void): Hostile {
  return { does, start: () => startServer(createTcpServer(talk)) }
}

function overTls(does: string, talk: (socket: Duplex) => void): Hostile {
  const server = (certificate: ServerCertificate) =>
    createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (socket) => {
      socket
        .on('error', () => undefined)
        .once('data', () => {
          talk(socket)
        })
    })
  return { does, start: (certificate) => startServer(server(certificate)) }
}

function overHttps(does: string, answer: (request: IncomingMessage, response: ServerResponse) => void): Hostile {
  return { does, start: (certificate) => startHttpsServer(certificate, answer) }
}

function answering(does: string, with_: Reply): Hostile {
  return overHttps(does, (_, response) => {
    reply(response, with_)
  })
}

/** To a HEAD that makes the webhook ask with GET, which is when a registry has a body to send. */
function answersHead({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (method === 'HEAD') response.writeHead(200, { 'content-type': 'text/html' }).end()
  return method === 'HEAD'
}

function reply(response: ServerResponse, with_: Reply): void {
  if (typeof with_ === 'object') response.writeHead(with_.status, with_.headers).end(with_.body)
}

function drip(stream: Writable, drop: string): void {
  const timer = setInterval(() => stream.write(drop), 20)
  stream.on('close', () => {
    clearInterval(timer)
  })
}

function flood(stream: Writable): void {
  const block = 'x'.repeat(64 * 1024)
  const pour = () => {
    while (!stream.destroyed && stream.write(block));
  }
  stream.on('error', () => undefined).on('drain', pour)
  pour()
}
