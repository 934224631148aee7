import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { isMostlyOverhead } from '../bodies/overhead.ts'
import { TransportError } from './errors.ts'
import { inTurn } from './readingTurns.ts'

/**
 * Bytes that come with a handshake at the most; those of public hosts have less than 10 KiB. OpenSSL itself takes 100 KiB of
 * certificates, and verifies a hundred of them in one piece: for the signatures of 28 whose keys are P-521, which is what
 * this leaves room for, it needs 40 ms.
 */
const longestHandshake = 16 * 1024

/**
 * Bytes that come with one answer at the most: interim answers, headers, 64 KiB of a body, and what of a longer one is
 * under way when it is given up.
 */
const allowance = 512 * 1024

/** Bytes of unused allowance at the most that a host can save up and send later. */
const mostSaved = 8 * 1024 * 1024

/** What the connections of one host bring, beside what was asked for. */
export interface ReadingBound {
  /** A request is sent to the host. */
  asked(): void
  /** What TLS is to read and write in place of a connection to the host. */
  bound(socket: Socket): BoundedConnection
}

/**
 * Ends the connections of a host that sends far more than it was asked for. A protocol has many ways to say nothing without
 * end (HTTP/2's WINDOW_UPDATE and ALTSVC, empty lines before a status, extensions of a chunk, TLS's KeyUpdate), also on
 * connections along which nothing is asked, and reading it takes all of the process's time. What all of them have in common
 * are their bytes, which are counted before TLS gets them.
 */
export function boundReading(): ReadingBound {
  const open = new Set<BoundedConnection>()
  let left = 0

  function isTooMuch(bytes: number): boolean {
    left = Math.min(left, mostSaved) - bytes
    if (left >= 0) return false
    for (const connection of open)
      connection.destroy(new TransportError('unexpected-answer', 'the host sends too much'))
    return true
  }

  return {
    asked() {
      left += allowance
    },
    bound(socket) {
      // Its earlier excess was answered by closing its connections, and is not held against the new one.
      if (open.size === 0) left = Math.max(left, 0)
      left += allowance
      const connection = new BoundedConnection(socket, isTooMuch)
      open.add(connection)
      connection.once('close', () => open.delete(connection))
      return connection
    },
  }
}

/**
 * A TCP connection that is closed when the other side makes TLS read too much: a handshake that is too long, or
 * overhead without content.
 */
export class BoundedConnection extends Duplex {
  readonly #socket: Socket
  #received = 0
  /** What has come waits for its turn; nothing more is read meanwhile. */
  #isWaiting = false
  /** Undefined until the handshake is over. */
  #secured: Pick<Socket, 'bytesRead'> | undefined

  /** @param isTooMuch is told of the bytes that have come, and says whether the host has sent too many by now */
  constructor(socket: Socket, isTooMuch: (bytes: number) => boolean) {
    super()
    this.#socket = socket
    socket.on('data', (chunk) => {
      const isMore = this.#takesMore(chunk.length)
      this.#received += chunk.length
      if (isTooMuch(chunk.length)) return
      if (isMore) this.destroy(new TransportError('tls', 'TLS takes too much beside what it carries'))
      else this.#handOn(chunk)
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => {
      // What came before its proper end may still wait to be read.
      if (!socket.readableEnded) this.destroy()
    })
  }

  /** The handshake is over. @param socket what is carried */
  secured(socket: Pick<Socket, 'bytesRead'>): void {
    this.#secured = socket
  }

  /**
   * Whether too much has come for TLS, with `bytes` more during the handshake. What TLS has not read yet does not
   * count.
   */
  #takesMore(bytes: number): boolean {
    return this.#secured === undefined
      ? this.#received + bytes > longestHandshake
      : isMostlyOverhead(this.#received - this.readableLength, this.#secured.bytesRead)
  }

  #handOn(chunk: Buffer): void {
    const isRead = inTurn(() => {
      this.#isWaiting = false
      if (this.destroyed) return
      if (this.push(chunk)) this.#socket.resume()
      else this.#socket.pause()
    })
    if (isRead) return
    this.#isWaiting = true
    this.#socket.pause()
  }

  override _read(): void {
    if (!this.#isWaiting) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, callback)
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.destroy()
    callback(error)
  }
}
