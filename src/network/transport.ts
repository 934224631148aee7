import { isIP, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { LRUCache } from 'lru-cache'
import { buildConnector, Client, Pool, type Dispatcher } from 'undici'
import { dial as dialTcp, type Dial } from './dial.ts'
import { Exchange, type Answer } from './exchange.ts'
import { createGuard, type Guard, type Trust } from './guard.ts'
import type { ProxyFor } from './proxyEnvironment.ts'
import { addressesOf, systemResolver, type Resolve } from './resolver.ts'
import { secureContextTrusting } from './secureContext.ts'
import { toTransportError, TransportError } from './errors.ts'
import { openTunnel, type Reach } from './tunnel.ts'

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly trust: Trust
  /** Gives the request up, with the reason `timeout`. */
  readonly signal?: AbortSignal
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
}

/** RFC 1035. OpenSSL takes 255, and its complaint about more would end whichever connection it serves next. */
export const maxHostname = 253

/** Throws an error that names the network which is not in CIDR notation, or what is wrong with the CA. */
export function createTransport(options: TransportOptions): Transport {
  const { timeout, proxyFor, dial = dialTcp, maxHosts = 128 } = options
  const resolver = systemResolver({ timeout })
  const lookup = options.lookup ?? resolver.resolve
  const closing = new AbortController()
  const guard = createGuard(options.allowedNetworks)
  const secureContext = secureContextTrusting(options.ca)
  const common = { guard, lookup, dial, timeout, secureContext, closing: closing.signal }
  const open = new Set<Host>()

  const hosts = new LRUCache<string, Host>({
    max: maxHosts,
    dispose: (host) => {
      // Requests under way on it end first.
      void host.pool.close().then(() => open.delete(host))
    },
  })

  function hostOf({ url, trust }: TransportRequest, key: string): Host {
    const known = hosts.get(key)
    if (known !== undefined) return known
    const host = createHost({ ...common, url, trust, proxy: proxyFor?.(url) })
    open.add(host)
    hosts.set(key, host)
    return host
  }

  async function attempt(request: TransportRequest, signal: AbortSignal, isRetry: boolean): Promise<TransportResponse> {
    const key = `${request.trust} ${request.url.origin}`
    const host = hostOf(request, key)
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
      // Other connections of that time may be as dead (a restarted server, a forgotten NAT entry): none is used again.
      if ((isStale || signal.aborted) && hosts.peek(key) === host) hosts.delete(key)
      if (isStale && !isRetry && !signal.aborted && !closing.signal.aborted) return await attempt(request, signal, true)
      throw toTransportError(error)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  return {
    async request(request) {
      if (closing.signal.aborted) throw new TransportError('connection', 'the transport is closed')
      if (request.url.protocol !== 'https:') throw new TransportError('blocked-address', 'only https is asked')
      if (request.url.hostname.length > maxHostname) throw new TransportError('dns', 'no host name is that long')
      if (request.signal?.aborted === true) throw new TransportError('timeout', 'given up before it was sent')
      const signals = [AbortSignal.timeout(timeout), request.signal].filter((signal) => signal !== undefined)
      return attempt(request, AbortSignal.any(signals), false)
    },
    async close() {
      closing.abort()
      resolver.close()
      hosts.clear()
      await Promise.all([...open].map(({ pool }) => pool.destroy()))
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

/** The connections to one origin that were opened under one trust. */
interface Host {
  readonly pool: Pool
  /** `public` as soon as one of its connections was opened to an address that is. */
  readonly network: 'public' | 'allowed'
}

interface HostOptions {
  readonly url: URL
  readonly trust: Trust
  readonly guard: Guard
  readonly lookup: Resolve
  readonly dial: Dial
  readonly timeout: number
  readonly secureContext: SecureContext
  readonly proxy: ReturnType<ProxyFor>
  /** Ends what has not led to a connection yet. */
  readonly closing: AbortSignal
}

/** Milliseconds. Whoever answers may close an idle connection earlier, and is then asked once more on a new one. */
const keepAliveTimeout = 60_000

function createHost({ url, trust, guard, lookup, dial, timeout, secureContext, proxy, closing }: HostOptions): Host {
  let network: Host['network'] = 'allowed'
  const check = (addresses: readonly string[]) => {
    if (guard(addresses, trust) === 'public') network = 'public'
  }
  const port = Number(url.port === '' ? 443 : url.port)
  const connectTls = buildConnector({ secureContext, timeout, preferH2: true })

  async function open(hostname: string): Promise<Socket> {
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), closing])
    const isAddress = isIP(hostname) !== 0
    if (proxy === undefined) {
      const addresses = await addressesOf(hostname, lookup)
      check(addresses.map(({ address }) => address))
      return dial(addresses, port, signal)
    }
    if (typeof proxy !== 'string') throw new TransportError('connection', proxy.fault)
    // What a name stands for is the proxy's to know.
    if (isAddress) check([hostname])
    else network = 'public'
    const reach: Reach = async (proxyHost, proxyPort) => dial(await addressesOf(proxyHost, lookup), proxyPort, signal)
    return openTunnel(new URL(proxy), `${url.hostname}:${port}`, { reach, secureContext, signal })
  }

  const pool = new Pool(url.origin, {
    connect: (options, callback) => {
      open(options.hostname)
        .then((httpSocket) => {
          connectTls({ ...options, httpSocket }, callback)
        })
        .catch((error: unknown) => {
          callback(toTransportError(error), null)
        })
    },
    factory: (origin, clientOptions) => new Connection(origin, clientOptions),
    keepAliveTimeout,
    keepAliveMaxTimeout: keepAliveTimeout,
    maxHeaderSize: 16 * 1024,
    // One deadline for the whole request takes their place.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    pool,
    get network() {
      return network
    },
  }
}

/** Tells each exchange how often the connection it was given has answered. */
class Connection extends Client {
  readonly #state = { answers: 0 }

  constructor(origin: URL, options: object) {
    super(origin, options)
    const reset = () => {
      this.#state.answers = 0
    }
    this.on('connect', reset).on('disconnect', reset)
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof Exchange) handler.connection = this.#state
    return super.dispatch(options, handler)
  }
}
