import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { buildConnector, Client, Pool, type Dispatcher } from 'undici'
import { boundLines } from './boundLines.ts'
import { boundReading, type ReadingBound } from './boundReading.ts'
import type { Dial } from './dial.ts'
import { TransportError } from './errors.ts'
import { Exchange, type ConnectionState } from './exchange.ts'
import type { Guard, Trust } from './guard.ts'
import type { ProxyFor } from './proxyEnvironment.ts'
import { addressesOf, type Resolve } from './resolver.ts'
import { openTunnel, type Reach } from './tunnel.ts'

/** The connections to one origin that were opened under one trust. */
export interface Host {
  readonly pool: Pool
  /** `public` as soon as one of its connections was opened to an address that is. */
  readonly network: 'public' | 'allowed'
  /** Each resolves when a connection that is being opened, from its name look-up on, is open or has failed. */
  readonly opening: ReadonlySet<Promise<unknown>>
}

export interface HostOptions {
  readonly url: URL
  readonly trust: Trust
  /** Is told of each connection that is opened, and of its end. */
  readonly count: (opened: 1 | -1) => void
  readonly guard: Guard
  readonly lookup: Resolve
  readonly dial: Dial
  readonly timeout: number
  readonly secureContext: SecureContext
  readonly proxy: ReturnType<ProxyFor>
  /** Aborts attempts to connect that are still under way. */
  readonly closing: AbortSignal
}

/** Milliseconds. Whoever answers may close an idle connection earlier, and is then asked once more on a new one. */
const keepAliveTimeout = 60_000

export function createHost({
  url,
  trust,
  count,
  guard,
  lookup,
  dial,
  timeout,
  secureContext,
  proxy,
  closing,
}: HostOptions): Host {
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
    // The proxy resolves the name, so its addresses are not known here.
    if (isAddress) check([hostname])
    else network = 'public'
    const reach: Reach = async (proxyHost, proxyPort) => dial(await addressesOf(proxyHost, lookup), proxyPort, signal)
    return openTunnel(new URL(proxy), `${url.hostname}:${port}`, { reach, secureContext, signal })
  }

  const reading = boundReading()
  const opening = new Set<Promise<unknown>>()
  const connect: buildConnector.connector = (options, callback) => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    opening.add(promise)
    const settle: typeof callback = (...result) => {
      opening.delete(promise)
      resolve(undefined)
      callback(...result)
    }
    open(options.hostname)
      .then((socket) => {
        const bounded = reading.bound(socket)
        // Node.js takes any stream for it, which undici's types do not say.
        connectTls({ ...options, httpSocket: bounded as Duplex as Socket }, (...result) => {
          if (result[0] === null) bounded.secured(result[1])
          settle(...result)
        })
      })
      .catch((error: unknown) => {
        // A bug, too: whoever asked is told of it, and does not wait for the time to run out.
        settle(error instanceof Error ? error : new Error('no connection', { cause: error }), null)
      })
  }
  const pool = new Pool(url.origin, {
    factory: (origin, clientOptions) => new Connection(origin, clientOptions, { connect, count, reading }),
    keepAliveTimeout,
    keepAliveMaxTimeout: keepAliveTimeout,
    maxHeaderSize: 16 * 1024,
    // The request as a whole has a timeout, so undici's own for its parts are off.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    pool,
    opening,
    get network() {
      return network
    },
  }
}

interface ConnectionOptions extends Pick<HostOptions, 'count'> {
  readonly connect: buildConnector.connector
  readonly reading: ReadingBound
}

/**
 * A connection that shares its state with each exchange on it: how often it has answered, since a request that fails on
 * a reused connection is sent again, and how many lines it has brought without an answer.
 */
class Connection extends Client {
  readonly #state: ConnectionState
  readonly #reading: ReadingBound
  #isOpen = false

  constructor(origin: URL, options: object, { connect, count, reading }: ConnectionOptions) {
    const state = { answers: 0, pendingLines: 0 }
    super(origin, {
      ...options,
      connect: (connectOptions: buildConnector.Options, callback: buildConnector.Callback) => {
        connect(connectOptions, (...result) => {
          if (result[0] === null) boundLines(result[1], state)
          callback(...result)
        })
      },
    })
    this.#state = state
    this.#reading = reading
    const become = (isOpen: boolean) => {
      state.answers = 0
      // undici may report the end of one HTTP/2 connection twice.
      if (this.#isOpen !== isOpen) count(isOpen ? 1 : -1)
      this.#isOpen = isOpen
    }
    this.on('connect', () => {
      become(true)
    })
    this.on('disconnect', () => {
      become(false)
    })
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof Exchange) handler.connection = this.#state
    this.#reading.asked()
    return super.dispatch(options, handler)
  }
}
