import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isInNetworks, isNetwork, parseNetwork } from './addresses.ts'

/** The URL of the proxy through which a URL is to be asked; undefined to ask it directly; or why it cannot be asked. */
export type ProxyFor = (url: URL) => string | ProxyFault | undefined

export interface ProxyFault {
  /** Does not quote the proxy's URL, which may hold a password. */
  readonly fault: string
}

export interface EnvironmentProxy {
  readonly proxyFor: ProxyFor
  /** What is wrong with `HTTPS_PROXY`: whatever needs the proxy is then not asked. */
  readonly fault?: string
}

/**
 * Reads `HTTPS_PROXY` and `NO_PROXY`, in either case, the way Go programs do (golang.org/x/net/http/httpproxy), because
 * that is what a cluster's administrators write for everything else in it. `NO_PROXY` lists `*`, IP addresses, networks
 * in CIDR notation and domains; `example.com` means that host and those below it, `.example.com` and `*.example.com`
 * only those below it; `:port` may follow. The local host is always asked directly.
 */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): EnvironmentProxy {
  const read = (name: string) => [environment[name], environment[name.toLowerCase()]].find(Boolean)?.trim() ?? ''
  const value = read('HTTPS_PROXY')
  if (value === '') return { proxyFor: () => undefined }
  const proxy = parseProxy(value)
  const exceptions = read('NO_PROXY')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseException)

  const proxyFor: ProxyFor = (url) => {
    const host = hostOf(url)
    const port = url.port === '' ? '443' : url.port
    const isDirect = isLocal(host) || exceptions.some((matches) => matches(host, port))
    return isDirect ? undefined : proxy
  }
  return typeof proxy === 'string' ? { proxyFor } : { proxyFor, fault: proxy.fault }
}

function parseProxy(value: string): string | ProxyFault {
  const url = URL.parse(value.includes('://') ? value : `http://${value}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { fault: 'HTTPS_PROXY is not an http or https URL, such as http://proxy.example.com:3128' }
  }
  if (/%(?![0-9a-f]{2})/i.test(url.username + url.password)) {
    return { fault: 'HTTPS_PROXY has a "%" in its user name or password that is not written as "%25"' }
  }
  return url.href
}

/** Without the brackets of an IPv6 address and the dot of a fully qualified name. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

function isLocal(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback')
}

function parseException(entry: string): (host: string, port: string) => boolean {
  if (entry === '*') return () => true
  if (isNetwork(entry)) {
    const network = parseNetwork(entry)
    return (host) => isInNetworks(host, [network])
  }
  const withPort = /^(?:\[(.+)\]|([^:]+)):(\d*)$/.exec(entry)
  const name = withPort?.[1] ?? withPort?.[2] ?? entry.replace(/^\[(.*)\]$/, '$1')
  const isPort = (port: string) => !withPort?.[3] || withPort[3] === port

  if (isIP(name) !== 0) {
    const address = ipaddr.process(name).toNormalizedString()
    return (host, port) => isPort(port) && isIP(host) !== 0 && ipaddr.process(host).toNormalizedString() === address
  }
  const suffix = name.replace(/^(?:\*?\.)?/, '.')
  const matchesItself = suffix === `.${name}`
  return (host, port) => isPort(port) && (host.endsWith(suffix) || (matchesItself && host === name))
}
