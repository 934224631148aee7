import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'

/** A network in CIDR notation, as `parseNetwork` read it. */
export type Network = readonly [address: IPv4 | IPv6, prefixLength: number]

/**
 * Reads a network in CIDR notation (`10.0.0.0/8`, `fd00::/8`); bits beyond the prefix are ignored.
 * Throws an error that quotes the text when it is none.
 */
export function parseNetwork(text: string): Network {
  if (!isNetwork(text)) throw new Error(`"${text}" is not a network in CIDR notation such as 10.0.0.0/8 or fd00::/8`)
  return ipaddr.parseCIDR(text)
}

/** Whether the text is a network in CIDR notation: an IPv4 address in four decimal parts, or a genuine IPv6 address. */
export function isNetwork(text: string): boolean {
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return true
  // An IPv4 network written as IPv6 would match nothing, and a zone belongs to one machine's interface.
  if (!ipaddr.IPv6.isValidCIDR(text) || text.includes('.') || text.includes('%')) return false
  return !ipaddr.IPv6.parseCIDR(text)[0].isIPv4MappedAddress()
}

/** Whether an address lies in one of the networks. An IPv4 address mapped into IPv6 counts as the IPv4 address. */
export function isInNetworks(address: string, networks: readonly Network[]): boolean {
  const parsed = parseAddress(address)
  return networks.some(([base, prefix]) => parsed?.kind() === base.kind() && parsed.match(base, prefix))
}

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')
/** RFC 6052: how a host without IPv4 reaches IPv4 hosts. The network's translator decides what lies behind. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
/** Reachable only from inside Azure's network, where it answers for the host. */
const azureHost = '168.63.129.16'

/**
 * Whether an address belongs to a host of the public Internet: one of the ranges that RFC 6890 and IANA's
 * special-purpose registries leave for global unicast. An IPv4 address that is mapped into IPv6 or translated by NAT64
 * is judged itself; the other forms that carry one (6to4, Teredo, IPv4-compatible) are never public. Anything that is
 * no address is not public either.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address)
  if (parsed === undefined) return false
  if (parsed instanceof ipaddr.IPv4) return isPublicIPv4(parsed)
  if (parsed.match(nat64)) return isPublicIPv4(new ipaddr.IPv4(parsed.toByteArray().slice(12)))
  return parsed.match(globalUnicast) && parsed.range() === 'unicast'
}

function isPublicIPv4(address: IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== azureHost
}

/** Reads what a resolver gives or a URL holds; an IPv4 address that is mapped into IPv6 becomes the IPv4 address. */
function parseAddress(text: string): IPv4 | IPv6 | undefined {
  // The deprecated IPv4-compatible form, which ipaddr.js takes for the mapped one.
  if (/^::\d+\./.test(text)) return undefined
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined
}
