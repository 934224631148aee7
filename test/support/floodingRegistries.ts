import { createSecureContext, createServer, type TLSSocket } from 'node:tls'
import type { ServerCertificate } from '../../testbed/certificates.ts'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { frame, settings, settingsAcknowledged, streamOf } from './http2Frames.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n'

/** `:status: 200` and `:status: 103` (RFC 7541 appendix A), which end the headers. */
const status = frame('headers', { flags: 4, stream: 1, payload: Buffer.from([0x88]) })
const earlyHints = Buffer.from([0x08, 3, ...Buffer.from('103')])

/**
 * What a registry sends over HTTP/2 when it is asked for the first time, which is along stream 1: once, and then without
 * end.
 */
const overHttp2: Readonly<Record<string, readonly [once: Buffer, endlessly: Buffer]>> = {
  windows: [status, frame('windowUpdate', { stream: 1, payload: Buffer.from([0, 0, 0, 1]) })],
  pings: [status, frame('ping', { payload: Buffer.alloc(8) })],
  settings: [status, settings],
  alternatives: [status, frame('alternativeService', { stream: 1, payload: Buffer.from('\0\0h') })],
  origins: [status, frame('origin', { payload: Buffer.from('\0\u0001a') })],
  padding: [status, frame('data', { flags: 8, stream: 1, payload: Buffer.alloc(2, 1) })],
  resets: [status, frame('resetStream', { stream: 1, payload: Buffer.alloc(4) })],
  farewells: [status, frame('goAway', { payload: Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]) })],
  hints: [settings, frame('headers', { flags: 4, stream: 1, payload: earlyHints })],
  // Each byte is a header of the table.
  fields: [
    settings,
    frame('headers', { flags: 4, stream: 1, payload: Buffer.concat([earlyHints, Buffer.alloc(16_000, 0x90)]) }),
  ],
}

const overHttp1: Readonly<Record<string, readonly [once: string, endlessly: string]>> = {
  headers: [ok, 'a:\r\n'],
  trailers: [`${ok}Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n`, 'a:\r\n'],
  early: ['', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  lines: ['', '\r\n'],
  extensions: [`${ok}Transfer-Encoding: chunked\r\n\r\n1;`, 'a=b;'],
}

/** What `startFloodingRegistry` does, by the first word of the host it is asked as: `pings-1.flood.test`. */
export const floods = [...Object.keys(overHttp2), ...Object.keys(overHttp1), 'records', 'certificates']

/**
 * Starts a registry that answers with what has no content, and is cheap to send, as fast as it is read.
 *
 * @param certificates for each of the hosts
 */
export async function startFloodingRegistry({
  ordinary,
  costly,
}: Readonly<Record<'ordinary' | 'costly', ServerCertificate>>): Promise<RunningServer> {
  const server = createServer({
    ...ordinary,
    ALPNCallback: ({ servername }) => (kindOf(servername) in overHttp2 ? 'h2' : 'http/1.1'),
    SNICallback: (servername, done) => {
      done(null, createSecureContext(kindOf(servername) === 'certificates' ? costly : ordinary))
    },
  })
  server.on('secureConnection', (socket: TLSSocket & { servername?: string }) => {
    socket.on('error', () => undefined)
    const kind = kindOf(socket.servername)
    const [http1, http2] = [overHttp1[kind], overHttp2[kind]]
    if (http2 !== undefined) floodHttp2(socket, ...http2)
    else {
      socket.once('data', () => {
        if (http1 === undefined) void sendByteByByte(socket)
        else flood(socket, ...http1)
      })
    }
  })
  return startServer(server)
}

function kindOf(servername = ''): string {
  return /^[a-z]+/.exec(servername)?.[0] ?? ''
}

function floodHttp2(socket: TLSSocket, once: Buffer, endlessly: Buffer): void {
  socket.write(settings)
  let isAsked = false
  socket.on('data', (data: Buffer) => {
    if (streamOf(data, 'settings', 0) !== undefined) socket.write(settingsAcknowledged)
    if (isAsked || streamOf(data, 'headers') === undefined) return
    isAsked = true
    flood(socket, once, endlessly)
  })
}

function flood(socket: TLSSocket, once: Buffer | string, endlessly: Buffer | string): void {
  const part = Buffer.from(endlessly)
  const block = Buffer.alloc(Math.ceil((16 * 1024) / part.length) * part.length, part)
  const pour = () => {
    while (!socket.destroyed && socket.write(block));
  }
  socket.on('drain', () => setImmediate(pour))
  socket.write(once)
  pour()
}

async function sendByteByByte(socket: TLSSocket): Promise<void> {
  socket.setNoDelay()
  for (const byte of `${ok}A: ${'x'.repeat(10_000)}`) {
    // A write that waits for the one before it is a record of its own.
    if (!socket.destroyed) await new Promise((resolve) => socket.write(byte, resolve))
  }
}
