import type { Socket } from 'node:net'

/**
 * Bytes that come with a handshake, or with one answer, at the most: interim answers, headers, 64 KiB of a body, and what
 * of a longer one is under way when it is given up.
 */
const allowance = 512 * 1024

/** Bytes at the most that a host which sent less may send later. */
const mostSaved = 8 * 1024 * 1024

/** Milliseconds between two looks. */
const interval = 250

/** What the connections of one host bring, beside what was asked for. */
export interface ReadingBound {
  /** A request is sent to the host. */
  asked(): void
  /** A connection to the host is open. */
  opened(socket: Socket): void
}

/**
 * Ends the connections of a host that sends far more than it was asked for. A protocol has many ways to say nothing without
 * end (HTTP/2's WINDOW_UPDATE and ALTSVC, empty lines before a status, extensions of a chunk), also on connections along
 * which nothing is asked, and reading it takes all of the process's time. What all of them have in common are their bytes.
 */
export function boundReading(): ReadingBound {
  const open = new Map<Socket, { seen: number }>()
  let left = 0
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    for (const [socket, reading] of open) {
      left -= socket.bytesRead - reading.seen
      reading.seen = socket.bytesRead
    }
    left = Math.min(left, mostSaved)
    if (left >= 0) return
    for (const socket of open.keys()) socket.destroy()
  }

  return {
    asked() {
      left += allowance
    },
    opened(socket) {
      // What it sent too much before was ended with its connections.
      if (open.size === 0) left = Math.max(left, 0)
      left += allowance
      open.set(socket, { seen: 0 })
      timer ??= setInterval(look, interval).unref()
      socket.once('close', () => {
        open.delete(socket)
        if (open.size > 0) return
        clearInterval(timer)
        timer = undefined
      })
    },
  }
}
