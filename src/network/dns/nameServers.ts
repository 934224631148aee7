import { isIP } from 'node:net'
import { directivesOf } from './resolvConf.ts'

export interface NameServer {
  readonly address: string
  readonly port: number
}

/** How name servers are asked. */
export interface NameServers {
  /** In the order in which they are asked. */
  readonly servers: readonly NameServer[]
  /** Over TCP at once: `use-vc`, for networks that lose datagrams. */
  readonly overTcp: boolean
}

/** What resolv.conf(5) allows, and what it means where it names none. */
const most = 3
const ownMachine: NameServer = { address: '127.0.0.1', port: 53 }

/** Reads the name servers of resolv.conf(5), which may have a port, as for c-ares: `10.0.0.10:5353`, `[fd00::10]:5353`. */
export function parseNameServers(text: string): NameServers {
  const directives = directivesOf(text)
  const named = directives.flatMap(([keyword, written]) =>
    keyword === 'nameserver' ? parseNameServer(written ?? '') : [],
  )
  const overTcp = directives.some(([keyword, ...options]) => keyword === 'options' && options.includes('use-vc'))
  return { servers: named.length === 0 ? [ownMachine] : named.slice(0, most), overTcp }
}

function parseNameServer(written: string): NameServer[] {
  if (isIP(written) !== 0) return [{ address: written, port: 53 }]
  const [, inBrackets, plain, port = '53'] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(written) ?? []
  const address = inBrackets ?? plain ?? ''
  return isIP(address) === 0 || Number(port) > 65_535 ? [] : [{ address, port: Number(port) }]
}
