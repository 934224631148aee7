import { LRUCache } from 'lru-cache'
import type { Dispatcher } from 'undici'
import { dial as dialTcp, type Dial } from './dial.ts'
import { endPools } from './endPools.ts'
import { toTransportError, TransportError } from './errors.ts'
import { Exchange, type Answer } from './exchange.ts'
import { createGuard, type Trust } from './guard.ts'
import type { createHost, Host, HostOptions } from './host.ts'
import type { ProxyFor } from './proxyEnvironment.ts'
import { systemResolver, type Resolve } from './resolver.ts'
import { secureContextTrusting } from './secureContext.ts'

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly trust: Trust
  /** Gives the request up, with the reason `timeout`. */
  readonly signal?: AbortSignal
  /** Is told when what a request leaves behind that is given up has ended: look-ups of names, connections that open. */
  readonly outlived?: (end: Promise<unknown>) => void
}

export interface TransportResponse extends Answer {
  /**
   * `allowed` when every address of the host lies in an allowed network. Behind a proxy only a host that is written as
   * an address can be: what a name stands for is then the proxy's to know.
   */
  readonly network: 'public' | 'allowed'
}

/** Asks registries over https, over HTTP/2 where they speak it, on connections that are kept for the next request. */
export interface Transport {
  /** Follows no redirect. Rejects with a `TransportError`, and within the timeout. */
  request(request: TransportRequest): Promise<TransportResponse>
  /** Ends every connection, and with them the requests under way. */
  close(): Promise<void>
}

export interface TransportOptions {
  /** Milliseconds for one request, from the resolver to the last byte of the body. */
  readonly timeout: number
  /** CIDR notation. Opened to what `trust: 'image'` asks. */
  readonly allowedNetworks: readonly string[]
  /** PEM, trusted in addition to what Node trusts. */
  readonly ca?: string
  readonly proxyFor?: ProxyFor
  /** Default: the system's resolver. */
  readonly lookup?: Resolve
  /** Default: TCP, to the first address that answers. */
  readonly dial?: Dial
  /** For how many hosts connections are kept; default 128. Those of the host that was asked least recently go first. */
  readonly maxHosts?: number
  /**
   * How many connections are kept in all; default 256, each of which takes some 60 KB. Beyond it those of the host that
   * was asked least recently go, once they have answered what they were asked.
   */
  readonly maxConnections?: number
}

/**
 * What is loaded when the first connection is needed: undici, behind `createHost`, and the roots in the TLS context.
 */
interface Loaded extends Pick<HostOptions, 'secureContext'> {
  readonly createHost: typeof createHost
}

/** Milliseconds after which what connections need is loaded although nothing was asked yet. */
const idle = 1000

/** RFC 1035. OpenSSL takes 255, and its complaint about more would end whichever connection it serves next. */
export const maxHostname = 253

/** Throws an error that names the network which is not in CIDR notation, or what is wrong with the CA. */
export function createTransport(options: TransportOptions): Transport {
  const { timeout, proxyFor, dial = dialTcp, maxHosts = 128, maxConnections = 256 } = options
  const resolver = systemResolver({ timeout })
  const lookup = options.lookup ?? resolver.resolve
  const closing = new AbortController()
  const guard = createGuard(options.allowedNetworks)
  const secureContext = secureContextTrusting(options.ca)
  let connections = 0
  const count = (opened: 1 | -1) => {
    connections += opened
    if (connections > maxConnections && hosts.size > 1) hosts.pop()
  }
  const common = { count, guard, lookup, dial, timeout, closing: closing.signal }
  const open = new Set<Host>()

  /** undici and the roots take a quarter of the process's start, and its first answers mostly need no registry's. */
  const load = async () => ({ createHost: (await import('./host.ts')).createHost, secureContext: secureContext() })
  const whenIdle = setTimeout(() => void load(), idle).unref()

  const hosts = new LRUCache<string, Host>({
    max: maxHosts,
    dispose: (host) => {
      // Requests under way on it end first.
      void host.pool.close().then(() => open.delete(host))
    },
  })

  function hostOf({ url, trust }: TransportRequest, key: string, { createHost, secureContext }: Loaded): Host {
    const known = hosts.get(key)
    if (known !== undefined) return known
    const host = createHost({ ...common, url, trust, secureContext, proxy: proxyFor?.(url) })
    open.add(host)
    hosts.set(key, host)
    return host
  }

  async function attempt(
    request: TransportRequest,
    signal: AbortSignal,
    loaded: Loaded,
    isRetry = false,
  ): Promise<TransportResponse> {
    const key = `${request.trust} ${request.url.origin}`
    const host = hostOf(request, key, loaded)
    const exchange = new Exchange()
    const giveUp = () => {
      exchange.abort(new TransportError('timeout', 'no answer in time'))
    }
    signal.addEventListener('abort', giveUp)
    try {
      host.pool.dispatch(dispatchOptions(request), exchange)
      return { ...(await exchange.answer), network: host.network }
    } catch (error) {
      const isStale = exchange.diedOnReusedConnection
      if (signal.aborted) request.outlived?.(Promise.all(host.opening))
      // Other connections from that time may be dead as well (a restarted server, an expired NAT entry), so a new pool
      // replaces them all.
      if ((isStale || signal.aborted) && hosts.peek(key) === host) hosts.delete(key)
      if (isStale && !isRetry && !signal.aborted && !closing.signal.aborted)
        return await attempt(request, signal, loaded, true)
      throw toTransportError(error)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  return {
    async request(request) {
      const loaded = await load()
      if (closing.signal.aborted) throw new TransportError('connection', 'the transport is closed')
      if (request.url.protocol !== 'https:') throw new TransportError('blocked-address', 'only https is asked')
      if (request.url.hostname.length > maxHostname) throw new TransportError('dns', 'no host name is that long')
      if (request.signal?.aborted === true) throw new TransportError('timeout', 'given up before it was sent')
      const signals = [AbortSignal.timeout(timeout), request.signal].filter((signal) => signal !== undefined)
      return attempt(request, AbortSignal.any(signals), loaded)
    },
    async close() {
      closing.abort()
      clearTimeout(whenIdle)
      resolver.close()
      hosts.clear()
      await endPools(Array.from(open, ({ pool }) => pool))
    },
  }
}

function dispatchOptions({ method, url, headers }: TransportRequest): Dispatcher.DispatchOptions {
  return {
    method,
    path: url.pathname + url.search,
    headers: { 'user-agent': 'image-proxy-webhook', ...headers },
    // undici would otherwise close every HTTP/1.1 connection after a HEAD.
    reset: false,
  }
}
