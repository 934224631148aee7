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
