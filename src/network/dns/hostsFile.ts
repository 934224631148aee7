import { isIP } from 'node:net'
import type { LookupAddress } from 'node:dns'

/** The addresses of a host name, in the order of the file; none where the file does not know it. */
export type HostsFile = (hostname: string) => readonly LookupAddress[]

/** Reads what hosts(5) describes: lines of an address, a name and its aliases, `#` before a comment. Names have no case. */
export function parseHostsFile(text: string): HostsFile {
  const addresses = new Map<string, LookupAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of new Set(names.map((name) => name.toLowerCase()))) {
      addresses.set(name, [...(addresses.get(name) ?? []), { address, family }])
    }
  }
  return (hostname) => addresses.get(hostname.toLowerCase()) ?? []
}
