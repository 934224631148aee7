import { readFileSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import { hostname as machineName, networkInterfaces, platform } from 'node:os'
import { isIP } from 'node:net'
import { LRUCache } from 'lru-cache'
import { parseHostsFile } from './dns/hostsFile.ts'
import type { Finding } from './dns/lookUp.ts'
import { mostAddresses, type Family } from './dns/message.ts'
import { parseNameServers } from './dns/nameServers.ts'
import { namesFor, parseSearchList } from './dns/searchList.ts'
import { TransportError, type TransportFault } from './errors.ts'

/** Finds a host's addresses. Rejects, or finds none, where there is no such host. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

export interface Resolver {
  /**
   * Rejects with a `TransportError`: `timeout` where no name server has answered in time, else `dns`. Whoever asks for a
   * name that is being looked up shares that look-up, and a failure is remembered for five seconds.
   */
  readonly resolve: Resolve
  /** Ends every look-up. */
  close(): void
}

export interface ResolverOptions {
  /** Milliseconds for one look-up, with all the names that its search list makes of it. */
  readonly timeout: number
  readonly hostsFile?: string
  readonly resolvConf?: string
  /** Which kinds of address are asked for. Default: those that this machine has. */
  readonly families?: () => readonly Family[]
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number
}

/** In milliseconds. */
const failureLifetime = 5000
/** Image authors choose the names, so not all that failed are remembered. */
const maxFailures = 1000
/** In milliseconds: how long the files of the system are relied upon. */
const filesLifetime = 5000

/** Why a look-up of a host has no addresses, and the words for it. */
const faults: Readonly<Record<Exclude<Finding['kind'], 'addresses'>, readonly [TransportFault, string]>> = {
  none: ['dns', 'the name servers know no address of'],
  failed: ['dns', 'the name servers failed to look up'],
  refused: ['dns', 'the name servers could not be asked for'],
  silence: ['timeout', 'the name servers did not answer for'],
}

/**
 * Asks the name servers itself. `getaddrinfo` would hold one of the process's threads until the name servers answer or it
 * gives up, which takes ten seconds and more and cannot be ended: a few names whose name server is silent would hold up all
 * others, and the end of the process. c-ares, Node's other resolver, reads answers of any size, and holds up everything else
 * for 20 ms with one of four thousand addresses. Here a look-up holds a socket, ends in time, and has room for 8 KiB.
 *
 * What `getaddrinfo` honours in a container is honoured: the hosts file, the name servers, the search list and its `ndots`,
 * and that only kinds of address are asked for which this machine has. Other sources of nsswitch.conf are not asked.
 */
export function createResolver({
  timeout,
  hostsFile = '/etc/hosts',
  resolvConf = '/etc/resolv.conf',
  families = () => familiesOf(networkInterfaces()),
  now = () => performance.now(),
}: ResolverOptions): Resolver {
  const failed = new LRUCache<string, TransportFault>({
    max: maxFailures,
    ttl: failureLifetime,
    ttlResolution: 0,
    perf: { now },
  })
  const inFlight = new Map<string, Promise<readonly LookupAddress[]>>()
  const open = new Set<AbortController>()
  let files: ReturnType<typeof readFiles> | undefined
  let isClosed = false

  function readFiles() {
    const text = read(resolvConf)
    return {
      hosts: parseHostsFile(read(hostsFile)),
      searchList: parseSearchList(text, machineName()),
      nameServers: parseNameServers(text),
      until: now() + filesLifetime,
    }
  }

  function system() {
    if (files === undefined || now() >= files.until) files = readFiles()
    return files
  }

  async function find(hostname: string): Promise<readonly LookupAddress[]> {
    const { hosts, searchList, nameServers } = system()
    const listed = hosts(hostname)
    if (listed.length > 0) return listed

    const ending = new AbortController()
    open.add(ending)
    const timer = setTimeout(() => {
      ending.abort()
    }, timeout)
    try {
      // Sockets for datagrams take a hundredth of the process's start.
      const { lookUp } = await import('./dns/lookUp.ts')
      const names = namesFor(hostname, searchList)
      const finding = await lookUp({ names, families: families(), nameServers, signal: ending.signal })
      if (finding.kind === 'addresses') return finding.addresses
      const [reason, what] = faults[finding.kind]
      throw new TransportError(reason, `${what} ${hostname}`)
    } finally {
      clearTimeout(timer)
      open.delete(ending)
    }
  }

  async function remembering(hostname: string): Promise<readonly LookupAddress[]> {
    try {
      return await find(hostname)
    } catch (error) {
      if (error instanceof TransportError && !isClosed) failed.set(hostname, error.reason)
      throw error
    } finally {
      inFlight.delete(hostname)
    }
  }

  return {
    async resolve(hostname) {
      if (isClosed) throw new TransportError('connection', 'the resolver is closed')
      const reason = failed.get(hostname)
      if (reason !== undefined) throw new TransportError(reason, `${hostname} could not be resolved a moment ago`)
      const running = inFlight.get(hostname) ?? remembering(hostname)
      inFlight.set(hostname, running)
      return running
    },
    close() {
      isClosed = true
      for (const ending of open) ending.abort()
    },
  }
}

/**
 * The resolver of the machine. In a container, and on any Linux, that is DNS and the hosts file. Elsewhere the system has
 * more (a name server for each network, mDNS), and it is a person's own machine that `check` and `explain` run on.
 */
export function systemResolver(options: ResolverOptions): Resolver {
  if (platform() === 'linux') return createResolver(options)
  return {
    resolve: (hostname) => lookup(hostname, { all: true, hints: ADDRCONFIG }),
    close: () => undefined,
  }
}

/**
 * The families of a machine's addresses, loopback aside, as `getaddrinfo` counts them with AI_ADDRCONFIG; both where it
 * has none. IPv6 comes first where it has a global address (RFC 6724).
 */
export function familiesOf(interfaces: ReturnType<typeof networkInterfaces>): readonly Family[] {
  const addresses = Object.values(interfaces).flatMap((of) => of ?? [])
  const has = (family: string) => addresses.some((address) => !address.internal && address.family === family)
  if (has('IPv4') !== has('IPv6')) return has('IPv4') ? [4] : [6]
  const isGlobal = addresses.some(({ address, family }) => family === 'IPv6' && /^[23]/.test(address))
  return isGlobal ? [6, 4] : [4, 6]
}

/** The addresses of a host, which may be written as one. Rejects with a `TransportError`. */
export async function addressesOf(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  const addresses = await resolve(host).catch((cause: unknown) => {
    if (cause instanceof TransportError) throw cause
    throw new TransportError('dns', `${host} could not be resolved`, { cause })
  })
  if (addresses.length === 0) throw new TransportError('dns', `${host} has no address`)
  if (addresses.length > mostAddresses) throw new TransportError('dns', `${host} has too many addresses`)
  return addresses
}

/**
 * Reads a small file synchronously: an asynchronous read would wait for a thread that somebody else's look-up may hold.
 */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
