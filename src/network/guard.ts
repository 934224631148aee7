import { lookup } from 'node:dns/promises'
import { ADDRCONFIG, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isInNetworks, isPublicAddress, parseNetwork } from './addresses.ts'
import { TransportError } from './errors.ts'

/** Who chose the host: decides which addresses may be connected to. */
export type Trust =
  /** A Pod's author chose it: public addresses and the allowed networks. */
  | 'image'
  /** The operator wrote it (endpoints, proxy domains): any address. */
  | 'configured'
  /** A public registry named it (realm, redirect): public addresses only. */
  | 'named'

/**
 * Decides whether a host may be connected to, by all the addresses it has: one that is refused refuses the host.
 * Returns `allowed` when every one lies in an allowed network, otherwise `public`. Throws a `TransportError` with the
 * reason `blocked-address`.
 */
export type Guard = (addresses: readonly string[], trust: Trust) => 'public' | 'allowed'

/** Throws an error that quotes the network which is not in CIDR notation. */
export function createGuard(allowedNetworks: readonly string[]): Guard {
  const networks = allowedNetworks.map(parseNetwork)
  return (addresses, trust) => {
    const refused = addresses.find((address) => {
      const isOpen = trust === 'configured' || (trust === 'image' && isInNetworks(address, networks))
      return !isOpen && !isPublicAddress(address)
    })
    if (refused !== undefined) throw new TransportError('blocked-address', `the address ${refused} is not allowed`)
    return addresses.every((address) => isInNetworks(address, networks)) ? 'allowed' : 'public'
  }
}

/** Finds a host's addresses. Rejects, or finds none, where there is no such host. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** The system's resolver: the hosts file, DNS and its search domains. ADDRCONFIG as `net.connect` has it. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, hints: ADDRCONFIG })

/**
 * A `lookup` for `net.connect` that gives only addresses which `check` did not throw for. The socket connects to the
 * addresses it is given here: nothing looks the name up a second time, so a name that changes its mind gains nothing.
 */
export function guardedLookup(resolve: Resolve, check: (addresses: readonly string[]) => void): LookupFunction {
  const find = async (hostname: string): Promise<readonly [LookupAddress, ...LookupAddress[]]> => {
    const [first, ...others] = await resolve(hostname).catch((cause: unknown) => {
      throw new TransportError('dns', `${hostname} could not be resolved`, { cause })
    })
    if (first === undefined) throw new TransportError('dns', `${hostname} has no address`)
    check([first, ...others].map(({ address }) => address))
    return [first, ...others]
  }
  return (hostname, { all }, callback) => {
    find(hostname).then(
      (addresses) => {
        if (all === true) callback(null, [...addresses])
        else callback(null, addresses[0].address, addresses[0].family)
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), [])
      },
    )
  }
}
