import { readFileSync } from 'node:fs'
import { Resolver as DnsResolver, lookup } from 'node:dns/promises'
import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import { hostname as machineName, networkInterfaces, platform } from 'node:os'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { TransportError, type TransportFault } from './errors.ts'
import { parseHostsFile, type HostsFile } from './hostsFile.ts'
import { namesFor, parseSearchList, type SearchList } from './searchList.ts'

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
  /** `address:port` of name servers. Default: those of resolv.conf. */
  readonly servers?: readonly string[]
  readonly hostsFile?: string
  readonly resolvConf?: string
  /** Which kinds of address are asked for. Default: those that this machine has. */
  readonly families?: () => readonly Family[]
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number
}

export type Family = 4 | 6

/** In milliseconds. */
const failureLifetime = 5000
/** Image authors choose the names, so not all that failed are remembered. */
const maxFailures = 1000
/** In milliseconds: how long the files of the system are relied upon. */
const filesLifetime = 5000
/** In milliseconds, as RFC 8305 section 3 has it: how long addresses of one family wait for those of the other. */
const resolutionDelay = 50
/**
 * Each is checked, and whoever owns a name chooses how many it has: over TCP an answer has room for 4 000, which take 30 ms.
 * Public registries have some tens at the most.
 */
const mostAddresses = 128
/**
 * In milliseconds, for a datagram that was lost. The C library asks again after five seconds, when nobody waits any
 * more.
 */
const retransmission = 300
const tries = 8
/** c-ares gave up, or was ended when the time was over. */
const silence = new Set(['ETIMEOUT', 'ECANCELLED'])
/** A name is looked up in the next domain of the search list after these (glibc's `res_search`). */
const continuing = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL'])

/**
 * Looks names up with c-ares. `getaddrinfo` would hold one of the process's four threads until the name servers answer
 * or it gives up, which takes ten seconds and more and cannot be ended: a few names whose name server is silent would
 * hold up all others, and the end of the process. Here a look-up holds a socket, and ends in time.
 *
 * What `getaddrinfo` honours in a container is honoured: the hosts file, the search list and its `ndots`, and that only
 * kinds of address are asked for which this machine has. Other sources of nsswitch.conf are not asked.
 */
export function createResolver({
  timeout,
  servers,
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
  const open = new Set<DnsResolver>()
  let files: { readonly hosts: HostsFile; readonly searchList: SearchList; readonly until: number } | undefined
  let isClosed = false

  function system() {
    if (files === undefined || now() >= files.until) {
      const hosts = parseHostsFile(read(hostsFile))
      files = { hosts, searchList: parseSearchList(read(resolvConf), machineName()), until: now() + filesLifetime }
    }
    return files
  }

  async function find(hostname: string): Promise<readonly LookupAddress[]> {
    const { hosts, searchList } = system()
    const listed = hosts(hostname)
    if (listed.length > 0) return listed

    // Each look-up has a resolver of its own: it can be cancelled alone, and its random ports make forged answers
    // harder.
    const dns = new DnsResolver({ timeout: retransmission, tries })
    if (servers !== undefined) dns.setServers(servers)
    open.add(dns)
    const timer = setTimeout(() => {
      dns.cancel()
    }, timeout)
    try {
      return await search(dns, namesFor(hostname, searchList), families())
    } catch (cause) {
      if (silence.has(codeOf(cause)))
        throw new TransportError('timeout', `the name servers did not answer for ${hostname}`, { cause })
      throw new TransportError('dns', `${hostname} could not be resolved`, { cause })
    } finally {
      clearTimeout(timer)
      dns.cancel()
      open.delete(dns)
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
      for (const dns of open) dns.cancel()
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

/** The addresses of the first name that exists, in order. Rejects with the error of c-ares where none does. */
async function search(
  dns: DnsResolver,
  names: readonly string[],
  families: readonly Family[],
): Promise<readonly LookupAddress[]> {
  let failure: unknown
  for (const name of names) {
    try {
      return await ask(dns, name, families)
    } catch (error) {
      failure = error
      if (!continuing.has(codeOf(error))) break
    }
  }
  throw failure
}

/** The addresses of every family that has some, as long as the others do not take much longer. */
async function ask(dns: DnsResolver, name: string, families: readonly Family[]): Promise<readonly LookupAddress[]> {
  const found = new Map<Family, readonly LookupAddress[]>()
  const asked = families.map(async (family) => {
    const addresses = await (family === 4 ? dns.resolve4(name) : dns.resolve6(name))
    found.set(
      family,
      addresses.map((address) => ({ address, family })),
    )
  })
  const all = Promise.allSettled(asked)
  await Promise.any(asked).then(
    () => Promise.race([all, pause(resolutionDelay)]),
    () => undefined,
  )
  if (found.size > 0) return families.flatMap((family) => found.get(family) ?? [])
  const failures = (await all).flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  // A timeout is told rather than "no address": the missing answer might have had one.
  throw failures.find((error) => !continuing.has(codeOf(error))) ?? failures[0]
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
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
