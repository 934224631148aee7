import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isMostlyOverhead } from '../bodies/overhead.ts'

interface Connection {
  /** What was accepted, beneath TLS. */
  readonly socket: Socket
  /** What TLS makes of it, after the handshake. */
  secured: Socket | undefined
  requests: number
  /** The latest request, and the `performance.now()` at which its headers were there. */
  latest: IncomingMessage | undefined
  since: number
}

/** Milliseconds in which a body comes from whoever means to send it: an API server's is there with its headers. */
const patience = 1000

/**
 * Requests along one connection that wait for their answers. Neither API servers nor Prometheus send one before the last is
 * answered, and a thousand fit into what is read from a socket at once.
 */
const mostUnanswered = 4

/** Milliseconds between two looks at what TLS has read. */
const interval = 250

/**
 * Keeps at most `most` connections of `server`. When one more comes, the oldest that has not sent a request gives way to
 * it, then the one whose body is overdue for the longest time, then the one that has been idle for the longest time. Where each
 * has a request under way, the oldest of the address that has the most gives way, or the new one where its own address has
 * half as many: API servers have addresses of their own, and no Pod shuts them out. Closed as well is whoever sends many
 * requests without waiting for their answers, or little in TLS that takes much of it.
 * @returns what is open, handshakes under way included
 */
export function boundConnections(server: Server, most: number): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  const byPeer = new Map<string, Connection>()
  const bySocket = new WeakMap<Socket, Connection>()
  /** Both in the order in which they give way. */
  const silent = new Set<Connection>()
  const idle = new Set<Connection>()
  let timer: NodeJS.Timeout | undefined

  function accept(socket: Socket): void {
    if (open.size >= most) {
      const loser = first(silent) ?? mostOverdue() ?? first(idle) ?? oldestOfMost(socket.remoteAddress)
      ;(loser?.socket ?? socket).destroy()
      if (loser === undefined) return
      forget(loser)
    }
    const connection = { socket, secured: undefined, requests: 0, latest: undefined, since: 0 }
    const peer = peerOf(socket)
    open.add(socket)
    silent.add(connection)
    byPeer.set(peer, connection)
    bySocket.set(socket, connection)
    timer ??= setInterval(look, interval).unref()
    socket.on('close', () => {
      forget(connection)
      if (byPeer.get(peer) === connection) byPeer.delete(peer)
      if (byPeer.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
  }
  function mostOverdue(): Connection | undefined {
    let since = performance.now() - patience
    let found: Connection | undefined
    for (const connection of byPeer.values()) {
      if (connection.requests === 0 || connection.latest?.complete !== false || connection.since >= since) continue
      since = connection.since
      found = connection
    }
    return found
  }
  function oldestOfMost(newcomer: string | undefined): Connection | undefined {
    const byAddress = Map.groupBy(open, ({ remoteAddress }) => remoteAddress)
    const most = [...byAddress.values()].reduce((one, other) => (other.length > one.length ? other : one))
    const own = byAddress.get(newcomer)?.length ?? 0
    const [oldest] = most
    return oldest === undefined || 2 * (own + 1) > most.length ? undefined : bySocket.get(oldest)
  }
  function forget(connection: Connection): void {
    open.delete(connection.socket)
    silent.delete(connection)
    idle.delete(connection)
  }
  /**
   * Node.js reports requests with the TLS socket and does not tell which accepted socket it wraps: the peer's address
   * and port connect the two.
   */
  function secured(socket: Socket): void {
    const connection = byPeer.get(peerOf(socket))
    if (connection === undefined) return
    connection.secured = socket
    bySocket.set(socket, connection)
  }
  function look(): void {
    for (const { socket, secured } of byPeer.values()) {
      if (secured !== undefined && isMostlyOverhead(socket.bytesRead, secured.bytesRead)) socket.destroy()
    }
  }
  function begun(request: IncomingMessage, response: ServerResponse): void {
    const connection = bySocket.get(request.socket)
    if (connection === undefined) return
    silent.delete(connection)
    idle.delete(connection)
    connection.requests++
    if (connection.requests > mostUnanswered) hangUp(request.socket)
    connection.latest = request
    connection.since = performance.now()
    response.on('close', () => {
      connection.requests--
      if (connection.latest === request) connection.latest = undefined
      if (connection.requests === 0 && open.has(connection.socket)) idle.add(connection)
    })
  }
  server.on('connection', accept).on('secureConnection', secured).on('request', begun)
  return open
}

/** Of Node.js's own, which no types tell: it is called for each request whose headers were parsed. */
interface WithParser {
  readonly parser?: { onIncoming: () => number } | null
}

/**
 * Closes a connection, and has Node.js parse nothing more of what it has read along it: it would go on to the end, which
 * may be thousands of requests, each of 20 µs. With 2 it takes the rest for another protocol's (`lib/_http_common.js`).
 */
function hangUp(socket: Socket & WithParser): void {
  if (socket.parser) socket.parser.onIncoming = () => 2
  socket.destroy()
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  const [value] = set
  return value
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
